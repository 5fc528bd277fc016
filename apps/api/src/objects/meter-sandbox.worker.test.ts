/** Meter events over days through the Stripe sandbox, whose clock and faults are set as the test needs. */
import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import {
  type ListMeterEventsAnswer,
  METER_EVENT_NAME,
  type MeterEventAnswer,
  reconciliationSchema,
} from '@radist-tech/protocol'
import type Stripe from 'stripe'
import { afterEach, beforeAll, beforeEach, expect, inject, it, vi } from 'vitest'
import { stripeOf } from '../stripe.ts'
import { serveFrom } from '../testing/far-end.ts'
import { newProject, request, setBillingAccount, type TestProject } from '../testing/project-fixture.ts'
import type { DeliveredWebhook } from '../testing/provided-context.ts'
import { usageRecord } from '../testing/usage-fixture.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const MAX_FAULTS = 100_000
const { url: sandboxUrl, inboxUrl } = inject('stripeSandbox')

let stripe: Stripe
let meterId: string
let customerId: string
let project: TestProject

beforeAll(async () => {
  serveFrom(new URL(env.STRIPE_API_BASE_URL ?? '').origin, sandboxUrl)
  for (const url of [sandboxUrl, inboxUrl]) serveFrom(new URL(url).origin, url)
  stripe = stripeOf(env)
  const meter = await stripe.billing.meters.create({
    display_name: 'Participant seconds',
    event_name: METER_EVENT_NAME,
    default_aggregation: { formula: 'sum' },
  })
  meterId = meter.id
})
beforeEach(async () => {
  project = await newProject()
  customerId = (await stripe.customers.create({ name: 'Test' })).id
  await setBillingAccount(project.projectId, { stripeCustomerId: customerId })
  vi.useFakeTimers({ toFake: ['Date'], now: Math.ceil(Date.now() / HOUR) * HOUR })
  await setClock()
})
afterEach(async () => {
  vi.useRealTimers()
  await fetch(`${sandboxUrl}/_sandbox/faults`, { method: 'DELETE' })
})

const tell = (path: string, body: unknown) =>
  fetch(`${sandboxUrl}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

/** The account's clock goes with that of the Worker, but for what the machine's goes on meanwhile. */
async function setClock(): Promise<void> {
  await tell('/_sandbox/clock', { offset_ms: 0 })
  const { now_ms } = await (await tell('/_sandbox/clock', { offset_ms: 0 })).json<{ now_ms: number }>()
  await tell('/_sandbox/clock', { offset_ms: Date.now() - now_ms })
}

const object = () => env.PROJECT.getByName(project.projectId)
const use = (seconds: number) =>
  object().ingestUsage(project.projectId, [usageRecord(project.projectId, seconds)])

async function pass(ms: number): Promise<void> {
  vi.setSystemTime(Date.now() + ms)
  await setClock()
  const due = await runInDurableObject(object(), (_, { storage }) => storage.getAlarm())
  if (due !== null && due <= Date.now()) await runDurableObjectAlarm(object())
}

const path = (rest: string) => `/api/v1/projects/${project.projectId}/billing/${rest}`

async function events(): Promise<MeterEventAnswer[]> {
  const answer = await request(path('meter-events'), { key: project.secretKey })
  return (await answer.json<ListMeterEventsAnswer>()).meterEvents
}
async function resendAll(): Promise<void> {
  for (const { identifier, state } of await events())
    if (state === 'refused')
      await request(path(`meter-events/${identifier}/resend`), { method: 'POST', key: project.secretKey })
}

/** Stripe has exactly what the ledger has, and the reconciliation says so. */
async function expectBilled(seconds: number, customer = customerId): Promise<void> {
  expect((await events()).filter(({ state }) => state !== 'delivered')).toEqual([])
  const listed = await fetch(`${sandboxUrl}/_sandbox/meter_events?customer=${customer}`)
  const { data } = await listed.json<{ data: { value: number }[] }>()
  expect(data.reduce((sum, { value }) => sum + value, 0)).toBe(seconds)
  await pass(3 * HOUR)
  const answer = await request(path('reconciliation'), { method: 'POST', key: project.secretKey })
  const expected = { state: 'equal', ledgerSeconds: seconds, stripeSeconds: seconds }
  expect(reconciliationSchema.parse(await answer.json())).toMatchObject(expected)
}

const meterEventFault = (fault: { when: 'before' | 'after'; answer: number; times: number }) =>
  tell('/_sandbox/faults', { path: '/v1/billing/meter_events', ...fault })

/** The sandbox's webhook, once it has come. */
async function errorReport(): Promise<DeliveredWebhook | undefined> {
  const delivered = await (await fetch(inboxUrl)).json<DeliveredWebhook[]>()
  return delivered.find(({ body }) => body.includes('error_report_triggered'))
}

for (const when of ['before', 'after'] as const)
  it(`bills each second once when answers fail for more than a day, ${when} Stripe has taken the events`, async () => {
    await meterEventFault({ when, answer: 500, times: MAX_FAULTS })
    for (const seconds of [5, 7]) {
      await use(seconds)
      await pass(MINUTE + 10_000)
    }
    for (let hours = 0; hours < 40; hours++) await pass(HOUR)
    await fetch(`${sandboxUrl}/_sandbox/faults`, { method: 'DELETE' })
    for (let hours = 0; hours < 8; hours++) await pass(HOUR)
    await expectBilled(12)
  })

it('bills what a deactivated meter refused, once the meter is active and it is sent again', async () => {
  await stripe.billing.meters.deactivate(meterId)
  await use(5)
  await pass(MINUTE + 10_000)
  expect(await events()).toMatchObject([{ state: 'refused', reason: 'stripe' }])
  await stripe.billing.meters.reactivate(meterId)
  await resendAll()
  await pass(MINUTE)
  await expectBilled(5)
})

it('bills what a deleted customer was refused to the customer that the account gets', async () => {
  await stripe.customers.del(customerId)
  await use(5)
  await pass(MINUTE + 10_000)
  expect(await events()).toMatchObject([{ state: 'refused', reason: 'stripe' }])
  const { id } = await stripe.customers.create({ name: 'Test again' })
  await setBillingAccount(project.projectId, { stripeCustomerId: id })
  await resendAll()
  await pass(MINUTE)
  await expectBilled(5, id)
})

it('bills what Stripe took and reported later, once the customer is there and it is sent again', async () => {
  await stripe.customers.del(customerId)
  await tell('/_sandbox/faults', { path: '/v1/billing/meter_events', answer: 'report-later' })
  await use(5)
  await pass(MINUTE + 10_000)
  expect(await events()).toMatchObject([{ state: 'delivered' }])
  const report = await vi.waitUntil(errorReport, { timeout: 20_000, interval: 100 })
  const now = Date.now()
  // By which webhooks are signed.
  vi.useRealTimers()
  for (let times = 0; times < 2; times++) {
    const { body, signature } = report
    const headers = { 'stripe-signature': signature }
    const taken = await request('/api/v1/stripe/webhooks', { method: 'POST', headers, body })
    expect(taken.status).toBe(200)
  }
  vi.useFakeTimers({ toFake: ['Date'], now })
  expect(await events()).toMatchObject([{ state: 'refused', reason: 'stripe' }])
  const { id } = await stripe.customers.create({ name: 'Test again' })
  await setBillingAccount(project.projectId, { stripeCustomerId: id })
  await resendAll()
  await pass(MINUTE)
  await expectBilled(5, id)
})
