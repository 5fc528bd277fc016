import type Stripe from 'stripe'
import { expect, test } from 'vitest'
import {
  ask,
  meterAndCustomer,
  meteredPrice,
  refusal,
  report,
  type StartedSandbox,
  startedSandbox,
} from './testing/started-sandbox.ts'

const HOUR = 60 * 60
const DAY = 24 * HOUR
const at = (iso: string): number => Date.parse(iso) / 1000

interface Subscribed extends StartedSandbox {
  testClock: Stripe.TestHelpers.TestClock
  customer: Stripe.Customer
  price: Stripe.Price
  subscription: Stripe.Subscription
  advance: (to: number) => Promise<void>
}

/** A customer with a clock of its own, which subscribes on 31 October 2026 at noon. */
async function subscribed(
  card: 'works' | 'declines' | 'none' = 'works',
  parameters: Partial<Stripe.SubscriptionCreateParams> = {},
): Promise<Subscribed> {
  const started = await startedSandbox()
  const { stripe, sandbox } = started
  const { meter } = await meterAndCustomer(stripe)
  const price = await meteredPrice(stripe, meter.id)
  const testClock = await stripe.testHelpers.testClocks.create({ frozen_time: at('2026-10-31T12:00:00Z') })
  const customer = await stripe.customers.create({ name: 'Ada', test_clock: testClock.id })
  await ask(sandbox, `/_sandbox/customers/${customer.id}/card`, { card })
  const subscription = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id }],
    ...parameters,
  })
  const advance = async (to: number) => {
    await stripe.testHelpers.testClocks.advance(testClock.id, { frozen_time: to })
  }
  return { ...started, testClock, customer, price, subscription, advance }
}

function periodOf({ items }: Stripe.Subscription): [number | undefined, number | undefined] {
  return [items.data[0]?.current_period_start, items.data[0]?.current_period_end]
}

test('a period ends with an invoice of its usage, which is finalized an hour later and paid', async () => {
  const { stripe, customer, subscription, advance } = await subscribed()
  const start = at('2026-10-31T12:00:00Z')
  const end = at('2026-11-30T12:00:00Z')
  expect(subscription).toMatchObject({ status: 'active', latest_invoice: expect.any(String), created: start })
  expect(periodOf(subscription)).toEqual([start, end])

  await report(stripe, customer.id, '1400', { timestamp: start })
  await report(stripe, customer.id, '9999', { timestamp: start - 1 })
  const preview = await stripe.invoices.createPreview({ subscription: subscription.id })
  expect(preview).toMatchObject({ status: 'draft', total: 100, id: expect.stringMatching(/^upcoming_in_/) })

  await advance(end - 1)
  await report(stripe, customer.id, '6', { timestamp: end - 1 })
  await advance(end)
  const renewed = await stripe.subscriptions.retrieve(subscription.id, { expand: ['latest_invoice'] })
  expect(periodOf(renewed)).toEqual([end, at('2026-12-31T12:00:00Z')])
  expect(renewed.latest_invoice).toMatchObject({
    status: 'draft',
    period_start: start,
    period_end: end,
    billing_reason: 'subscription_cycle',
    automatically_finalizes_at: end + HOUR,
  })

  // Usage that arrives late still counts, until the invoice is final; the next period's does not.
  await report(stripe, customer.id, '10', { timestamp: end - 1 })
  await report(stripe, customer.id, '5000', { timestamp: end })
  await advance(end + HOUR)
  const { data } = await stripe.invoices.list({ subscription: subscription.id })
  expect(data[0]).toMatchObject({
    status: 'paid',
    number: expect.stringMatching(/-0002$/),
    // 416 at 0.25 of a cent.
    total: 104,
    amount_paid: 104,
    amount_remaining: 0,
    attempt_count: 1,
    parent: { subscription_details: { subscription: subscription.id } },
    lines: {
      data: [
        { quantity: 1000, amount: 0 },
        { quantity: 416, amount: 104 },
      ],
    },
    status_transitions: { finalized_at: end + HOUR, paid_at: end + HOUR },
  })
  expect(data).toHaveLength(2)
  const lines = await stripe.invoices.listLineItems(data[0]?.id ?? '')
  expect(lines.data.map(({ amount }) => amount)).toEqual([0, 104])
  expect(await refusal(stripe.invoices.pay(data[0]?.id ?? ''))).toMatchObject({
    message: 'Invoice is already paid',
  })
})

