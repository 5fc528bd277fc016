/** The billing page of the demo project: what a room's participants used, until Stripe has it. */
import { usageReportSchema } from '@radist-tech/protocol'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { inspect } from './dashboard/inspect.ts'
import { heading, launchBrowser, visitAs } from './dashboard/people.ts'
import { createRoom } from './rest.ts'
import { joinRoom } from './signaling-socket.ts'

const demo = inject('stack')
/** For what goes by way of hosts, alarms and Stripe. */
const patience = { timeout: 60_000, interval: 250 }

let browser: Browser
let page: Page

beforeAll(async () => {
  browser = await launchBrowser()
  page = await visitAs(browser, demo.user, `/projects/${demo.projectId}/billing`)
})
afterAll(() => browser?.close())

const numberIn = (text: string) => Number(text.replaceAll(/\D/g, ''))
const shown = async (testId: string) => numberIn(await page.getByTestId(testId).innerText())

/** What the project's own backend is told. */
async function reported(): Promise<number> {
  const answer = await fetch(`${demo.apiBaseUrl}/api/v1/projects/${demo.projectId}/usage`, {
    headers: { authorization: `Bearer ${demo.secretKey}` },
  })
  return usageReportSchema.parse(await answer.json()).seconds
}

/** Two people in a room for a while; resolves with the room and the seconds that they were connected. */
async function twoTalk(): Promise<{ roomId: string; seconds: number }> {
  const { roomId, roomTokens, signalingUrl } = await createRoom(demo)
  const times = await Promise.all(
    roomTokens.map(async (token, index) => {
      const joined = await joinRoom(signalingUrl, token, demo.publicKey)
      if (!joined.admitted) throw new Error(`Not admitted: ${joined.reason}`)
      const joinedAt = performance.now()
      const stayed = new Promise((resolve) => setTimeout(resolve, 2000 + index * 2000))
      await stayed
      joined.socket.send(JSON.stringify({ id: 1, method: 'leave', data: {} }))
      await new Promise((resolve) => joined.socket.addEventListener('close', resolve))
      return (performance.now() - joinedAt) / 1000
    }),
  )
  return { roomId, seconds: times.reduce((sum, time) => sum + time, 0) }
}

describe('the billing page', () => {
  it('has the seconds of a room as soon as they are reported, and says when Stripe has them', async () => {
    await heading(page, 'Billing')
    await page.getByTestId('seconds-30-days').waitFor()
    const before = await shown('seconds-30-days')
    const { roomId, seconds } = await twoTalk()
    const used = async () => (await shown('seconds-30-days')) - before
    // Completed seconds: each of the two loses less than one, and the clocks of both ends differ a little.
    await expect.poll(used, patience).toBeGreaterThan(seconds - 3)
    expect(await used()).toBeLessThanOrEqual(Math.ceil(seconds) + 1)
    await expect
      .poll(async () => [await shown('waiting'), await shown('seconds-30-days')], patience)
      .toEqual([0, await reported()])
    expect(await shown('refused')).toBe(0)
    await page.getByRole('link', { name: roomId }).waitFor()
  })

  it('compares with Stripe when asked to', async () => {
    await page.getByRole('button', { name: 'Compare now' }).click()
    await page.locator('[data-testid=reconciliation][data-state=equal]').waitFor({ timeout: 60_000 })
  })

  it('shows days as a chart, and as a table to those who do not see charts', async () => {
    await page.getByTestId('usage-chart').locator('svg.recharts-surface').first().waitFor()
    await inspect(page, 'project-billing')
    await page.getByRole('tab', { name: 'Table' }).click()
    const today = page.getByRole('table', { name: 'Participant seconds by day' }).getByRole('row').nth(1)
    expect(numberIn(await today.getByRole('cell').nth(1).innerText())).toBeGreaterThan(0)
    await inspect(page, 'project-billing-table')
  })

  it('keeps a monthly limit, and takes no nonsense for one', async () => {
    const limit = page.getByRole('textbox', { name: 'Participant seconds' })
    await page.getByRole('button', { name: 'Set a limit' }).click()
    await limit.fill('a lot')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('A whole number of seconds').waitFor()
    await limit.fill('1,000,000')
    await inspect(page, 'project-billing-limit')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('of 1,000,000 seconds used').waitFor()
    await page.getByRole('button', { name: 'Change' }).click()
    await limit.fill('')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('There is no monthly limit').waitFor()
  })

  it('leads to Checkout', async () => {
    await page.getByRole('button', { name: 'Add a card' }).click()
    await page.waitForURL((url) => url.origin === demo.stripeSandboxUrl, { timeout: 60_000 })
  })
})

describe('the status page', () => {
  it('shows operators the hosts, and drains one and takes it back', async () => {
    await page.goto('/status')
    const rows = page.getByTestId('hosts').getByRole('row')
    await expect.poll(() => rows.count(), patience).toBe(demo.sfuHosts.length)
    await inspect(page, 'status')
    const hostId = demo.sfuHosts[0]?.hostId ?? ''
    await page.getByRole('button', { name: `Drain ${hostId}` }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Drain host' }).click()
    await rows.filter({ hasText: hostId }).getByText('Draining').waitFor()
    await page.getByRole('button', { name: `Undrain ${hostId}` }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Undrain host' }).click()
    await rows.filter({ hasText: hostId }).getByText('Ready').waitFor()
  })
})
