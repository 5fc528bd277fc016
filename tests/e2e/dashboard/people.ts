/** People with accounts, for tests of the dashboard. */
import { randomUUID } from 'node:crypto'
import { type Browser, chromium, type Page } from 'playwright-core'
import { expect, inject } from 'vitest'
import { z } from 'zod'
import { chromiumFlags } from '../../browser/chromium-flags.ts'

/** A condition on a page that takes the server's time. */
export const eventually = { timeout: 20_000, interval: 100 }

export interface Person {
  readonly name: string
  readonly email: string
  readonly password: string
}

/** Somebody whom nobody knows yet. */
export const newPerson = (name: string): Person => ({
  name,
  email: `${name.toLowerCase()}-${randomUUID().slice(0, 8)}@radist.example`,
  password: `${name} walks over the hill`,
})

export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: inject('chromium'), args: chromiumFlags })

/** A browser window of its own, with nobody signed in, at this path of the dashboard. */
export async function visit(browser: Browser, path: string): Promise<Page> {
  const context = await browser.newContext({ baseURL: inject('stack').dashboardUrl, reducedMotion: 'reduce' })
  const page = await context.newPage()
  await page.goto(path)
  return page
}

const inboxSchema = z.object({
  mails: z.array(z.object({ to: z.string(), subject: z.string(), text: z.string() })),
})

/** The link in the last mail to somebody that has this in its subject; waits until there is one. */
export async function mailedLink(to: string, subject: string): Promise<string> {
  const deadline = Date.now() + 20_000
  while (Date.now() < deadline) {
    const answer = await fetch(new URL('/api/dev/inbox', inject('stack').dashboardUrl))
    const { mails } = inboxSchema.parse(await answer.json())
    const mail = mails.find((one) => one.to === to && one.subject.includes(subject))
    const link = mail && /https?:\/\/\S+/.exec(mail.text)?.[0]
    if (link) return link
    // Mails are written after the answer that they follow from.
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`No mail with "${subject}" to ${to}`)
}

/** Makes the account, confirmed, without a browser. */
export async function createAccount(person: Person): Promise<Person> {
  const { origin } = new URL(inject('stack').dashboardUrl)
  const answer = await fetch(`${origin}/api/auth/sign-up/email`, {
    method: 'POST',
    headers: { origin, 'content-type': 'application/json' },
    body: JSON.stringify(person),
  })
  if (!answer.ok) throw new Error(`Signing up: ${answer.status} ${await answer.text()}`)
  const confirmed = await fetch(await mailedLink(person.email, 'Confirm'), { redirect: 'manual' })
  if (confirmed.status !== 302) throw new Error(`Confirming: ${confirmed.status} ${await confirmed.text()}`)
  return person
}

/** Fills in the sign-in page that is shown. */
export async function signIn(page: Page, person: Pick<Person, 'email' | 'password'>): Promise<void> {
  await page.getByLabel('E-mail').fill(person.email)
  await page.getByLabel('Password', { exact: true }).fill(person.password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
}

/** A window of its own in which somebody is signed in, at this path. */
export async function visitAs(
  browser: Browser,
  person: Pick<Person, 'email' | 'password'>,
  path: string,
): Promise<Page> {
  const page = await visit(browser, path)
  await signIn(page, person)
  await page.waitForURL((url) => url.pathname !== '/sign-in')
  return page
}

/** Waits until a page with this heading is shown; what is shown instead is in the failure. */
export const heading = (page: Page, name: string): Promise<void> =>
  expect.poll(() => page.evaluate(() => document.querySelector('h1')?.textContent), eventually).toBe(name)
