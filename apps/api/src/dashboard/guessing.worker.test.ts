import { base32 } from '@better-auth/utils/base32'
import { createOTP } from '@better-auth/utils/otp'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  Browser,
  linkIn,
  mailsTo,
  newUser,
  ORIGIN,
  PASSWORD,
  signedIn,
} from '../testing/dashboard-fixture.ts'

const WRONG = 'a wrong password'

describe('passwords', () => {
  test('of one account are tried ten times, from wherever and however many at once', async () => {
    const { email } = await newUser()
    const tries = await Promise.all(Array.from({ length: 14 }, () => new Browser().signIn(email, WRONG)))
    const statuses = tries.map(({ status }) => status)
    expect(statuses.filter((status) => status === 401)).toHaveLength(10)
    expect(statuses.filter((status) => status === 429)).toHaveLength(4)
    const right = await new Browser().signIn(email)
    expect(right.status).toBe(429)
    expect(Number(right.headers.get('x-retry-after'))).toBeGreaterThan(800)
    // In capitals it is the same account.
    expect((await new Browser().signIn(email.toUpperCase())).status).toBe(429)
  })

  test('that is new opens a locked account', async () => {
    const { email } = await newUser()
    await Promise.all(Array.from({ length: 11 }, () => new Browser().signIn(email, WRONG)))
    const browser = new Browser()
    await browser.fetch('/api/auth/request-password-reset', { body: { email, redirectTo: '/' } })
    const [mail] = await mailsTo(email, 1)
    const landed = await browser.fetch(linkIn(mail ?? { text: '' }))
    const token = new URL(landed.headers.get('location') ?? '', ORIGIN).searchParams.get('token')
    const newPassword = 'another password'
    await browser.fetch('/api/auth/reset-password', { body: { newPassword, token } })
    expect((await browser.signIn(email, newPassword)).status).toBe(200)
  })

  test('of nobody are refused after as many', async () => {
    const email = `${crypto.randomUUID()}@radist.test`
    const tries = await Promise.all(Array.from({ length: 11 }, () => new Browser().signIn(email, WRONG)))
    expect(tries.map(({ status }) => status).sort()).toEqual([...Array(10).fill(401), 429])
  })

  test('that are right take the wrong ones back', async () => {
    const { email } = await newUser()
    for (const round of [1, 2]) {
      for (let n = 0; n < 9; n += 1) expect((await new Browser().signIn(email, WRONG)).status).toBe(401)
      expect((await new Browser().signIn(email)).status, `round ${round}`).toBe(200)
    }
  })

  test('are tried thirty times from one address, for whichever account', async () => {
    const browser = new Browser()
    const guess = () => browser.signIn(`${crypto.randomUUID()}@radist.test`, WRONG)
    const tries = await Promise.all(Array.from({ length: 32 }, guess))
    expect(tries.filter(({ status }) => status === 429)).toHaveLength(2)
    const { email } = await newUser()
    expect((await browser.signIn(email)).status).toBe(429)
    expect((await new Browser().signIn(email)).status).toBe(200)
  })
})

describe('the second factor', () => {
  const STEP_MS = 30_000
  // In the middle of a step, where it stays: codes do not change under way.
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'], now: (Math.floor(Date.now() / STEP_MS) + 0.5) * STEP_MS })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  /** With codes switched on, signed out. */
  async function guardedUser() {
    const user = await signedIn('owner')
    const enabled: { totpURI: string; backupCodes: string[] } = await (
      await user.fetch('/api/auth/two-factor/enable', { body: { password: PASSWORD } })
    ).json()
    const secret = base32.decode(new URL(enabled.totpURI).searchParams.get('secret') ?? '')
    const otp = createOTP(new TextDecoder().decode(secret))
    /** Of the step so many away from now. Those next to now are taken too (RFC 6238, section 5.2). */
    const codeOf = (step: number) => otp.hotp(Math.floor(Date.now() / STEP_MS) + step)
    expect((await verify(user, await codeOf(-1))).status).toBe(200)
    return { user, codeOf, backupCodes: enabled.backupCodes }
  }
  const verify = (browser: Browser, code: string) =>
    browser.fetch('/api/auth/two-factor/verify-totp', { body: { code } })
  const challenged = async (email: string) => {
    const browser = new Browser()
    expect(await (await browser.signIn(email)).json()).toMatchObject({ twoFactorRedirect: true })
    expect((await browser.fetch('/api/dashboard/session')).status).toBe(401)
    return browser
  }

  test('is asked for, and a code is good once', async () => {
    const { user, codeOf } = await guardedUser()
    const code = await codeOf(0)
    const [first, second] = [await challenged(user.email), await challenged(user.email)]
    expect((await verify(first, code)).status).toBe(200)
    expect((await first.fetch('/api/dashboard/session')).status).toBe(200)
    const again = await verify(second, code)
    expect([again.status, await again.json()]).toEqual([
      401,
      expect.objectContaining({ code: 'INVALID_CODE' }),
    ])
    expect((await verify(second, await codeOf(1))).status).toBe(200)
  })

  test('takes one code once, however many try it at the same time', async () => {
    const { user, codeOf } = await guardedUser()
    const code = await codeOf(0)
    const browsers = await Promise.all(Array.from({ length: 5 }, () => challenged(user.email)))
    const answers = await Promise.all(browsers.map((browser) => verify(browser, code)))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401, 401])
  })

  test('locks after ten wrong codes, also for the right one', async () => {
    const { user, codeOf } = await guardedUser()
    const right = await codeOf(0)
    const wrong = (n: number) => String((Number(right) + 1000 * (n + 1)) % 1_000_000).padStart(6, '0')
    for (const round of [0, 1]) {
      const browser = await challenged(user.email)
      for (let n = 0; n < 5; n += 1) expect((await verify(browser, wrong(5 * round + n))).status).toBe(401)
      // A sign-in takes five.
      expect((await verify(browser, wrong(90 + round))).status).not.toBe(200)
    }
    expect((await verify(await challenged(user.email), await codeOf(0))).status).toBe(429)
  })

  test('has codes for when it is lost, each good once', async () => {
    const { user, backupCodes } = await guardedUser()
    const use = async (code: string | undefined) =>
      (
        await (
          await challenged(user.email)
        ).fetch('/api/auth/two-factor/verify-backup-code', { body: { code } })
      ).status
    expect(backupCodes).toHaveLength(10)
    expect([await use(backupCodes[0]), await use(backupCodes[0]), await use(backupCodes[1])]).toEqual([
      200, 401, 200,
    ])
  })

  test('is not switched off without the password', async () => {
    const { user } = await guardedUser()
    const disable = (password: string) => user.fetch('/api/auth/two-factor/disable', { body: { password } })
    expect((await disable(WRONG)).status).toBe(400)
    await challenged(user.email)
    expect((await disable(PASSWORD)).status).toBe(200)
    expect(await (await new Browser().signIn(user.email)).json()).not.toHaveProperty('twoFactorRedirect')
  })
})