test('a declined payment is tried again for fifteen days; a working card brings all back', async () => {
  const { stripe, sandbox, customer, subscription, advance } = await subscribed('declines')
  const finalized = at('2026-11-30T13:00:00Z')
  await report(stripe, customer.id, '5000')
  const statusAt = async (time: number) => {
    await advance(time)
    return (await stripe.subscriptions.retrieve(subscription.id)).status
  }
  expect(await statusAt(finalized - 1)).toBe('active')
  expect(await statusAt(finalized)).toBe('past_due')
  const [invoice] = (await stripe.invoices.list({ customer: customer.id, status: 'open' })).data
  expect(invoice).toMatchObject({ attempt_count: 1, next_payment_attempt: finalized + 3 * DAY, total: 1000 })
  expect(await statusAt(finalized + 3 * DAY)).toBe('past_due')
  expect(await statusAt(finalized + 8 * DAY)).toBe('past_due')
  expect(await statusAt(finalized + 15 * DAY)).toBe('unpaid')
  expect(await stripe.invoices.retrieve(invoice?.id ?? '')).toMatchObject({
    status: 'open',
    attempt_count: 4,
    next_payment_attempt: null,
  })
  expect((await stripe.events.list({ type: 'invoice.payment_failed' })).data).toHaveLength(4)
  expect(await stripe.customers.retrieve(customer.id)).toMatchObject({ delinquent: true })
  expect(await refusal(stripe.invoices.pay(invoice?.id ?? ''))).toMatchObject({
    status: 402,
    type: 'card_error',
    code: 'card_declined',
  })

  await ask(sandbox, `/_sandbox/customers/${customer.id}/card`, { card: 'works' })
  expect(await stripe.invoices.pay(invoice?.id ?? '')).toMatchObject({ status: 'paid' })
  expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('active')
  expect(await stripe.customers.retrieve(customer.id)).toMatchObject({ delinquent: false })
})

test('an unpaid subscription goes on, its invoices left as drafts', async () => {
  const { stripe, customer, subscription, advance } = await subscribed('none')
  await report(stripe, customer.id, '5000')
  await advance(at('2026-12-15T13:00:00Z'))
  expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('unpaid')
  await advance(at('2027-01-01T00:00:00Z'))
  const { data } = await stripe.invoices.list({ customer: customer.id, status: 'draft' })
  expect(data).toMatchObject([{ auto_advance: false, automatically_finalizes_at: null }])
})

test('canceled at the period’s end: it can be resumed until then, and the last usage is charged', async () => {
  const { stripe, customer, subscription, advance } = await subscribed()
  const end = at('2026-11-30T12:00:00Z')
  const update = (cancels: boolean) =>
    stripe.subscriptions.update(subscription.id, { cancel_at_period_end: cancels })
  expect(await update(true)).toMatchObject({ cancel_at: end, cancel_at_period_end: true, status: 'active' })
  expect(await update(false)).toMatchObject({
    cancel_at: null,
    canceled_at: null,
    cancel_at_period_end: false,
  })
  await update(true)
  await report(stripe, customer.id, '5000')
  await advance(end + HOUR)
  const ended = await stripe.subscriptions.retrieve(subscription.id, { expand: ['latest_invoice'] })
  expect(ended).toMatchObject({
    status: 'canceled',
    ended_at: end,
    cancellation_details: { reason: 'cancellation_requested' },
    latest_invoice: { status: 'paid', total: 1000 },
  })
  expect(await refusal(update(false))).toMatchObject({ status: 400 })
  expect((await stripe.subscriptions.list({ customer: customer.id })).data).toEqual([])
  expect((await stripe.subscriptions.list({ customer: customer.id, status: 'all' })).data).toHaveLength(1)
  expect((await stripe.events.list({ type: 'customer.subscription.deleted' })).data).toHaveLength(1)
})

