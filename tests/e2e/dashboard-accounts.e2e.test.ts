/** Accounts as people meet them: signing up and in, the second factor, what is lost and found, sessions. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import { inspect } from './dashboard/inspect.ts'
import {
  createAccount,
  eventually,
  heading,
  launchBrowser,
  mailedLink,
  newPerson,
  signIn,
  visit,
  visitAs,
} from './dashboard/people.ts'
import { nextTotp, totp } from './dashboard/totp.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()))
})
afterAll(() => browser?.close())

const ownOrganization = (name: string): string => `${name}'s organisation`
const pathOf = (page: Page): string => new URL(page.url()).pathname

describe('signing up', () => {
  it('goes by a link in a mail, which development shows in its inbox', async () => {
    const ada = newPerson('Ada')
    const page = await visit(browser, '/sign-up')
    await heading(page, 'Create your account')
    await inspect(page, 'sign-up')
    await page.getByLabel('Your name').fill(ada.name)
    await page.getByLabel('E-mail').fill(ada.email)
    await page.getByLabel('Password').fill(ada.password)
    await page.getByRole('button', { name: 'Create account' }).click()
    await heading(page, 'Check your e-mail')
    await page.getByText(ada.email).waitFor()
    await inspect(page, 'verify')

    // Before the address is confirmed, the password alone opens nothing.
    await page.getByRole('link', { name: 'Back to signing in' }).click()
    await heading(page, 'Sign in')
    await signIn(page, ada)
    await heading(page, 'Check your e-mail')

    await page.getByRole('link', { name: 'inbox' }).click()
    const mail = page.getByRole('article', { name: `Confirm your e-mail address, to ${ada.email}` }).first()
    await mail.waitFor()
    await inspect(page, 'inbox')
    await mail.getByRole('link').click()
    await page.getByText('Your address is confirmed.').waitFor()
    await inspect(page, 'sign-in')
    await signIn(page, ada)
    await heading(page, 'Projects')
    await page.getByRole('button', { name: `Organisation: ${ownOrganization('Ada')}` }).waitFor()
    expect(await page.title()).toBe('Projects · Radist')
  })

  it('says of a link that does not work what to do about it', async () => {
    const page = await visit(browser, '/api/auth/verify-email?token=none&callbackURL=%2Fverify')
    await heading(page, 'This link does not work any more')
    await page.getByLabel('E-mail').fill('nobody@radist.example')
    await page.getByRole('button', { name: 'Send another link' }).click()
    await page.getByText('Another link is on its way.').waitFor()
    await inspect(page, 'verify-again')
  })
})

describe('signing in', () => {
  it('works with the keyboard alone, and leads back to the page that asked for it', async () => {
    const bea = await createAccount(newPerson('Bea'))
    const page = await visit(browser, '/account')
    await heading(page, 'Sign in')
    const { keyboard } = page
    // The mark, which leads to the start page, is first.
    await keyboard.press('Tab')
    await keyboard.press('Tab')
    await keyboard.type(bea.email)
    await keyboard.press('Tab')
    await keyboard.type(bea.password)
    await keyboard.press('Enter')
    await heading(page, 'Account')
    expect(pathOf(page)).toBe('/account')
    // There the new page begins; when it is loaded anew, the first stop leads over the navigation.
    await page.getByRole('heading', { name: 'Account', level: 1 }).and(page.locator(':focus')).waitFor()
    await page.reload()
    await heading(page, 'Account')
    await keyboard.press('Tab')
    await expect.poll(() => page.locator(':focus').textContent(), eventually).toBe('Skip to the content')
    await keyboard.press('Enter')
    await expect.poll(() => page.locator(':focus').getAttribute('id'), eventually).toBe('main')

    // The menu of the account: opened, walked through and left by keys; the colours hold over a reload.
    await page.getByRole('button', { name: 'Your account: Bea' }).focus()
    await keyboard.press('Enter')
    await page.getByRole('menuitemcheckbox', { name: 'Dark' }).waitFor()
    await keyboard.type('Dark')
    await page.getByRole('menuitemcheckbox', { name: 'Dark' }).and(page.locator(':focus')).waitFor()
    await keyboard.press('Enter')
    const theme = () => page.evaluate(() => getComputedStyle(document.documentElement).colorScheme)
    await expect.poll(theme, eventually).toBe('dark')
    await page.reload()
    await heading(page, 'Account')
    expect(await theme()).toBe('dark')
  })

  it.each(['//elsewhere.example/', '/\\elsewhere.example', 'https://elsewhere.example/'])(
    'does not lead to %s',
    async (returnTo) => {
      const cay = await createAccount(newPerson('Cay'))
      const page = await visit(browser, `/sign-in?returnTo=${encodeURIComponent(returnTo)}`)
      await signIn(page, cay)
      await heading(page, 'Projects')
      expect(new URL(page.url()).origin).toBe(new URL(inject('stack').dashboardUrl).origin)
    },
  )

  it('says that something is wrong, and not what', async () => {
    const dan = await createAccount(newPerson('Dan'))
    const page = await visit(browser, '/sign-in')
    for (const email of [dan.email, newPerson('Nobody').email]) {
      await signIn(page, { email, password: 'not the password' })
      await page.getByRole('alert').getByText('E-mail address or password is wrong.').waitFor()
    }
    await inspect(page, 'sign-in-refused')
  })

  it('goes with a new password when the old one is forgotten', async () => {
    const eve = await createAccount(newPerson('Eve'))
    const elsewhere = await visitAs(browser, eve, '/account')
    await heading(elsewhere, 'Account')
    const page = await visit(browser, '/sign-in')
    await page.getByRole('link', { name: 'Forgotten your password?' }).click()
    await heading(page, 'Choose a new password')
    await inspect(page, 'forgot-password')
    await page.getByLabel('E-mail').fill(eve.email)
    await page.getByRole('button', { name: 'Send the link' }).click()
    await heading(page, 'Check your e-mail')

    const link = await mailedLink(eve.email, 'Choose a new password')
    await page.goto(link)
    await page.getByLabel('New password').fill('Eve walks down again')
    await inspect(page, 'reset-password')
    await page.getByRole('button', { name: 'Set the password' }).click()
    await heading(page, 'Sign in')
    await signIn(page, { ...eve, password: 'Eve walks down again' })
    await heading(page, 'Projects')

    // The sessions of before are over: whichever page is next asks to sign in, and the link is used up.
    await elsewhere.getByRole('link', { name: 'Members' }).click()
    await heading(elsewhere, 'Sign in')
    await page.goto(link)
    await heading(page, 'This link does not work any more')
  })
})

describe('the account', () => {
  it('asks for a code when that was set up, and takes each backup code once', async () => {
    const fay = await createAccount(newPerson('Fay'))
    const page = await visitAs(browser, fay, '/account')
    await heading(page, 'Account')
    await page.getByRole('button', { name: 'Set up' }).click()
    await page.getByLabel('Your password').fill(fay.password)
    await page.getByRole('button', { name: 'Go on' }).click()
    await page.getByRole('img', { name: 'QR code' }).waitFor()
    await page.getByText('It cannot be scanned').click()
    const secret = (await page.getByTestId('totp-secret').textContent()) ?? ''
    await inspect(page, 'two-factor-set-up')
    await page.getByLabel('Code', { exact: true }).fill(totp(secret, Date.now()))
    await page.getByRole('button', { name: 'Turn on' }).click()
    const codes = ((await page.getByTestId('secret').textContent()) ?? '').split('\n')
    expect(codes.length).toBeGreaterThan(5)
    const done = page.getByRole('button', { name: 'Done' })
    expect(await done.isDisabled()).toBe(true)
    await page.getByLabel('I have stored it').check()
    await done.click()
    await page.getByText('Two-factor authentication is on.').waitFor()

    const other = await visit(browser, '/sign-in')
    await signIn(other, fay)
    await heading(other, 'Two-factor authentication')
    await inspect(other, 'two-factor')
    await other.getByLabel('Code', { exact: true }).fill('000000')
    await other.getByRole('button', { name: 'Go on' }).click()
    await other.getByRole('alert').getByText('The code is wrong, or too old.').waitFor()
    await other.getByLabel('Code', { exact: true }).fill(nextTotp(secret, Date.now()))
    await other.getByRole('button', { name: 'Go on' }).click()
    await heading(other, 'Projects')

    const [backupCode = ''] = codes
    for (const outcome of ['taken', 'refused'] as const) {
      const lost = await visit(browser, '/sign-in')
      await signIn(lost, fay)
      await lost.getByRole('button', { name: 'Use a backup code' }).click()
      await lost.getByLabel('Backup code').fill(backupCode)
      await lost.getByRole('button', { name: 'Go on' }).click()
      if (outcome === 'taken') await heading(lost, 'Projects')
      else await lost.getByRole('alert').getByText('The backup code is wrong, or used up.').waitFor()
    }
  })

  it('changes name and password, and ends what goes on in other browsers', async () => {
    const gus = await createAccount(newPerson('Gus'))
    const [page, phone, library] = await Promise.all([
      visitAs(browser, gus, '/account'),
      visitAs(browser, gus, '/account'),
      visitAs(browser, gus, '/account'),
    ])
    await page.reload()
    await heading(page, 'Account')
    const others = page.getByRole('button', { name: /^End the session of/ })
    await expect.poll(() => others.count(), eventually).toBe(2)
    await inspect(page, 'account')
    await others.first().click()
    await expect.poll(() => others.count(), eventually).toBe(1)

    await page.getByLabel('Name', { exact: true }).fill('Gustav')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('button', { name: 'Your account: Gustav' }).waitFor()

    await page.getByLabel('Current password').fill('not the password')
    await page.getByLabel('New password').fill('Gus walks down again')
    await page.getByRole('button', { name: 'Change password' }).click()
    await page.getByRole('alert').getByText('The password is wrong.').waitFor()
    await page.getByLabel('Current password').fill(gus.password)
    await page.getByRole('button', { name: 'Change password' }).click()
    await expect.poll(() => others.count(), eventually).toBe(0)

    for (const ended of [phone, library]) {
      await ended.reload()
      await heading(ended, 'Sign in')
    }
    await page.getByRole('button', { name: 'Your account: Gustav' }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await heading(page, 'Sign in')
    await page.goBack()
    await heading(page, 'Sign in')
  })
})
