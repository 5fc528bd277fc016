import { describe, expect, it, test } from 'vitest'
import { parseConfig } from './config.ts'

const needed = {
  RADIST_FLEET_SECRET: 'a-fleet-secret-of-more-than-32-characters',
  RADIST_SIGNING_KEYS: '[{"kty":"OKP","crv":"Ed25519","kid":"k","x":"x","d":"d"}]',
  STRIPE_SECRET_KEY: 'sk_test_1',
  RADIST_AUTH_SECRET: 'an-auth-secret-of-more-than-32-characters',
  RADIST_MAIL_PROVIDER: 'resend',
  RADIST_MAIL_API_KEY: 're_1',
  RADIST_MAIL_FROM: 'Radist <mail@radist.example>',
}
const sharedSecret = {
  RADIST_TURN_PROVIDER: 'shared-secret',
  RADIST_TURN_URLS: 'turn:turn.test:3478',
  RADIST_TURN_SECRET: 'zzz-0123456789-secret',
}
const cloudflare = {
  RADIST_TURN_PROVIDER: 'cloudflare',
  CLOUDFLARE_TURN_KEY_ID: '0123456789abcdef0123456789abcdef',
  CLOUDFLARE_TURN_API_TOKEN: 'zzz-token',
}

function configured(variables: Record<string, string>) {
  const parsed = parseConfig({ ...needed, ...variables })
  if (!parsed.ok) throw new Error(parsed.faults.join('; '))
  return parsed.config
}

describe('TURN', () => {
  it('is off unless a provider is chosen, whatever else is set', () => {
    expect(configured({})).toMatchObject({ RADIST_TURN_PROVIDER: 'none', RADIST_ICE_SERVERS: [] })
    expect(configured({ ...sharedSecret, ...cloudflare, RADIST_TURN_PROVIDER: 'none' })).toMatchObject({
      RADIST_TURN_PROVIDER: 'none',
    })
  })

  it('goes from one provider to the other by one variable', () => {
    const both = { ...sharedSecret, ...cloudflare }
    expect(configured({ ...both, RADIST_TURN_PROVIDER: 'shared-secret' })).toMatchObject({
      RADIST_TURN_PROVIDER: 'shared-secret',
      RADIST_TURN_URLS: ['turn:turn.test:3478'],
      RADIST_TURN_TTL_SECONDS: 86_400,
    })
    expect(configured({ ...both, RADIST_TURN_TTL_SECONDS: '172800' })).toMatchObject({
      RADIST_TURN_PROVIDER: 'cloudflare',
      CLOUDFLARE_TURN_API_BASE_URL: 'https://rtc.live.cloudflare.com',
      RADIST_TURN_TTL_SECONDS: 172_800,
    })
  })

  it.each([
    ['["turn:a.test","turns:b.test:443?transport=tcp"]'],
    ['turn:a.test, turns:b.test:443?transport=tcp'],
  ])('takes its URLs as %s', (urls) => {
    expect(configured({ ...sharedSecret, RADIST_TURN_URLS: urls })).toMatchObject({
      RADIST_TURN_URLS: ['turn:a.test', 'turns:b.test:443?transport=tcp'],
    })
  })
})

describe('billing', () => {
  it('has a free allowance and a week of grace, and refuses rooms, unless told', () => {
    expect(configured({})).toMatchObject({
      RADIST_FREE_SECONDS_PER_MONTH: 600_000,
      RADIST_PAST_DUE_GRACE_DAYS: 7,
      RADIST_BILLING_REFUSES: ['room'],
      STRIPE_WEBHOOK_SECRET: [],
      STRIPE_PRICE_LOOKUP_KEY: 'radist_sfu_participant_seconds',
    })
  })

  it.each([
    ['rooms', ['room']],
    ['rooms,calls', ['room', 'call']],
    ['nothing', []],
  ])('refuses %s', (text, kinds) => {
    expect(configured({ RADIST_BILLING_REFUSES: text }).RADIST_BILLING_REFUSES).toEqual(kinds)
  })

  it('takes two webhook secrets while one replaces the other', () => {
    const [one, two] = ['whsec_0123456789abcdef', 'whsec_fedcba9876543210']
    expect(configured({ STRIPE_WEBHOOK_SECRET: `${one}, ${two}` }).STRIPE_WEBHOOK_SECRET).toEqual([one, two])
  })
})

const without = (variables: Record<string, string>, name: string) =>
  Object.fromEntries(Object.entries(variables).filter(([key]) => key !== name))

