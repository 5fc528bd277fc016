/** What the billing page reads and does: sums, invoices, Stripe's pages, meter events and the comparison. */
import { env } from 'cloudflare:workers'
import {
  listMeterEventsAnswerSchema,
  meterEventSchema,
  type Reconciliation,
  reconciliationSchema,
} from '@radist-tech/protocol'
import { dashboardBillingAnswerSchema, invoicesAnswerSchema } from '@radist-tech/protocol/dashboard'
import { eq } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { auditEntries, billingAccounts } from '../../../../../drizzle/schema.ts'
import { passTime, restoreTime, setTime } from '../../testing/clock.ts'
import { ORIGIN, organizationsProject, type SignedIn, signedIn } from '../../testing/dashboard-fixture.ts'
import { stopServing } from '../../testing/far-end.ts'
import { DAY, HOUR, list, MINUTE, pass, use } from '../../testing/metered-project.ts'
import type { TestProject } from '../../testing/project-fixture.ts'
import { TestStripeAccount } from '../../testing/stripe-fixture.ts'
import { TestStripe } from '../../testing/usage-fixture.ts'

/** How long a window takes to be closed and sent. */
const SENT = 70_000

let owner: SignedIn
let project: TestProject
let customer: string

beforeEach(async () => {
  owner = await signedIn('owner')
  project = await organizationsProject(owner.organizationId)
  customer = `cus_${project.projectId}`
})
afterEach(restoreTime)

const ask = (path: string, options?: Parameters<SignedIn['ask']>[1]) =>
  owner.ask(`/projects/${project.projectId}${path}`, options)
const post = (path: string, body: object = {}) => ask(`/billing/${path}`, { body })

async function expectCode(answer: Response, status: number, code: string): Promise<void> {
  expect({ status: answer.status, body: await answer.json() }).toMatchObject({ status, body: { code } })
}

const isStripes = () =>
  drizzle(env.DB)
    .update(billingAccounts)
    .set({ stripeCustomerId: customer })
    .where(eq(billingAccounts.organizationId, owner.organizationId))

const audited = async () => {
  const found = await drizzle(env.DB)
    .select()
    .from(auditEntries)
    .where(eq(auditEntries.projectId, project.projectId))
    .orderBy(auditEntries.createdAt)
  return found.map(({ action, target, actorId }) => ({ action, target, actorId }))
}
const deed = (action: string, target = 'Test') => ({ action, target, actorId: owner.userId })

async function billing() {
  const answer = await ask('/billing')
  expect(answer.status).toBe(200)
  return dashboardBillingAnswerSchema.strict().parse(await answer.json())
}
async function invoices() {
  const answer = await ask('/billing/invoices')
  expect(answer.status).toBe(200)
  return invoicesAnswerSchema.strict().parse(await answer.json()).invoices
}
async function events(query = '') {
  const answer = await ask(`/billing/meter-events${query}`)
  expect(answer.status).toBe(200)
  return listMeterEventsAnswerSchema.strict().parse(await answer.json())
}
async function comparison(method: 'GET' | 'POST'): Promise<Reconciliation> {
  const answer = await ask('/billing/reconciliation', { method })
  expect(answer.status).toBe(200)
  return reconciliationSchema.parse(await answer.json())
}

/** One window of these seconds, with which Stripe does this. */
async function window(stripe: TestStripe, seconds: number, fate: 'take' | 'refuse' | 'error'): Promise<void> {
  stripe.script.push(fate)
  await use(project, seconds)
  await pass(SENT, project)
}

