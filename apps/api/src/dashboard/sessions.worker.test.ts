import { env } from 'cloudflare:workers'
import { eq } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { describe, expect, test } from 'vitest'
import { members } from '../../../../drizzle/auth-schema.ts'
import { Browser, newUser, PASSWORD, signedIn } from '../testing/dashboard-fixture.ts'
import { sendIn } from '../testing/documented-requests.ts'
import { inProduction } from '../testing/production-env.ts'

const SESSION_COOKIE = '__Secure-radist.session_token'

const statusOf = async (browser: Browser) => (await browser.fetch('/api/dashboard/session')).status

test('who signs in for the first time has an organisation of their own', async () => {
  const { email, userId } = await newUser()
  const browser = new Browser()
  expect(await statusOf(browser)).toBe(401)
  const signIns = await Promise.all([browser.signIn(email), new Browser().signIn(email)])
  expect(signIns.map(({ status }) => status)).toEqual([200, 200])
  const session = await (await browser.fetch('/api/dashboard/session')).json()
  expect(session).toEqual({
    user: { userId, email, name: 'Test', twoFactorEnabled: false },
    organizations: [{ organizationId: userId, name: "Test's organisation", role: 'owner' }],
    isOperator: false,
  })
})

test('an address that is not confirmed is no operator, nor signed in', async () => {
  const { email } = await newUser({ email: 'operator@radist.test', emailVerified: false })
  const browser = new Browser()
  expect((await browser.signIn(email)).status).toBe(403)
  expect(await statusOf(browser)).toBe(401)
})

test('the cookie is out of reach for scripts, other sites and plain HTTP', async () => {
  const { email } = await newUser()
  const [cookie] = (await new Browser().signIn(email)).headers.getSetCookie()
  expect(cookie).toMatch(new RegExp(`^${SESSION_COOKIE}=`))
  expect(cookie?.split('; ').slice(1).sort()).toEqual([
    'HttpOnly',
    'Max-Age=604800',
    'Path=/',
    'SameSite=Lax',
    'Secure',
  ])
})

test('in production it is for HTTPS even where the dashboard is reached without', async () => {
  const { email } = await newUser()
  const answer = await sendIn(inProduction, 'http://radist.test/api/auth/sign-in/email', {
    method: 'POST',
    headers: { origin: 'http://radist.test', 'content-type': 'application/json' },
    body: JSON.stringify({ email, password: PASSWORD }),
  })
  expect(answer.headers.getSetCookie()[0]).toMatch(/; Secure/)
})

test('where the dashboard has an address, no other one is it', async () => {
  const { email } = await newUser()
  const elsewhere = { ...env, RADIST_DASHBOARD_URL: 'https://dashboard.test' }
  const signIn = (origin: string) =>
    sendIn(elsewhere, 'https://radist.test/api/auth/sign-in/email', {
      method: 'POST',
      headers: { origin, 'content-type': 'application/json' },
      body: JSON.stringify({ email, password: PASSWORD }),
    })
  expect((await signIn('https://radist.test')).status).toBe(403)
  expect((await signIn('https://dashboard.test')).status).toBe(200)
})

