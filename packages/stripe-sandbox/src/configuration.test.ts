import { expect, test } from 'vitest'
import { readConfiguration } from './configuration.ts'

test('everything has a default', () => {
  expect(readConfiguration({})).toEqual({ host: '127.0.0.1', port: 12111, dataFile: ':memory:' })
})

test('every setting can be set', () => {
  const environment = {
    STRIPE_SANDBOX_HOST: '::1',
    STRIPE_SANDBOX_PORT: '0',
    STRIPE_SANDBOX_DATA_FILE: 'data/stripe.sqlite',
    STRIPE_SANDBOX_WEBHOOK_URL: 'http://127.0.0.1:8787/hooks',
    STRIPE_SANDBOX_WEBHOOK_SECRET: 'whsec_0123456789abcdef',
  }
  expect(readConfiguration(environment)).toEqual({
    host: '::1',
    port: 0,
    dataFile: 'data/stripe.sqlite',
    webhook: { url: 'http://127.0.0.1:8787/hooks', secret: 'whsec_0123456789abcdef' },
  })
})

test.each([
  ['STRIPE_SANDBOX_PORT', '65536'],
  ['STRIPE_SANDBOX_PORT', 'http'],
  ['STRIPE_SANDBOX_PORT', ''],
  ['STRIPE_SANDBOX_HOST', 'not a host'],
  ['STRIPE_SANDBOX_DATA_FILE', ''],
  ['STRIPE_SANDBOX_WEBHOOK_URL', 'ftp://x'],
  ['STRIPE_SANDBOX_WEBHOOK_SECRET', 'zzz'],
])('%s=%s is refused in one line that names it', (name, value) => {
  expect(() => readConfiguration({ [name]: value })).toThrow(new RegExp(`^${name}: [^\n]+$`))
})

test('an address for webhooks needs a secret to sign with, which no refusal repeats', () => {
  const url = { STRIPE_SANDBOX_WEBHOOK_URL: 'http://127.0.0.1:1/' }
  expect(() => readConfiguration(url)).toThrow(/^STRIPE_SANDBOX_WEBHOOK_SECRET: must be set/)
  const secret = { STRIPE_SANDBOX_WEBHOOK_SECRET: 'whsec_0123456789abcdef' }
  expect(() => readConfiguration(secret)).toThrow(/^STRIPE_SANDBOX_WEBHOOK_URL: must be set/)
  expect(() => readConfiguration({ STRIPE_SANDBOX_WEBHOOK_SECRET: 'zzz' })).toThrow(/^(?!.*zzz)/)
})
