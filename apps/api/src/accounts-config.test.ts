import { describe, expect, it, test } from 'vitest'
import { accountsConfigSchema } from './accounts-config.ts'

const secret = { RADIST_AUTH_SECRET: 'an-auth-secret-of-more-than-32-characters' }
const development = { ...secret, RADIST_ENVIRONMENT: 'development' }
const production = {
  ...secret,
  RADIST_ENVIRONMENT: 'production',
  RADIST_MAIL_PROVIDER: 'resend',
  RADIST_MAIL_API_KEY: 're_1',
  RADIST_MAIL_FROM: 'mail@radist.example',
}

describe('mails', () => {
  it('go to the inbox in development, unless told', () => {
    expect(accountsConfigSchema.parse(development)).toMatchObject({ RADIST_MAIL_PROVIDER: 'inbox' })
    expect(accountsConfigSchema.parse({ ...production, RADIST_ENVIRONMENT: 'development' })).toMatchObject({
      RADIST_MAIL_PROVIDER: 'resend',
      RADIST_MAIL_API_BASE_URL: 'https://api.resend.com',
    })
  })

  it.each(['mail@radist.example', 'Radist <mail@radist.example>', '<mail@radist.example>'])(
    'come from %s',
    (from) => {
      expect(accountsConfigSchema.parse({ ...production, RADIST_MAIL_FROM: from })).toMatchObject({
        RADIST_MAIL_FROM: from,
      })
    },
  )
})

test('operators are known by their addresses, in whatever case', () => {
  const operators = (text: string) =>
    accountsConfigSchema.parse({ ...development, RADIST_OPERATOR_EMAILS: text }).RADIST_OPERATOR_EMAILS
  expect(operators(' One@radist.example,two@radist.example, ')).toEqual([
    'one@radist.example',
    'two@radist.example',
  ])
  expect(operators('')).toEqual([])
})

test('the dashboard is an origin', () => {
  const { RADIST_DASHBOARD_URL } = accountsConfigSchema.parse({
    ...development,
    RADIST_DASHBOARD_URL: 'https://Radist.example:443/',
  })
  expect(RADIST_DASHBOARD_URL).toBe('https://radist.example')
})

test.each([
  ['RADIST_AUTH_SECRET', { ...development, RADIST_AUTH_SECRET: 'zzz-of-too-few-characters' }],
  ['RADIST_AUTH_SECRET', { RADIST_ENVIRONMENT: 'development' }],
  ['RADIST_DASHBOARD_URL', { ...development, RADIST_DASHBOARD_URL: 'zzz' }],
  ['RADIST_DASHBOARD_URL', { ...development, RADIST_DASHBOARD_URL: 'https://zzz.example/path' }],
  ['RADIST_OPERATOR_EMAILS.1', { ...development, RADIST_OPERATOR_EMAILS: 'a@radist.example,zzz' }],
  ['RADIST_GITHUB_CLIENT_SECRET', { ...development, RADIST_GITHUB_CLIENT_ID: 'zzz' }],
  ['RADIST_GITHUB_CLIENT_ID', { ...development, RADIST_GITHUB_CLIENT_SECRET: 'zzz' }],
  ['RADIST_MAIL_PROVIDER', { ...secret, RADIST_ENVIRONMENT: 'production' }],
  ['RADIST_MAIL_PROVIDER', { ...development, RADIST_MAIL_PROVIDER: 'zzz' }],
  ['RADIST_ENVIRONMENT', { ...production, RADIST_MAIL_PROVIDER: 'inbox' }],
  ['RADIST_MAIL_API_KEY', { ...production, RADIST_MAIL_API_KEY: undefined }],
  ['RADIST_MAIL_API_KEY', { ...production, RADIST_MAIL_API_KEY: 'zzz\nzzz' }],
  ['RADIST_MAIL_FROM', { ...production, RADIST_MAIL_FROM: 'zzz' }],
  ['RADIST_MAIL_FROM', { ...production, RADIST_MAIL_FROM: 'zzz\r\nbcc: <a@b>' }],
  ['RADIST_MAIL_API_BASE_URL', { ...production, RADIST_MAIL_API_BASE_URL: 'zzz' }],
])('a wrong %s is one fault that names it, not its value: %j', (name, variables) => {
  const { error } = accountsConfigSchema.safeParse(variables)
  expect(error?.issues.map(({ path }) => path.join('.'))).toEqual([name])
  expect(error?.issues[0]?.message).not.toContain('zzz')
})