describe('what the page begins with', () => {
  /** The 20th of the month after next, at 10:00 UTC: no alarm rings by itself. */
  const twentieth = () => {
    const now = new Date()
    return Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 2, 20, 10)
  }
  const TIERS = {
    billing_scheme: 'tiered',
    tiers_mode: 'graduated',
    currency: 'eur',
    tiers: [
      { up_to: 1000, unit_amount_decimal: '0', flat_amount_decimal: null },
      { up_to: null, unit_amount_decimal: '0.505', flat_amount_decimal: null },
    ],
  }

  it('sums up 30 days, their cost, the month’s budget, and what Stripe has', async () => {
    const today = twentieth()
    await isStripes()
    const meter = new TestStripe()
    setTime(new Date(today - 31 * DAY).toISOString())
    await window(meter, 50, 'take')
    setTime(new Date(today - 25 * DAY).toISOString())
    await window(meter, 1000, 'take')

    setTime(new Date(today).toISOString())
    await owner.signIn(owner.email)
    await window(meter, 100, 'refuse')
    await window(meter, 200, 'error')
    await use(project, 300)
    const budget = { monthlyLimitSeconds: 1000, stopsAtLimit: true }
    expect((await ask('/budget', { method: 'PUT', body: budget })).status).toBe(200)
    expect((await audited()).at(-1)).toEqual(deed('budget.changed'))

    const stripe = new TestStripeAccount()
    stripe.priced = TIERS
    const page = await billing()
    expect(page).toMatchObject({
      // 600 beyond the first tier, half a cent and a little each.
      last30Days: { seconds: 1600, cost: { amount: '3.03', currency: 'eur' } },
      account: {
        account: { name: 'Test' },
        subscription: { status: null, pastDueSince: null },
        mayCreate: { calls: true, rooms: true },
        month: { usedSeconds: 600, allowanceSeconds: 600_000, remainingSeconds: 599_400 },
      },
      budget: { ...budget, usedSeconds: 600, usedPercent: 60 },
    })
    expect(page.delivery).toEqual({
      open: { events: 1, seconds: 300 },
      pending: { events: 1, seconds: 200 },
      delivered: { events: 1, seconds: 1000 },
      refused: { events: 1, seconds: 100 },
    })
    // The alarm has made it; the open and the pending window are too young for it, as is the refused one.
    expect(page.reconciliation).toMatchObject({ state: 'equal', ledgerSeconds: 1050, stripeSeconds: 1050 })
    expect(page.reconciliation).toEqual(await comparison('GET'))
  })

  it('is nothing of a project that used nothing, at no known price', async () => {
    const stripe = new TestStripeAccount()
    stripe.hasPrice = false
    setTime(new Date(twentieth() + DAY).toISOString())
    await owner.signIn(owner.email)
    const nothing = { events: 0, seconds: 0 }
    expect(await billing()).toMatchObject({
      last30Days: { seconds: 0, cost: null },
      budget: { monthlyLimitSeconds: null, usedSeconds: 0, usedPercent: null },
      delivery: { open: nothing, pending: nothing, delivered: nothing, refused: nothing },
      reconciliation: { at: null, state: 'none' },
    })
    stripe.hasPrice = true
    stripe.priced = TIERS
    passTime(MINUTE)
    expect((await billing()).last30Days.cost).toEqual({ amount: '0.00', currency: 'eur' })
  })
})

describe('invoices', () => {
  const CREATED = 1_790_000_000
  const invoice = (n: number, of = customer) => ({
    id: `in_${n}`,
    customer: of,
    subscription: 'sub_1',
    status: 'paid' as const,
    created: CREATED - n,
    number: `R-${n}`,
    total: 1234,
    currency: 'eur',
    hosted_invoice_url: `https://invoice.stripe.test/in_${n}`,
  })

  it('are the customer’s own, in the order and the words of Stripe', async () => {
    const stripe = new TestStripeAccount()
    stripe.invoices = [
      { ...invoice(1), status: 'draft', number: null, hosted_invoice_url: null, total: -50 },
      invoice(2, 'cus_of_another'),
      { ...invoice(3), currency: 'jpy' },
    ]
    expect(await invoices()).toEqual([])
    expect(stripe.requests).toEqual([])
    await isStripes()
    await env.PROJECT.getByName(project.projectId).invalidateCache()
    const at = (n: number) => new Date((CREATED - n) * 1000).toISOString()
    expect(await invoices()).toEqual([
      {
        ...{ invoiceId: 'in_1', number: null, createdAt: at(1), status: 'draft' },
        ...{ total: '-0.50', currency: 'eur', url: null },
      },
      {
        ...{ invoiceId: 'in_3', number: 'R-3', createdAt: at(3), status: 'paid' },
        ...{ total: '1234', currency: 'jpy', url: 'https://invoice.stripe.test/in_3' },
      },
    ])
  })

  it('are the newest 24, or a refusal while Stripe does not answer', async () => {
    await isStripes()
    const stripe = new TestStripeAccount()
    stripe.invoices = Array.from({ length: 30 }, (_, n) => invoice(n))
    const ids = (await invoices()).map(({ invoiceId }) => invoiceId)
    expect(ids).toEqual(Array.from({ length: 24 }, (_, n) => `in_${n}`))
    stopServing(new URL(env.STRIPE_API_BASE_URL ?? '').origin)
    await expectCode(await ask('/billing/invoices'), 503, 'payments_unavailable')
  })
})

