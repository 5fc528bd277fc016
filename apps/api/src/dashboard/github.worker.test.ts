import { beforeEach, expect, test } from 'vitest'
import { Browser, newUser, ORIGIN } from '../testing/dashboard-fixture.ts'
import { serve } from '../testing/far-end.ts'

/** GitHub as it answers, to whoever comes with any code. */
let account: { id: number; email: string; verified: boolean }
beforeEach(() => {
  account = { id: Math.floor(Math.random() * 1e9), email: newAddress(), verified: true }
  serve('https://github.com', () =>
    Response.json({ access_token: 'gho_test', token_type: 'bearer', scope: 'read:user,user:email' }),
  )
  serve('https://api.github.com', ({ url }) => {
    const { id, email, verified } = account
    return url.endsWith('/emails')
      ? Response.json([{ email, primary: true, verified, visibility: 'public' }])
      : Response.json({ id, login: 'octocat', name: 'Octocat', email, avatar_url: '' })
  })
})

const newAddress = () => `${crypto.randomUUID()}@radist.test`

/** Goes to GitHub. @returns the way back */
async function leave(browser: Browser, callbackURL = '/'): Promise<string> {
  const answer = await browser.fetch('/api/auth/sign-in/social', {
    body: { provider: 'github', callbackURL },
  })
  expect(answer.status).toBe(200)
  const { url }: { url: string } = await answer.json()
  const there = new URL(url)
  expect([there.origin, there.pathname]).toEqual(['https://github.com', '/login/oauth/authorize'])
  expect(there.searchParams.get('redirect_uri')).toBe(`${ORIGIN}/api/auth/callback/github`)
  return `/api/auth/callback/github?code=test&state=${there.searchParams.get('state')}`
}
const session = async (browser: Browser) => (await browser.fetch('/api/dashboard/session')).json()

test('who comes by GitHub is signed in, with an organisation of their own', async () => {
  const browser = new Browser()
  const back = await browser.fetch(await leave(browser))
  expect([back.status, back.headers.get('location')]).toEqual([302, '/'])
  expect(await session(browser)).toMatchObject({
    user: { email: account.email, name: 'Octocat' },
    organizations: [{ role: 'owner' }],
  })
})

test('the page knows that one can', async () => {
  const answer = await new Browser().fetch('/api/dashboard/configuration')
  expect(await answer.json()).toEqual({ github: true, environment: 'development' })
})

test('a confirmed account here with a confirmed address there is the same person', async () => {
  const { email, userId } = await newUser()
  account.email = email
  const browser = new Browser()
  await browser.fetch(await leave(browser))
  expect(await session(browser)).toMatchObject({ user: { userId } })
})

test.each([
  ['here', { emailVerified: false, verified: true }],
  ['there', { emailVerified: true, verified: false }],
])('an address that is not confirmed %s is nobody', async (_, { emailVerified, verified }) => {
  const { email } = await newUser({ emailVerified })
  account = { ...account, email, verified }
  const browser = new Browser()
  await browser.fetch(await leave(browser))
  expect(await session(browser)).toMatchObject({ code: 'not_signed_in' })
})

test('the way back is good once, and for the browser that left alone', async () => {
  const [attacker, victim] = [new Browser(), new Browser()]
  const back = await leave(attacker)
  await victim.fetch(back)
  expect(await session(victim)).toMatchObject({ code: 'not_signed_in' })
  const again = await leave(attacker)
  await attacker.fetch(again)
  expect(await session(attacker)).toMatchObject({ user: { email: account.email } })
  const copied = new Browser()
  for (const [name, value] of attacker.cookies)
    if (!name.includes('session_token')) copied.cookies.set(name, value)
  await copied.fetch(again)
  expect(await session(copied)).toMatchObject({ code: 'not_signed_in' })
})

test('it leads nowhere else', async () => {
  const body = { provider: 'github', callbackURL: 'https://evil.test/' }
  expect((await new Browser().fetch('/api/auth/sign-in/social', { body })).status).toBe(403)
})