describe('a session', () => {
  test('is a new one at each sign-in, whatever cookie was there before', async () => {
    const attacker = await signedIn('owner')
    const { email, userId } = await newUser()
    const victim = new Browser()
    const planted = attacker.cookies.get(SESSION_COOKIE) ?? ''
    for (const cookie of [planted, 'chosen-by-somebody.c2lnbmF0dXJl']) {
      victim.cookies.set(SESSION_COOKIE, cookie)
      expect((await victim.signIn(email)).status).toBe(200)
      expect(victim.cookies.get(SESSION_COOKIE)).not.toBe(cookie)
      expect(await (await victim.fetch('/api/dashboard/session')).json()).toMatchObject({ user: { userId } })
    }
    expect(await (await attacker.ask('/session')).json()).toMatchObject({ user: { userId: attacker.userId } })
  })

  test('is over at once when it is ended, here or from another device', async () => {
    const { email } = await newUser()
    const [phone, laptop] = [new Browser(), new Browser()]
    await phone.signIn(email)
    await laptop.signIn(email)
    const sessions: { token: string; ipAddress: string }[] = await (
      await laptop.fetch('/api/auth/list-sessions')
    ).json()
    expect(sessions.map(({ ipAddress }) => ipAddress).sort()).toEqual(
      [phone.ipAddress, laptop.ipAddress].sort(),
    )
    const token = sessions.find(({ ipAddress }) => ipAddress === phone.ipAddress)?.token
    expect((await laptop.fetch('/api/auth/revoke-session', { body: { token } })).status).toBe(200)
    expect([await statusOf(phone), await statusOf(laptop)]).toEqual([401, 200])

    const copied = new Browser()
    for (const [name, value] of laptop.cookies) copied.cookies.set(name, value)
    await laptop.fetch('/api/auth/sign-out', { body: {} })
    expect(await statusOf(copied)).toBe(401)
  })

  test('cannot be ended by another user', async () => {
    const [one, other] = [await signedIn('owner'), await signedIn('owner')]
    const sessions: { token: string }[] = await (await one.fetch('/api/auth/list-sessions')).json()
    await other.fetch('/api/auth/revoke-session', { body: { token: sessions[0]?.token } })
    expect(await statusOf(one)).toBe(200)
  })

  test('is worth nothing with another signature, or none', async () => {
    const browser = await signedIn('owner')
    const [token = ''] = (browser.cookies.get(SESSION_COOKIE) ?? '').split('.')
    for (const forged of [token, `${token}.`, `${token}.${btoa('0'.repeat(32))}`]) {
      const forger = new Browser()
      forger.cookies.set(SESSION_COOKIE, forged)
      expect(await statusOf(forger)).toBe(401)
    }
  })
})

test('a member who is removed has lost access at the next request', async () => {
  const owner = await signedIn('owner')
  const member = await signedIn('developer', { organizationId: owner.organizationId })
  const path = `/organizations/${owner.organizationId}/members`
  expect((await member.ask(path)).status).toBe(200)
  expect((await owner.ask(`${path}/${member.memberId}`, { method: 'DELETE' })).status).toBe(200)
  expect((await member.ask(path)).status).toBe(404)
  expect(await drizzle(env.DB).select().from(members).where(eq(members.userId, member.userId))).toEqual([])
})

describe('other sites', () => {
  test.each([['https://evil.test'], ['https://radist.test.evil.test'], ['null'], [null]])(
    'cannot sign anybody in or out: %s',
    async (origin) => {
      const browser = await signedIn('owner')
      const headers = { origin }
      expect((await browser.fetch('/api/auth/sign-out', { body: {}, headers })).status).toBe(403)
      expect(await statusOf(browser)).toBe(200)
      const { email } = await newUser()
      const signIn = await new Browser().fetch('/api/auth/sign-in/email', {
        body: { email, password: PASSWORD },
        headers,
      })
      expect([signIn.status, signIn.headers.getSetCookie()]).toEqual([403, []])
    },
  )

  test.each([['text/plain'], ['application/x-www-form-urlencoded'], [null]])(
    'cannot sign in with what a form may send: %s',
    async (type) => {
      const { email } = await newUser()
      const body = type?.includes('form')
        ? String(new URLSearchParams({ email, password: PASSWORD }))
        : JSON.stringify({ email, password: PASSWORD })
      const headers = { 'content-type': type }
      const answer = await new Browser().fetch('/api/auth/sign-in/email', { body, headers })
      expect([answer.status, answer.headers.getSetCookie()]).toEqual([400, []])
    },
  )

  test('read nothing: no answer names an origin that may', async () => {
    const browser = await signedIn('owner')
    const answer = await browser.ask('/session', { headers: { origin: 'https://evil.test' } })
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })
})

test.each([
  ['GET', '/organization/list'],
  ['GET', '/organization/get-full-organization'],
  ['POST', '/organization/create'],
  ['POST', '/organization/invite-member'],
  ['POST', '/organization/update-member-role'],
  ['POST', '/organization%2Fcreate'],
  ['POST', '//organization/create'],
  ['POST', '/two-factor/send-otp'],
  ['POST', '/two-factor/verify-otp'],
  ['POST', '/delete-user'],
  ['POST', '/change-email'],
  ['POST', '/set-password'],
  ['POST', '/verify-password'],
  ['POST', '/update-session'],
  ['POST', '/get-access-token'],
  ['GET', '/ok'],
])('of the library, what the dashboard does not use is not there: %s %s', async (method, path) => {
  const browser = await signedIn('owner')
  const options = { method, ...(method === 'POST' && { body: {} }) }
  const answer = await browser.fetch(`/api/auth${path}`, options)
  expect(answer.status).toBe(404)
  expect(await answer.json()).toMatchObject({ code: 'not_found' })
})
