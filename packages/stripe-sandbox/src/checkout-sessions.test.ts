import type Stripe from 'stripe'
import { expect, test } from 'vitest'
import {
  meterAndCustomer,
  meteredPrice,
  refusal,
  type StartedSandbox,
  startedSandbox,
  submit,
} from './testing/started-sandbox.ts'
import { webhookReceiver } from './testing/webhook-receiver.ts'

async function sessionFor(
  { stripe }: StartedSandbox,
  parameters: Partial<Stripe.Checkout.SessionCreateParams> = {},
): Promise<{ session: Stripe.Checkout.Session; customer: Stripe.Customer; url: string }> {
  const { meter, customer } = await meterAndCustomer(stripe)
  const price = await meteredPrice(stripe, meter.id)
  const session = await stripe.checkout.sessions.create({
    mode: 'subscription',
    customer: customer.id,
    line_items: [{ price: price.id }],
    success_url: 'https://example.com/done?session={CHECKOUT_SESSION_ID}',
    cancel_url: 'https://example.com/cancel?a=<b>',
    subscription_data: { metadata: { account: 'a1' } },
    ...parameters,
  })
  return { session, customer, url: session.url ?? '' }
}

test('"Pay" makes the subscription, completes the session and leads back', async () => {
  const started = await startedSandbox()
  const { stripe, sandbox } = started
  const { session, customer, url } = await sessionFor(started, { metadata: { x: 'y' } })
  expect(session).toMatchObject({ status: 'open', payment_status: 'unpaid', subscription: null })
  expect(url.startsWith(`${sandbox.url}/checkout/`)).toBe(true)

  const page = await (await fetch(url)).text()
  expect(page).toContain('Participant seconds')
  expect(page).toContain('href="https://example.com/cancel?a=&lt;b&gt;"')

  const answer = await submit(url, { card: 'works' })
  expect([answer.status, answer.headers.get('location')]).toEqual([
    303,
    `https://example.com/done?session=${session.id}`,
  ])
  const complete = await stripe.checkout.sessions.retrieve(session.id, {
    expand: ['subscription', 'line_items'],
  })
  expect(complete).toMatchObject({
    status: 'complete',
    payment_status: 'paid',
    url: null,
    amount_total: 0,
    metadata: { x: 'y' },
    line_items: { data: [{ object: 'item', quantity: null }] },
    subscription: {
      object: 'subscription',
      customer: customer.id,
      status: 'active',
      metadata: { account: 'a1' },
    },
  })
  expect(await stripe.customers.retrieve(customer.id)).toMatchObject({
    invoice_settings: { default_payment_method: expect.stringMatching(/^pm_/) },
  })

  const types = (await stripe.events.list({ limit: 100 })).data.map(({ type }) => type)
  expect(types.slice(0, 6)).toEqual([
    'checkout.session.completed',
    'invoice.paid',
    'customer.subscription.created',
    'invoice.finalized',
    'customer.updated',
    'invoice.created',
  ])
  expect((await submit(url, { card: 'works' })).status).toBe(404)
  expect((await stripe.subscriptions.list({ customer: customer.id })).data).toHaveLength(1)
})