test('canceled at once: nothing is charged unless that is asked for', async () => {
  for (const invoice_now of [false, true]) {
    const { stripe, customer, subscription } = await subscribed()
    await report(stripe, customer.id, '5000')
    const canceled = await stripe.subscriptions.cancel(subscription.id, {
      invoice_now,
      cancellation_details: { comment: 'enough', feedback: 'unused' },
    })
    expect(canceled).toMatchObject({
      status: 'canceled',
      cancellation_details: { comment: 'enough', feedback: 'unused', reason: 'cancellation_requested' },
    })
    const { data } = await stripe.invoices.list({ customer: customer.id, status: 'draft' })
    // The period ends with the cancellation, so that usage of that very second is not in it.
    expect(data).toHaveLength(invoice_now ? 1 : 0)
    expect(await refusal(stripe.subscriptions.cancel(subscription.id))).toMatchObject({ status: 404 })
  }
})

test('a trial is free; the period begins at its end', async () => {
  const { stripe, customer, subscription, advance } = await subscribed('works', { trial_period_days: 14 })
  const trialEnd = at('2026-11-14T12:00:00Z')
  expect(subscription).toMatchObject({ status: 'trialing', trial_end: trialEnd })
  await report(stripe, customer.id, '5000')
  await advance(trialEnd + HOUR)
  const active = await stripe.subscriptions.retrieve(subscription.id, { expand: ['latest_invoice'] })
  expect(active).toMatchObject({ status: 'active', latest_invoice: { total: 0, status: 'paid' } })
  expect(periodOf(active)).toEqual([trialEnd, at('2026-12-14T12:00:00Z')])
})

test('a billing cycle can be anchored to a day to come', async () => {
  const anchor = at('2026-11-01T00:00:00Z')
  const { subscription } = await subscribed('works', { billing_cycle_anchor: anchor })
  expect(periodOf(subscription)).toEqual([at('2026-10-31T12:00:00Z'), anchor])
})

test.each([
  [{ trial_end: at('2026-10-31T12:00:00Z') }, 'trial_end'],
  [{ trial_end: at('2028-11-01T00:00:00Z') }, 'trial_end'],
  [{ trial_end: at('2026-11-05T00:00:00Z'), trial_period_days: 3 }, 'trial_end'],
  [{ trial_period_days: 3, billing_cycle_anchor: at('2026-11-05T00:00:00Z') }, 'billing_cycle_anchor'],
  [{ billing_cycle_anchor: at('2026-10-31T12:00:00Z') }, 'billing_cycle_anchor'],
  [{ billing_cycle_anchor: at('2026-12-01T00:00:00Z') }, 'billing_cycle_anchor'],
])('%j is refused', async (parameters, param) => {
  expect(await refusal(subscribed('works', parameters))).toMatchObject({ status: 400, param })
})

