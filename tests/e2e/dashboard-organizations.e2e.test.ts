/** Organisations: projects, who belongs to them, and what each role is shown. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, inject, it } from 'vitest'
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

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()))
})
afterAll(() => browser?.close())

const mainLinks = (page: Page): Promise<string[]> =>
  page.getByRole('navigation', { name: 'Main' }).getByRole('link').allTextContents()
const ofOrganization = ['Projects', 'Members']
const ofOneself = ['Account', 'API reference']

async function makeProject(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: 'New project' }).first().click()
  await page.getByLabel('Name', { exact: true }).fill(name)
  await page.getByRole('button', { name: 'Create project' }).click()
}

async function choose(page: Page, menu: string | RegExp, item: string): Promise<void> {
  await page.getByRole('button', { name: menu }).click()
  await page.getByRole('menuitem', { name: item }).click()
}

it('holds projects: made with a key, renamed, archived and restored', async () => {
  const ann = await createAccount(newPerson('Ann'))
  const page = await visitAs(browser, ann, '/')
  await heading(page, 'Projects')
  await page.getByText('No projects yet').waitFor()
  await inspect(page, 'projects-none')

  await makeProject(page, 'Telephone')
  const window = page.getByRole('dialog', { name: 'Telephone is ready' })
  const publicKey = (await window.getByLabel('Public key').textContent()) ?? ''
  expect(publicKey).toMatch(/^rad_pk_/)
  await inspect(page, 'project-made')
  await window.getByRole('link', { name: 'Open the project' }).click()
  await heading(page, 'Telephone')
  expect(await mainLinks(page)).toEqual([
    ...['Overview', 'Calls', 'Rooms', 'Keys', 'Billing', 'Webhooks', 'Settings', 'Playground'],
    ...[...ofOrganization, 'Audit log'],
    ...ofOneself,
  ])
  await choose(page, 'Project: Telephone', 'All projects')
  await heading(page, 'Projects')

  await choose(page, 'Actions for Telephone', 'Rename')
  await page.getByLabel('Name', { exact: true }).fill('Telegraph')
  await page.getByRole('button', { name: 'Rename', exact: true }).click()
  await page.getByRole('link', { name: 'Telegraph' }).waitFor()
  await inspect(page, 'projects')

  const keyWorks = async (): Promise<boolean> => {
    const { apiBaseUrl } = inject('stack')
    const answer = await fetch(`${apiBaseUrl}/api/v1/p2p/calls/${crypto.randomUUID()}/token`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${publicKey}` },
    })
    return answer.status === 404
  }
  expect(await keyWorks()).toBe(true)
  await choose(page, 'Actions for Telegraph', 'Archive')
  await inspect(page, 'project-archive')
  await page.getByRole('button', { name: 'Archive project' }).click()
  await page.getByRole('heading', { name: 'Archived', exact: true }).waitFor()
  await page.getByText('No projects yet').waitFor()
  await choose(page, 'Actions for Telegraph', 'Restore')
  await page.getByText('Telegraph is open again.').first().waitFor()
  await expect
    .poll(() => page.getByRole('heading', { name: 'Archived', exact: true }).count(), eventually)
    .toBe(0)
  expect(await keyWorks()).toBe(true)
})

it('takes in who is invited, in the role that the owner says, until the owner says otherwise', async () => {
  const [ben, cat] = await Promise.all([createAccount(newPerson('Ben')), createAccount(newPerson('Cat'))])
  const owner = await visitAs(browser, ben, '/organizations/new')
  await heading(owner, 'New organisation')
  await inspect(owner, 'organization-new')
  await owner.getByLabel('Name', { exact: true }).fill('Bell')
  await owner.getByRole('button', { name: 'Create organisation' }).click()
  await heading(owner, 'Projects')
  await owner.getByRole('button', { name: 'Rename organisation' }).click()
  await owner.getByLabel('Name', { exact: true }).fill('Bell & Sons')
  await owner.getByRole('button', { name: 'Rename', exact: true }).click()
  await owner.getByRole('button', { name: 'Organisation: Bell & Sons' }).waitFor()
  await makeProject(owner, 'Line')
  await owner.getByRole('dialog').getByRole('button', { name: 'Close' }).click()

  await owner.getByRole('link', { name: 'Members' }).click()
  await heading(owner, 'Members')
  await owner.getByRole('button', { name: 'Invite' }).click()
  await owner.getByLabel('E-mail').fill(cat.email)
  await inspect(owner, 'invite')
  await owner.getByRole('button', { name: 'Send the invitation' }).click()
  await owner.getByRole('cell', { name: cat.email, exact: true }).waitFor()
  await inspect(owner, 'members')
  // The last owner cannot step down, and is told so.
  await owner.getByLabel('Role of Ben').selectOption('Billing')
  await owner.getByText('An organisation keeps at least one owner.').first().waitFor()
  await expect.poll(() => owner.getByLabel('Role of Ben').inputValue(), eventually).toBe('owner')

  // The link is for the invited address alone, whoever else has it.
  const link = await mailedLink(cat.email, 'Join Bell & Sons')
  const stranger = await visitAs(browser, await createAccount(newPerson('Dee')), new URL(link).pathname)
  await heading(stranger, 'This invitation is not for you')
  await inspect(stranger, 'invitation-not-for-you')

  const member = await visit(browser, new URL(link).pathname)
  await signIn(member, cat)
  await heading(member, 'Join Bell & Sons')
  await inspect(member, 'invitation')
  await member.getByRole('button', { name: 'Join' }).click()
  await heading(member, 'Projects')
  await member.getByRole('link', { name: 'Line' }).click()
  await heading(member, 'Line')
  expect(await mainLinks(member)).toEqual([
    ...['Overview', 'Calls', 'Rooms', 'Keys', 'Billing', 'Webhooks', 'Settings', 'Playground'],
    ...ofOrganization,
    ...ofOneself,
  ])
  await member.getByRole('link', { name: 'Members' }).click()
  await heading(member, 'Members')
  await member.getByRole('cell', { name: 'Developer', exact: true }).waitFor()
  expect(await member.getByRole('button', { name: /Invite|Remove/ }).count()).toBe(0)

  await owner.reload()
  await owner.getByLabel('Role of Cat').selectOption('Billing')
  await owner.getByText('Cat has the role Billing now.').first().waitFor()
  await member.reload()
  await heading(member, 'Members')
  const bell = new URL(member.url()).pathname.replace('/members', '')
  await member.goto(bell)
  await heading(member, 'Projects')
  expect(await member.getByRole('button', { name: 'New project' }).count()).toBe(0)
  await member.getByRole('link', { name: 'Line' }).click()
  await heading(member, 'Line')
  expect(await mainLinks(member)).toEqual(['Overview', 'Billing', ...ofOrganization, ...ofOneself])
  // Who types the address is told, rather than shown a page that does not work.
  await member.goto(`${bell}/audit`)
  await member.getByText('Not for your role').waitFor()
  await inspect(member, 'not-for-your-role')

  await owner.getByRole('link', { name: 'Audit log' }).click()
  await heading(owner, 'Audit log')
  await owner.getByRole('cell', { name: 'member.role_changed', exact: true }).waitFor()
  await inspect(owner, 'audit')
  await owner.getByRole('link', { name: 'Members' }).click()
  await owner.getByRole('button', { name: 'Remove Cat' }).click()
  await owner.getByRole('button', { name: 'Remove member' }).click()
  await expect.poll(() => owner.getByLabel('Role of Cat').count(), eventually).toBe(0)
  await member.goto(bell)
  await member.getByText('There is no such organisation').waitFor()
  await inspect(member, 'no-such-organization')
})

it('is walked through by the menu on a phone', async () => {
  const eli = await createAccount(newPerson('Eli'))
  const page = await visitAs(browser, eli, '/')
  await heading(page, 'Projects')
  await page.setViewportSize({ width: 390, height: 844 })
  await page.getByRole('button', { name: 'Menu' }).click()
  const drawer = page.getByRole('dialog', { name: 'Menu' })
  await drawer.getByRole('link', { name: 'Account' }).click()
  await heading(page, 'Account')
  await drawer.waitFor({ state: 'hidden' })
})