describe('the pages of Stripe', () => {
  const own = { successUrl: `${ORIGIN}/billing?paid`, cancelUrl: `${ORIGIN}/billing` }
  const FOREIGN = ['https://radist.test.evil.example/', 'http://radist.test/', 'https://radist.test:8443/']

  it('are opened, and that is told', async () => {
    const stripe = new TestStripeAccount()
    const checkout = await post('checkout', own)
    expect(await checkout.json()).toEqual({ url: 'https://checkout.stripe.test/cs_1' })
    const [session] = stripe.sessions
    expect(session).toMatchObject({ success_url: own.successUrl, cancel_url: own.cancelUrl })
    const portal = await post('portal', { returnUrl: own.cancelUrl })
    expect(await portal.json()).toEqual({ url: `https://portal.stripe.test/${session?.customer}` })
    expect(await audited()).toEqual([deed('billing.checkout_opened'), deed('billing.portal_opened')])
  })

  it.each(FOREIGN)('lead back to the dashboard, not to %s', async (foreign) => {
    const stripe = new TestStripeAccount()
    await expectCode(await post('checkout', { ...own, successUrl: foreign }), 400, 'invalid_body')
    await expectCode(await post('checkout', { ...own, cancelUrl: foreign }), 400, 'invalid_body')
    await expectCode(await post('portal', { returnUrl: foreign }), 400, 'invalid_body')
    expect(stripe.requests).toEqual([])
    expect(await audited()).toEqual([])
  })

  it('that were not opened are not told', async () => {
    const stripe = new TestStripeAccount()
    await isStripes()
    stripe.customers.set(customer, { name: 'Test', accountId: '', deleted: false })
    stripe.subscribe(customer, 'active')
    await expectCode(await post('checkout', own), 409, 'already_subscribed')
    stopServing(new URL(env.STRIPE_API_BASE_URL ?? '').origin)
    await expectCode(await post('portal', { returnUrl: own.cancelUrl }), 503, 'payments_unavailable')
    expect(await audited()).toEqual([])
  })
})

describe('meter events', () => {
  beforeEach(isStripes)

  it('are those of the REST API, by state', async () => {
    const stripe = new TestStripe()
    setTime(new Date(Math.ceil(Date.now() / HOUR) * HOUR).toISOString())
    await window(stripe, 7, 'take')
    await window(stripe, 8, 'refuse')
    const all = await events()
    expect(all.meterEvents.map(({ state, seconds }) => [state, seconds])).toEqual([
      ['refused', 8],
      ['delivered', 7],
    ])
    expect(all).toEqual(await list('', project))
    const delivered = await events('?state=delivered&limit=1')
    expect(delivered).toEqual({ meterEvents: [all.meterEvents[1]], page: 1, limit: 1, total: 1 })
    await expectCode(await ask('/billing/meter-events?state=lost'), 400, 'invalid_state')
  })

  it('that were refused are sent again; that is told, and no mistake is', async () => {
    const stripe = new TestStripe()
    setTime(new Date(Math.ceil(Date.now() / HOUR) * HOUR).toISOString())
    await window(stripe, 42, 'refuse')
    const [refused] = (await events()).meterEvents
    const resend = (identifier: string, body?: object) => post(`meter-events/${identifier}/resend`, body)
    const identifier = refused?.identifier ?? ''
    await expectCode(await resend(identifier, { force: true }), 400, 'invalid_body')
    await expectCode(await resend('unknown'), 404, 'meter_event_not_found')
    const other = await organizationsProject(owner.organizationId)
    const elsewhere = `/projects/${other.projectId}/billing/meter-events/${identifier}/resend`
    await expectCode(await owner.ask(elsewhere, { body: {} }), 404, 'meter_event_not_found')
    expect(await audited()).toEqual([])

    const answer = await resend(identifier)
    expect(meterEventSchema.parse(await answer.json())).toMatchObject({ identifier, state: 'pending' })
    expect(await audited()).toEqual([deed('meter_event.resent', identifier)])
    await pass(MINUTE, project)
    expect(stripe.totalOf(customer)).toBe(42)
    await expectCode(await resend(identifier), 409, 'meter_event_not_refused')
    expect(await audited()).toHaveLength(1)
  })

  it('are compared with Stripe when that is asked for, and it is told', async () => {
    const stripe = new TestStripe()
    setTime(new Date(Math.ceil(Date.now() / HOUR) * HOUR).toISOString())
    expect(await comparison('GET')).toMatchObject({ at: null, state: 'none' })
    await window(stripe, 42, 'refuse')
    const [refused] = (await events()).meterEvents
    passTime(3 * HOUR)
    const made = await comparison('POST')
    expect(made).toMatchObject({ state: 'different', ledgerSeconds: 42, stripeSeconds: 0 })
    expect(made.differences.map(({ windows }) => windows)).toEqual([[refused?.identifier]])
    expect(await comparison('GET')).toEqual(made)
    expect(await audited()).toEqual([deed('billing.reconciled')])
  })
})