test.each([
  ['RADIST_TURN_PROVIDER', { RADIST_TURN_PROVIDER: 'zzz' }],
  ['RADIST_TURN_PROVIDER', { RADIST_TURN_PROVIDER: '' }],
  ['RADIST_TURN_URLS', without(sharedSecret, 'RADIST_TURN_URLS')],
  ['RADIST_TURN_URLS', { ...sharedSecret, RADIST_TURN_URLS: '' }],
  ['RADIST_TURN_URLS', { ...sharedSecret, RADIST_TURN_URLS: '[]' }],
  ['RADIST_TURN_URLS', { ...sharedSecret, RADIST_TURN_URLS: '7' }],
  ['RADIST_TURN_URLS.0', { ...sharedSecret, RADIST_TURN_URLS: 'stun:zzz.test' }],
  ['RADIST_TURN_URLS.1', { ...sharedSecret, RADIST_TURN_URLS: 'turn:a.test,zzz' }],
  ['RADIST_TURN_SECRET', without(sharedSecret, 'RADIST_TURN_SECRET')],
  ['RADIST_TURN_SECRET', { ...sharedSecret, RADIST_TURN_SECRET: 'zzz' }],
  ['RADIST_TURN_TTL_SECONDS', { ...sharedSecret, RADIST_TURN_TTL_SECONDS: '299' }],
  ['RADIST_TURN_TTL_SECONDS', { ...sharedSecret, RADIST_TURN_TTL_SECONDS: 'zzz' }],
  ['RADIST_TURN_TTL_SECONDS', { ...cloudflare, RADIST_TURN_TTL_SECONDS: '172801' }],
  ['CLOUDFLARE_TURN_KEY_ID', without(cloudflare, 'CLOUDFLARE_TURN_KEY_ID')],
  ['CLOUDFLARE_TURN_KEY_ID', { ...cloudflare, CLOUDFLARE_TURN_KEY_ID: '../zzz' }],
  ['CLOUDFLARE_TURN_API_TOKEN', without(cloudflare, 'CLOUDFLARE_TURN_API_TOKEN')],
  ['CLOUDFLARE_TURN_API_TOKEN', { ...cloudflare, CLOUDFLARE_TURN_API_TOKEN: 'zzz\nzzz' }],
  ['CLOUDFLARE_TURN_API_BASE_URL', { ...cloudflare, CLOUDFLARE_TURN_API_BASE_URL: 'zzz' }],
  ['RADIST_ICE_SERVERS', { RADIST_ICE_SERVERS: 'zzz' }],
  ['RADIST_ICE_SERVERS.0.urls', { RADIST_ICE_SERVERS: '[{"urls":[]}]' }],
  ['RADIST_ICE_SERVERS.0.urls.0', { RADIST_ICE_SERVERS: '[{"urls":["https://zzz.test"]}]' }],
  ['RADIST_ICE_SERVERS.0', { RADIST_ICE_SERVERS: '[{"urls":["turn:zzz.test"],"username":"zzz"}]' }],
  ['RADIST_FREE_SECONDS_PER_MONTH', { RADIST_FREE_SECONDS_PER_MONTH: '' }],
  ['RADIST_FREE_SECONDS_PER_MONTH', { RADIST_FREE_SECONDS_PER_MONTH: '-1' }],
  ['RADIST_PAST_DUE_GRACE_DAYS', { RADIST_PAST_DUE_GRACE_DAYS: '91' }],
  ['RADIST_BILLING_REFUSES', { RADIST_BILLING_REFUSES: 'zzz' }],
  ['STRIPE_WEBHOOK_SECRET.1', { STRIPE_WEBHOOK_SECRET: 'whsec_0123456789abcdef,zzz' }],
  ['STRIPE_PRICE_LOOKUP_KEY', { STRIPE_PRICE_LOOKUP_KEY: '' }],
])('a wrong %s is one fault that names it, not its value: %j', (name, variables) => {
  const parsed = parseConfig({ ...needed, ...variables })
  expect(parsed).toEqual({ ok: false, faults: [expect.stringMatching(new RegExp(`^${name}: (?!.*zzz).+$`))] })
})

test('faults in different parts are told together', () => {
  const parsed = parseConfig({ ...needed, STRIPE_SECRET_KEY: '', RADIST_TURN_PROVIDER: 'cloudflare' })
  expect(parsed).toMatchObject({ ok: false })
  if (!parsed.ok)
    expect(parsed.faults.map((fault) => fault.split(':')[0])).toEqual([
      'STRIPE_SECRET_KEY',
      'CLOUDFLARE_TURN_KEY_ID',
      'CLOUDFLARE_TURN_API_TOKEN',
    ])
})
