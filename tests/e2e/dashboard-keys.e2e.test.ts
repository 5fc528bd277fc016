/** A project's keys, from the keyboard alone to their end, and what each role sees of a project. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inspect } from './dashboard/inspect.ts'
import { eventually, heading, launchBrowser } from './dashboard/people.ts'
import { colleague, type OwnProject, ownerWithProject } from './dashboard/projects.ts'

let browser: Browser
let page: Page
let project: OwnProject
let base: string

beforeAll(async () => {
  browser = await launchBrowser()
  ;({ page, project } = await ownerWithProject(browser, 'Kim'))
  base = `/projects/${project.projectId}`
})
afterAll(() => browser?.close())

const createCall = (secretKey: string) =>
  fetch(`${project.apiBaseUrl}/api/v1/projects/${project.projectId}/calls`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secretKey}` },
  })

/** Presses Tab until the focus is on a control with this name. */
async function tabTo(name: string): Promise<void> {
  const focused = () =>
    page.evaluate(() => {
      const element = document.activeElement
      const label = element instanceof HTMLInputElement ? element.labels?.[0]?.textContent : null
      return (label ?? element?.getAttribute('aria-label') ?? element?.textContent ?? '').trim()
    })
  for (let presses = 0; presses < 60; presses += 1) {
    if ((await focused()) === name) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`The keyboard does not reach "${name}", but "${await focused()}"`)
}

describe('keys', () => {
  let secretKey: string

  it('are made by keyboard alone, shown once, and closed only when stored', async () => {
    await page.goto(`${base}/keys`)
    await page.getByRole('button', { name: 'New secret key' }).waitFor()
    await tabTo('New secret key')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    await tabTo('Name')
    await page.keyboard.type('Production')
    await page.keyboard.press('Enter')
    const secret = page.getByTestId('secret')
    secretKey = await secret.innerText()
    expect(secretKey).toMatch(/^rad_sk_/)
    await page.keyboard.press('Escape')
    expect(await secret.isVisible()).toBe(true)
    expect(await page.getByRole('button', { name: 'Done' }).isDisabled()).toBe(true)
    await inspect(page, 'project-key-shown-once')
    await tabTo('I have stored it')
    await page.keyboard.press('Space')
    await tabTo('Done')
    await page.keyboard.press('Enter')
    await secret.waitFor({ state: 'detached' })
    await page.getByRole('row', { name: /Production/ }).waitFor()
    expect(await page.content()).not.toContain(secretKey)
  })

  it('work at once, and stop at once when they are revoked, and the page says so', async () => {
    expect((await createCall(secretKey)).status).toBe(200)
    await page.getByRole('button', { name: 'Revoke Production' }).click()
    const dialog = page.getByRole('alertdialog')
    await dialog.getByText(`rad_sk_…${secretKey.slice(-4)}`).waitFor()
    await dialog.getByRole('button', { name: 'Revoke key' }).click()
    await dialog.waitFor({ state: 'detached' })
    const refused = await createCall(secretKey)
    expect([refused.status, await refused.json()]).toMatchObject([401, { code: 'invalid_secret_key' }])
    await page
      .getByRole('row', { name: /Production/ })
      .getByText('Revoked', { exact: true })
      .waitFor()
    // Those of others go on.
    expect((await createCall(project.secretKey)).status).toBe(200)
  })

  it('that are public are rolled with an overlap, after which the old one can be revoked', async () => {
    await page.getByRole('button', { name: 'Roll key' }).first().click()
    await page.getByLabel('Old keys stay good for').selectOption({ label: '7 days' })
    await page.getByRole('dialog').getByRole('button', { name: 'Roll key' }).click()
    await page.getByText('good until').waitFor()
    await expect.poll(() => page.getByTestId('public-key').count(), eventually).toBe(2)
    await inspect(page, 'project-keys')
    await page.getByRole('button', { name: `Revoke ${project.publicKey}` }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Revoke key' }).click()
    await page
      .getByRole('row', { name: new RegExp(project.publicKey) })
      .getByText('Revoked')
      .waitFor()
  })

  it('are made and filled in by the quick start', async () => {
    await page.goto(base)
    await page.getByRole('button', { name: 'Make a key and fill it in' }).click()
    const made = await page.getByTestId('secret').innerText()
    await page.getByLabel('I have stored it').check()
    await page.getByRole('button', { name: 'Done' }).click()
    for (const language of ['curl', 'TypeScript', 'Python']) {
      await page.getByRole('tab', { name: language }).click()
      await page.getByRole('tabpanel', { name: language }).getByText(made).waitFor()
    }
    await inspect(page, 'project-overview')
    expect((await createCall(made)).status).toBe(200)
    await expect
      .poll(() => page.getByText('Open calls', { exact: true }).locator('..').innerText(), eventually)
      .toMatch(/^Open calls\s+3/)
  })
})

describe('settings', () => {
  it('are changed, and refused where they are wrong', async () => {
    await page.goto(`${base}/settings`)
    await page.getByLabel('Allowed origins').fill('https://app.example\nnot an origin')
    await page.getByRole('button', { name: 'Save settings' }).click()
    await page.getByText('Not an origin: ').waitFor()
    await page.getByLabel('Allowed origins').fill('https://app.example/')
    await page.getByRole('button', { name: 'Add a server' }).click()
    await page.getByLabel('Address 1').fill('stun:stun.example:3478')
    await page.getByRole('button', { name: 'Save settings' }).click()
    await page.getByText('The settings are saved').waitFor()
    await page.reload()
    expect(await page.getByLabel('Allowed origins').inputValue()).toBe('https://app.example')
    expect(await page.getByLabel('Address 1').inputValue()).toBe('stun:stun.example:3478')
    await inspect(page, 'project-settings')
  })
})

describe('roles', () => {
  it('for billing see what it costs, and no keys', async () => {
    const billing = await colleague(browser, page, project, 'Bill', 'billing')
    await billing.goto(base)
    await heading(billing, project.name)
    const links = billing.getByRole('navigation', { name: 'Main' })
    await links.getByRole('link', { name: 'Billing' }).waitFor()
    expect(await links.getByRole('link', { name: 'Keys' }).count()).toBe(0)
    for (const hidden of ['keys', 'calls', 'rooms', 'webhooks', 'settings', 'playground']) {
      await billing.goto(`${base}/${hidden}`)
      await billing.getByText('Not for your role').waitFor()
    }
    await inspect(billing, 'project-not-for-the-role')
    expect(await billing.content()).not.toContain('rad_sk_')
    await billing.goto(`${base}/billing`)
    await billing.getByTestId('seconds-30-days').waitFor()
    await billing.context().close()
  })

  it('for development see keys, and cannot archive', async () => {
    const developer = await colleague(browser, page, project, 'Dora', 'developer')
    await developer.goto(`${base}/keys`)
    await developer.getByRole('button', { name: 'New secret key' }).waitFor()
    await developer.goto(`${base}/settings`)
    await developer.getByRole('button', { name: 'Save settings' }).waitFor()
    expect(await developer.getByRole('button', { name: 'Archive project' }).count()).toBe(0)
    await developer.goto('/status')
    await developer.getByText('for those who run this installation').waitFor()
    await developer.context().close()
  })
})
