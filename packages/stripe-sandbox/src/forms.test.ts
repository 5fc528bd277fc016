import { expect, test } from 'vitest'
import {
  answered,
  ask,
  meterAndCustomer,
  meteredPrice,
  startedSandbox,
  submit,
} from './testing/started-sandbox.ts'
import { differencesInForm, EXAMPLES_BY_TYPE } from './testing/stripe-examples.ts'

function differences(answer: Record<string, unknown>): string[] {
  return differencesInForm(answer, EXAMPLES_BY_TYPE[String(answer.object)] ?? {})
}

/** Stripe documents these, though its examples do not show them. */
const NOT_IN_EXAMPLES = ['lines.data[].pricing.price_details is not in the example']
/** Stripe leaves a metered item's quantity out. */
const NO_QUANTITY = 'quantity is missing'

test('every object has the fields of Stripe’s examples, and no others', async () => {
  const { sandbox, stripe } = await startedSandbox()
  const { meter, customer } = await meterAndCustomer(stripe)
  const metered = await meteredPrice(stripe, meter.id)
  const product = await stripe.products.create({
    name: 'Seats',
    description: 'One for each person',
    images: ['https://example.com/seat.png'],
    metadata: { a: 'b' },
    unit_label: 'seat',
    url: 'https://example.com/',
  })
  const seats = await stripe.prices.create({
    product: product.id,
    currency: 'usd',
    unit_amount: 500,
    nickname: 'seats',
    recurring: { interval: 'month' },
  })
  const session = await stripe.checkout.sessions.create({
    mode: 'subscription',
    customer: customer.id,
    line_items: [{ price: metered.id }, { price: seats.id, quantity: 2 }],
    success_url: 'https://example.com/success',
    cancel_url: 'https://example.com/cancel',
    client_reference_id: 'p1',
  })
  const open = await answered(sandbox, `/v1/checkout/sessions/${session.id}`)
  await submit(session.url ?? '', { card: 'works' })
  const complete = await answered(sandbox, `/v1/checkout/sessions/${session.id}`)
  const subscription = await answered(sandbox, `/v1/subscriptions/${complete.subscription}`)
  const invoice = await answered(sandbox, `/v1/invoices/${complete.invoice}`)
  expect(differences(open)).toEqual([])
  expect(differences(complete)).toEqual([])
  expect(differences(subscription)).toEqual([`items.data[].${NO_QUANTITY}`])
  expect(differences(invoice)).toEqual(NOT_IN_EXAMPLES)
  expect(differences(await answered(sandbox, `/v1/products/${product.id}`))).toEqual([])
  expect(differences(await answered(sandbox, `/v1/prices/${metered.id}`))).toEqual([])
  expect(differences(await answered(sandbox, `/v1/prices/${seats.id}`))).toEqual([])

  const items = await stripe.subscriptionItems.list({ subscription: String(complete.subscription) })
  const forms = items.data.map(async ({ id }) =>
    differences(await answered(sandbox, `/v1/subscription_items/${id}`)),
  )
  expect(await Promise.all(forms)).toEqual([[NO_QUANTITY], []])

  const endpoint = await stripe.webhookEndpoints.create({
    url: 'https://example.com/hooks',
    enabled_events: ['charge.failed'],
    description: 'mine',
  })
  expect(differences(await answered(sandbox, `/v1/webhook_endpoints/${endpoint.id}`))).toEqual([])
  const portal = await stripe.billingPortal.sessions.create({
    customer: customer.id,
    return_url: 'https://example.com/account',
  })
  expect(differences(JSON.parse(JSON.stringify(portal)))).toEqual([])

  await ask(sandbox, `/_sandbox/customers/${customer.id}/card`, { card: 'declines' })
  const { data: events } = await stripe.events.list({ limit: 100 })
  for (const { id } of events) {
    // What the data is depends on the type, and is one of the objects above.
    const { data, ...event } = await answered(sandbox, `/v1/events/${id}`)
    expect(differencesInForm({ ...event, data: {} }, EXAMPLES_BY_TYPE.event ?? {})).toEqual([
      'data.object is missing',
    ])
    expect(data).toMatchObject({ object: expect.any(Object) })
  }
  expect(events.length).toBeGreaterThan(10)
})
