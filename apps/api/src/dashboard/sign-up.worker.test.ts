import { afterEach, beforeEach, describe, expect, type MockInstance, test, vi } from 'vitest'
import {
  Browser,
  linkIn,
  mailsTo,
  newUser,
  ORIGIN,
  PASSWORD,
  signedIn,
} from '../testing/dashboard-fixture.ts'

const newAddress = () => `${crypto.randomUUID()}@radist.test`
const signUp = (email: string, more: object = {}) =>
  new Browser().fetch('/api/auth/sign-up/email', {
    body: { email, name: 'Somebody', password: PASSWORD, ...more },
  })
const askForReset = (email: string, more: object = {}) =>
  new Browser().fetch('/api/auth/request-password-reset', {
    body: { email, redirectTo: '/reset-password', ...more },
  })

describe('signing up', () => {
  test('is complete once the address is confirmed', async () => {
    const email = newAddress()
    expect((await signUp(email, { callbackURL: '/sign-in' })).status).toBe(200)
    const browser = new Browser()
    expect((await browser.signIn(email)).status).toBe(403)

    const [mail] = await mailsTo(email, 2)
    const confirmed = await browser.fetch(linkIn(mail ?? { text: '' }))
    expect([confirmed.status, confirmed.headers.get('location')]).toEqual([302, '/sign-in'])
    // Whoever was sent the link of another person is not signed in as that person.
    expect(browser.cookies.size).toBe(0)
    expect((await browser.signIn(email)).status).toBe(200)
    expect(await (await browser.fetch('/api/dashboard/session')).json()).toMatchObject({
      user: { email },
      organizations: [{ role: 'owner' }],
    })
  })

  test.each([
    ['short', 'too short'],
    ['x'.repeat(129), 'too long'],
  ])('wants a password of 10 to 128 characters: %s', async (password) => {
    expect((await signUp(newAddress(), { password })).status).toBe(400)
  })

  test.each([
    [' Ada \n  Lovelace ', 'Ada Lovelace'],
    ['x'.repeat(70), 'x'.repeat(64)],
    ['\t', null],
  ])('gives a name of one line: %j', async (given, name) => {
    const email = newAddress()
    await signUp(email, { name: given })
    const browser = new Browser()
    const [mail] = await mailsTo(email, 1)
    await browser.fetch(linkIn(mail ?? { text: '' }))
    await browser.signIn(email)
    const named = async () => (await browser.fetch('/api/dashboard/session')).json()
    expect(await named()).toMatchObject({ user: { name: name ?? email.replace('@radist.test', '') } })
    await browser.fetch('/api/auth/update-user', { body: { name: 'Another\nname' } })
    expect(await named()).toMatchObject({ user: { name: 'Another name' } })
  })

  test('cannot say that the address is confirmed, or who is who', async () => {
    const email = newAddress()
    await signUp(email, { emailVerified: true, id: 'chosen', twoFactorEnabled: true })
    expect((await new Browser().signIn(email)).status).toBe(403)
  })
})

describe('a new password', () => {
  test('ends all sessions, and its link is good once', async () => {
    const user = await signedIn('owner')
    expect((await askForReset(user.email)).status).toBe(200)
    const [mail] = await mailsTo(user.email, 1)
    const landed = await new Browser().fetch(linkIn(mail ?? { text: '' }))
    const location = new URL(landed.headers.get('location') ?? '', ORIGIN)
    expect([location.origin, location.pathname]).toEqual([ORIGIN, '/reset-password'])
    const token = location.searchParams.get('token')

    const reset = (newPassword: string) =>
      new Browser().fetch('/api/auth/reset-password', { body: { newPassword, token } })
    expect((await reset('another password')).status).toBe(200)
    expect((await reset('a third password')).status).toBe(400)
    expect((await user.ask('/session')).status).toBe(401)
    const statuses = [PASSWORD, 'a third password', 'another password'].map(
      async (password) => (await new Browser().signIn(user.email, password)).status,
    )
    expect(await Promise.all(statuses)).toEqual([401, 401, 200])
    expect((await mailsTo(user.email, 2))[1]?.subject).toBe('Your password was changed')
  })
})

describe('whether there is an account', () => {
  /** All that an answer says, but for what the request said itself. */
  const said = async (answer: Response, email: string) => ({
    status: answer.status,
    headers: [...answer.headers.keys()].sort(),
    body: (await answer.text())
      .replaceAll(email, 'EMAIL')
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
      .replaceAll(/"id":"\w{32}"/g, 'ID'),
  })

  test('signing up does not tell: who has one gets a mail that says so', async () => {
    const { email } = await newUser()
    const unknown = newAddress()
    expect(await said(await signUp(email), email)).toEqual(await said(await signUp(unknown), unknown))
    expect((await mailsTo(email, 1))[0]?.subject).toBe('You have an account already')
    expect((await mailsTo(unknown, 1))[0]?.subject).toBe('Confirm your e-mail address')
    // The password that was sent along is not theirs now.
    expect((await new Browser().signIn(email)).status).toBe(200)
  })

  test('asking for a new password does not tell', async () => {
    const { email } = await newUser()
    const unknown = newAddress()
    expect(await said(await askForReset(email), email)).toEqual(
      await said(await askForReset(unknown), unknown),
    )
    await mailsTo(email, 1)
    await mailsTo(unknown, 0)
  })

  test('asking for another confirmation does not tell', async () => {
    const ask = (email: string) =>
      new Browser().fetch('/api/auth/send-verification-email', { body: { email } })
    const [confirmed, open] = [await newUser(), await newUser({ emailVerified: false })]
    const [ofUnknown, ofConfirmed, ofOpen] = await Promise.all(
      [newAddress(), confirmed.email, open.email].map(async (email) => said(await ask(email), email)),
    )
    expect([ofConfirmed, ofOpen]).toEqual([ofUnknown, ofUnknown])
    await mailsTo(open.email, 1)
    await mailsTo(confirmed.email, 0)
  })

  test('signing in does not tell', async () => {
    const { email } = await newUser()
    const unknown = newAddress()
    const of = async (address: string) =>
      said(await new Browser().signIn(address, 'a wrong password'), address)
    expect(await of(email)).toEqual(await of(unknown))
  })
})

describe('a link leads nowhere else', () => {
  let log: MockInstance
  beforeEach(() => {
    log = vi.spyOn(console, 'error').mockImplementation(() => {})
  })
  afterEach(() => log.mockRestore())

  const elsewhere = [
    'https://evil.test',
    'https://evil.test/sign-in',
    '//evil.test',
    '/\\evil.test',
    '\\\\evil.test',
    'https://radist.test.evil.test',
    'https://radist.test@evil.test',
    'javascript:alert(1)',
    'http://radist.test/',
  ]

  test.each(elsewhere)('%s', async (url) => {
    const { email } = await newUser()
    const browser = new Browser()
    const answers = [
      await browser.fetch('/api/auth/sign-in/email', {
        body: { email, password: PASSWORD, callbackURL: url },
      }),
      await signUp(newAddress(), { callbackURL: url }),
      await askForReset(email, { redirectTo: url }),
      await browser.fetch('/api/auth/send-verification-email', { body: { email, callbackURL: url } }),
      await browser.fetch(`/api/auth/verify-email?token=x&callbackURL=${encodeURIComponent(url)}`),
      await browser.fetch(`/api/auth/reset-password/x?callbackURL=${encodeURIComponent(url)}`),
    ]
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 403))
    expect(answers.map(({ headers }) => headers.get('location'))).toEqual(answers.map(() => null))
  })
})