test('what is paid ahead needs a card: incomplete when it declines, for 23 hours', async () => {
  const { stripe, sandbox, customer, advance } = await subscribed('none')
  const { id } = await stripe.prices.create({
    currency: 'usd',
    unit_amount: 500,
    product_data: { name: 'Seats' },
    recurring: { interval: 'month' },
  })
  const subscribe = (payment_behavior?: Stripe.SubscriptionCreateParams.PaymentBehavior) =>
    stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: id, quantity: 2 }],
      ...(payment_behavior && { payment_behavior }),
    })
  expect(await refusal(subscribe())).toMatchObject({ status: 400, code: 'resource_missing' })
  await ask(sandbox, `/_sandbox/customers/${customer.id}/card`, { card: 'declines' })
  expect(await refusal(subscribe('error_if_incomplete'))).toMatchObject({
    status: 402,
    code: 'card_declined',
  })
  expect((await stripe.subscriptions.list({ customer: customer.id })).data).toHaveLength(1)
  const first = await subscribe()
  expect(first.status).toBe('incomplete')
  const second = await subscribe('default_incomplete')
  await ask(sandbox, `/_sandbox/customers/${customer.id}/card`, { card: 'works' })
  await stripe.invoices.pay(String(second.latest_invoice))
  expect((await stripe.subscriptions.retrieve(second.id)).status).toBe('active')
  await advance(at('2026-11-01T11:00:00Z'))
  expect((await stripe.subscriptions.retrieve(first.id)).status).toBe('incomplete_expired')
  expect((await stripe.subscriptions.list({ customer: customer.id, status: 'ended' })).data).toHaveLength(1)

  const mixed = stripe.subscriptions.create({ customer: customer.id, items: [{ price: id }, { price: id }] })
  expect(await refusal(mixed)).toMatchObject({ param: 'items' })
})

test('items are listed and retrieved', async () => {
  const { stripe, subscription, price } = await subscribed()
  const { data } = await stripe.subscriptionItems.list({ subscription: subscription.id })
  expect(data).toMatchObject([
    { object: 'subscription_item', price: { id: price.id }, subscription: subscription.id },
  ])
  expect(await stripe.subscriptionItems.retrieve(data[0]?.id ?? '')).toMatchObject({ id: data[0]?.id })
  expect(await refusal(stripe.subscriptionItems.retrieve('si_none'))).toMatchObject({ status: 404 })
})

test('a clock goes forward, at most two periods at a time, and takes its customers with it', async () => {
  const { stripe, testClock, customer, subscription, advance } = await subscribed()
  expect(await refusal(advance(at('2026-10-31T12:00:00Z')))).toMatchObject({ param: 'frozen_time' })
  expect(await refusal(advance(at('2027-01-01T00:00:00Z')))).toMatchObject({ param: 'frozen_time' })
  await advance(at('2026-12-31T12:00:00Z'))
  expect(await stripe.testHelpers.testClocks.retrieve(testClock.id)).toMatchObject({
    status: 'ready',
    frozen_time: at('2026-12-31T12:00:00Z'),
  })
  expect((await stripe.invoices.list({ subscription: subscription.id })).data).toHaveLength(3)
  await stripe.testHelpers.testClocks.del(testClock.id)
  expect(await stripe.customers.retrieve(customer.id)).toMatchObject({ deleted: true })
  expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('canceled')
  expect((await stripe.testHelpers.testClocks.list()).data).toEqual([])
  expect(await refusal(stripe.customers.create({ test_clock: testClock.id }))).toMatchObject({
    param: 'test_clock',
  })
})

test('without a clock of its own a customer goes by the account’s', async () => {
  const { stripe, sandbox, clock } = await startedSandbox()
  const { meter, customer } = await meterAndCustomer(stripe)
  const price = await meteredPrice(stripe, meter.id)
  const subscription = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id }],
  })
  await ask(sandbox, '/_sandbox/clock', { offset_ms: 45 * DAY * 1000 })
  const { data } = await stripe.invoices.list({ subscription: subscription.id })
  expect(data).toMatchObject([{ status: 'paid', total: 0, billing_reason: 'subscription_cycle' }, {}])
  clock.forward(31 * DAY)
  expect((await stripe.invoices.list({ subscription: subscription.id })).data).toHaveLength(3)
  await stripe.customers.del(customer.id)
  expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('canceled')
})

test('there is no upcoming invoice without a subscription', async () => {
  const { stripe } = await startedSandbox()
  const { customer } = await meterAndCustomer(stripe)
  expect(await refusal(stripe.invoices.createPreview({ customer: customer.id }))).toMatchObject({
    status: 404,
    code: 'invoice_upcoming_none',
  })
  expect(await refusal(stripe.invoices.createPreview({}))).toMatchObject({ param: 'customer' })
})
