/**
 * A project's way with its account: the free allowance, Checkout, a card that declines, the grace, and the
 * portal. On a stack of its own, whose Stripe lives through two months meanwhile.
 */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import {
  type BillingAnswer,
  billingAnswerSchema,
  METER_EVENT_NAME,
  stripePageAnswerSchema,
} from '@radist-tech/protocol'
import type Stripe from 'stripe'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Stack, startStack } from '../../scripts/stack/stack.ts'
import { connectToStripe } from '../../scripts/stripe/prepare.ts'
import { createRoom } from './rest.ts'
import { joinRoom } from './signaling-socket.ts'

const port = Number(process.env.RADIST_TEST_PORT ?? 28_787) + 30
const stateDir = join(import.meta.dirname, '..', 'artifacts', 'e2e-billing')
const DAY_MS = 86_400_000
/** For what goes by way of hosts, alarms and webhooks. */
const patience = { timeout: 60_000, interval: 200 }
/** So many participant seconds are free. */
const ALLOWANCE = '2'

let stack: Stack
let stripe: Stripe
let sandbox: string

beforeAll(async () => {
  rmSync(stateDir, { recursive: true, force: true })
  mkdirSync(join(stateDir, 'logs'), { recursive: true })
  vi.stubEnv('RADIST_FREE_SECONDS_PER_MONTH', ALLOWANCE)
  stack = await startStack({
    port,
    stateDir,
    sfuHosts: 1,
    workersPerHost: 1,
    workerEnv: { RADIST_FREE_SECONDS_PER_MONTH: ALLOWANCE },
    sfuEnv: { RADIST_SFU_USAGE_INTERVAL_SECONDS: '1' },
    restart: false,
    report: (line) => console.log(line),
  })
  sandbox = stack.info.stripeSandboxUrl ?? ''
  stripe = connectToStripe({ secretKey: 'sk_test_e2e', apiBaseUrl: sandbox })
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await stack?.close()
})

function ask(method: string, resource: string, body?: object): Promise<Response> {
  const { apiBaseUrl, projectId, secretKey } = stack.info
  return fetch(`${apiBaseUrl}/api/v1/projects/${projectId}/${resource}`, {
    method,
    headers: { authorization: `Bearer ${secretKey}` },
    ...(body && { body: JSON.stringify(body) }),
  })
}

const billing = async (): Promise<BillingAnswer> =>
  billingAnswerSchema.parse(await (await ask('GET', 'billing')).json())

const statusIs = (status: BillingAnswer['subscription']['status']) =>
  vi.waitFor(async () => expect((await billing()).subscription.status).toBe(status), patience)

async function expectRefused(code: string): Promise<void> {
  const answer = await ask('POST', 'rooms')
  expect([answer.status, await answer.json()]).toMatchObject([402, { code }])
}

/** Where the page leads. */
async function submit(page: string, form: Record<string, string>): Promise<string | null> {
  const headers = { origin: new URL(page).origin }
  const body = new URLSearchParams(form)
  const answer = await fetch(page, { method: 'POST', headers, body, redirect: 'manual' })
  expect([200, 303]).toContain(answer.status)
  return answer.headers.get('location')
}

async function control(path: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const init = { method: 'POST', headers, body: JSON.stringify(body) }
  expect((await fetch(`${sandbox}/_sandbox/${path}`, init)).ok).toBe(true)
}

/** Stripe's clock, this far from the machine's. */
const stripeLivesAt = (days: number) => control('clock', { offset_ms: days * DAY_MS })

const customerOf = async (): Promise<string> => {
  const { data } = await stripe.customers.list({ limit: 100 })
  const customer = data.find(({ metadata }) => metadata.radist_account_id === stack.info.projectId)
  if (!customer) throw new Error('The account has no customer')
  return customer.id
}

describe('rooms are created', () => {
  it('until the allowance is used up', async () => {
    const { roomTokens, signalingUrl } = await createRoom(stack.info)
    const joined = await joinRoom(signalingUrl, roomTokens[0], stack.info.publicKey)
    expect(joined.admitted).toBe(true)
    await vi.waitFor(async () => expect((await billing()).month.remainingSeconds).toBe(0), patience)
    await expectRefused('payment_required')
    // Who is in stays in.
    if (joined.admitted) expect(joined.socket.readyState).toBe(WebSocket.OPEN)
    if (joined.admitted) joined.socket.close()
  })

  it('again once a card is there', async () => {
    await stripeLivesAt(-33)
    const back = { successUrl: 'http://127.0.0.1/done', cancelUrl: 'http://127.0.0.1/cancelled' }
    const { url } = stripePageAnswerSchema.parse(await (await ask('POST', 'billing/checkout', back)).json())
    expect(await submit(url, { card: 'works', action: 'pay' })).toBe(back.successUrl)
    await statusIs('active')
    await createRoom(stack.info)
    const answer = await ask('POST', 'billing/checkout', back)
    expect([answer.status, await answer.json()]).toMatchObject([409, { code: 'already_subscribed' }])
  })

  it('for the days of grace after a payment failed', async () => {
    const customer = await customerOf()
    await control(`customers/${customer}/card`, { card: 'declines' })
    await stripeLivesAt(-20)
    await stripe.billing.meterEvents.create({
      event_name: METER_EVENT_NAME,
      payload: { stripe_customer_id: customer, value: '1000000' },
    })
    await stripeLivesAt(0)
    await statusIs('past_due')
    const { subscription, mayCreate } = await billing()
    expect(mayCreate.rooms).toBe(true)
    const { pastDueSince, graceEndsAt } = subscription
    expect(Date.parse(graceEndsAt ?? '') - Date.parse(pastDueSince ?? '')).toBe(7 * DAY_MS)
    await createRoom(stack.info)
  })

  it('no more when Stripe gave up collecting, until it is paid in the portal', async () => {
    await stripeLivesAt(20)
    await statusIs('unpaid')
    await expectRefused('payment_overdue')
    const customer = await customerOf()
    const answer = await ask('POST', 'billing/portal', { returnUrl: 'http://127.0.0.1/' })
    const { url } = stripePageAnswerSchema.parse(await answer.json())
    await submit(url, { action: 'card', card: 'works' })
    const { data } = await stripe.invoices.list({ customer, status: 'open' })
    expect(data.length).toBeGreaterThan(0)
    for (const { id } of data) await submit(url, { action: 'pay', invoice: id })
    await statusIs('active')
    await createRoom(stack.info)
  })
})
