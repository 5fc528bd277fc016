/** Webhooks from the dashboard's side: an endpoint is made, receives what happens, and its deliveries are seen. */
import type { Browser, Page } from 'playwright-core'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inspect } from './dashboard/inspect.ts'
import { eventually, launchBrowser } from './dashboard/people.ts'
import { type OwnProject, ownerWithProject } from './dashboard/projects.ts'
import { WebhookReceiver } from './dashboard/webhook-receiver.ts'
import { createCall } from './rest.ts'
import { joinCall } from './signaling-socket.ts'

let browser: Browser
let page: Page
let project: OwnProject
let receiver: WebhookReceiver

beforeAll(async () => {
  browser = await launchBrowser()
  receiver = await WebhookReceiver.open()
  ;({ page, project } = await ownerWithProject(browser, 'Hugo'))
})
afterAll(async () => {
  await browser?.close()
  await receiver?.close()
})

/** Reads the secret that is shown this one time, and says that it is stored. */
async function takeSecret(): Promise<string> {
  const secret = await page.getByTestId('secret').innerText()
  await page.getByLabel('I have stored it').check()
  await page.getByRole('button', { name: 'Done' }).click()
  return secret
}

const typesReceived = () => receiver.received.map(({ type }) => type)
const delivery = (type: string) => page.getByTestId('deliveries').getByRole('row', { name: new RegExp(type) })
const deliveryState = (state: string) =>
  page.locator(`[data-testid=delivery-state][data-state=${state}]`).waitFor()

describe('an endpoint', () => {
  it('is made, and its secret is shown once', async () => {
    await page.goto(`/projects/${project.projectId}/webhooks`)
    await page.getByText('No endpoints yet').waitFor()
    await inspect(page, 'project-webhooks-none')
    await page.getByRole('button', { name: 'Add endpoint' }).click()
    await page.getByLabel('Address').fill('not an address')
    await page.getByRole('dialog').getByRole('button', { name: 'Add endpoint' }).click()
    await page.getByText('A whole address').waitFor()
    await page.getByLabel('Address').fill(receiver.url)
    await page.getByLabel('Description').fill('The test’s receiver')
    await page.getByLabel('usage.threshold').uncheck()
    await inspect(page, 'project-webhook-new')
    await page.getByRole('dialog').getByRole('button', { name: 'Add endpoint' }).click()
    receiver.secrets = [await takeSecret()]
    await page.getByRole('link', { name: receiver.url }).click()
    await page.getByText('Nothing sent yet').waitFor()
  })

  it('receives a call from its beginning to its end, signed and in order', async () => {
    const { callId, callTokens } = await createCall(project)
    const sockets = []
    for (const callToken of callTokens) {
      const joined = await joinCall(callToken, project.publicKey)
      if (!joined.admitted) throw new Error(`Not admitted: ${joined.reason}`)
      sockets.push(joined.socket)
    }
    for (const socket of sockets) socket.send(JSON.stringify({ type: 'bye' }))
    await expect.poll(typesReceived, eventually).toEqual(['call.started', 'call.connected', 'call.ended'])
    expect(receiver.received.map(({ data }) => 'callId' in data && data.callId)).toEqual(
      Array.from({ length: 3 }, () => callId),
    )
    await delivery('call.ended').getByText('Delivered').waitFor()
    await inspect(page, 'project-webhook-endpoint')
  })

  it('that refuses is tried again, as its delivery’s page shows, and at once when asked for', async () => {
    receiver.answer = { status: 503, body: 'Closed for lunch' }
    const { callTokens } = await createCall(project)
    const joined = await joinCall(callTokens[0], project.publicKey)
    if (!joined.admitted) throw new Error(`Not admitted: ${joined.reason}`)
    joined.socket.send(JSON.stringify({ type: 'bye' }))
    await page.getByLabel('State').selectOption({ label: 'Waiting' })
    await delivery('call.connected').waitFor({ state: 'detached' })
    await delivery('call.started').getByText('HTTP 503').waitFor()
    await delivery('call.started').getByRole('link').click()
    await deliveryState('waiting')
    const attempts = page.getByTestId('attempts')
    await attempts.getByText('HTTP 503').first().waitFor()
    await attempts.getByText('Closed for lunch').first().waitFor()
    await inspect(page, 'project-webhook-delivery')
    receiver.answer = { status: 204, body: '' }
    await page.getByRole('button', { name: 'Send again' }).click()
    await deliveryState('delivered')
    await attempts.getByText('HTTP 204').waitFor()
  })

  it('signs with two secrets while one takes the place of the other', async () => {
    await page.getByRole('link', { name: 'Endpoint', exact: true }).click()
    // The event that waited for the one before it.
    await expect.poll(() => typesReceived().slice(3), eventually).toEqual(['call.started', 'call.ended'])
    await page.getByRole('button', { name: 'Rotate secret' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate secret' }).click()
    const former = receiver.secrets
    const secret = await takeSecret()
    expect(former).not.toContain(secret)
    await page.getByText('Two, until').waitFor()
    const before = receiver.received.length
    receiver.secrets = [...former, secret]
    await page.getByRole('button', { name: 'Send test event' }).click()
    await expect.poll(() => receiver.received.length, eventually).toBe(before + 1)
    const { headers, body } = receiver.last
    for (const each of receiver.secrets) expect(() => new Webhook(each).verify(body, headers)).not.toThrow()
    expect(receiver.forged).toBe(0)
  })

  it('is disabled and deleted', async () => {
    await page.getByRole('button', { name: 'More actions' }).click()
    await page.getByRole('menuitem', { name: 'Disable' }).click()
    await page.getByText('Disabled', { exact: true }).waitFor()
    expect(await page.getByRole('button', { name: 'Send test event' }).isDisabled()).toBe(true)
    await page.getByRole('button', { name: 'More actions' }).click()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    await page.getByRole('button', { name: 'Delete endpoint' }).click()
    await page.getByText('No endpoints yet').waitFor()
  })
})