test('a card that is declined at once leaves the session open, and nothing else behind', async () => {
  const started = await startedSandbox()
  const { stripe } = started
  const receiver = await webhookReceiver()
  await stripe.webhookEndpoints.create({
    url: receiver.url,
    enabled_events: ['customer.updated', 'checkout.session.completed'],
  })
  const product = await stripe.products.create({ name: 'Seats' })
  const seats = await stripe.prices.create({
    product: product.id,
    currency: 'usd',
    unit_amount: 500,
    recurring: { interval: 'month' },
  })
  const { session, customer, url } = await sessionFor(started, {
    line_items: [{ price: seats.id, quantity: 3 }],
  })
  expect(session.amount_total).toBe(1500)
  for (const card of ['declined', 'declines']) {
    const answer = await submit(url, { card })
    expect([answer.status, await answer.text()]).toEqual([
      400,
      expect.stringContaining('Your card was declined.'),
    ])
  }
  expect((await submit(url, { card: 'x' })).status).toBe(400)
  expect((await stripe.checkout.sessions.retrieve(session.id)).status).toBe('open')
  expect((await stripe.subscriptions.list({ customer: customer.id, status: 'all' })).data).toEqual([])
  expect((await stripe.invoices.list()).data).toEqual([])
  expect((await stripe.events.list({ type: 'customer.updated' })).data).toEqual([])
  await submit(url, { card: 'works' })
  await receiver.of('checkout.session.completed')
  await receiver.of('customer.updated', 2)
  // No more than what happened was told: the card, and the number of the invoice.
  expect(receiver.received).toHaveLength(3)
  expect((await stripe.invoices.list()).data).toMatchObject([
    { status: 'paid', total: 1500, attempt_count: 1 },
  ])
})

test('setup mode stores a card, and a session without a customer makes one', async () => {
  const { stripe } = await startedSandbox()
  const session = await stripe.checkout.sessions.create({
    mode: 'setup',
    currency: 'usd',
    customer_email: 'ada@example.com',
    success_url: 'https://example.com/done',
  })
  await submit(session.url ?? '', { card: 'declines' })
  const complete = await stripe.checkout.sessions.retrieve(session.id, { expand: ['customer'] })
  expect(complete).toMatchObject({
    status: 'complete',
    payment_status: 'no_payment_required',
    setup_intent: expect.stringMatching(/^seti_/),
    subscription: null,
    customer: { email: 'ada@example.com', invoice_settings: { default_payment_method: expect.any(String) } },
  })
})

test('a session expires when asked to, and by itself after a day', async () => {
  const started = await startedSandbox()
  const { stripe, clock } = started
  const { session, url } = await sessionFor(started)
  const second = await stripe.checkout.sessions.create({
    mode: 'setup',
    currency: 'usd',
    success_url: 'https://example.com/',
  })
  const expired = await stripe.checkout.sessions.expire(session.id)
  expect(expired).toMatchObject({ status: 'expired', url: null })
  expect((await fetch(url)).status).toBe(404)
  expect(await refusal(stripe.checkout.sessions.expire(session.id))).toMatchObject({ status: 400 })
  clock.forward(24 * 60 * 60)
  expect((await stripe.checkout.sessions.retrieve(second.id)).status).toBe('expired')
  expect((await stripe.events.list({ type: 'checkout.session.expired' })).data).toHaveLength(2)
})

test.each<[string, Partial<Stripe.Checkout.SessionCreateParams>, string]>([
  ['an address that is a script', { success_url: 'javascript:alert(1)' }, 'success_url'],
  ['an address to cancel that is a script', { cancel_url: 'javascript:alert(1)' }, 'cancel_url'],
  ['no items', { line_items: [] }, 'line_items'],
  ['an unknown price', { line_items: [{ price: 'price_none' }] }, 'line_items[0][price]'],
  ['an unknown customer', { customer: 'cus_none' }, 'customer'],
  ['two ways to say who', { customer_email: 'a@example.com' }, 'customer'],
  ['an expiry too soon', { expires_at: 1 }, 'expires_at'],
])('%s is refused', async (_, parameters, param) => {
  const started = await startedSandbox()
  expect(await refusal(sessionFor(started, parameters))).toMatchObject({ status: 400, param })
})

test('a form of another site changes nothing', async () => {
  const started = await startedSandbox()
  const { session, url } = await sessionFor(started)
  const body = new URLSearchParams({ card: 'works' })
  for (const headers of [{}, { origin: 'https://evil.example' }, { origin: 'null' }]) {
    expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(403)
  }
  expect((await started.stripe.checkout.sessions.retrieve(session.id)).status).toBe('open')
})
