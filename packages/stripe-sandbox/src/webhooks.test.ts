import Stripe from 'stripe'
import { expect, test } from 'vitest'
import { z } from 'zod'
import {
  answered,
  ask,
  EVENT_NAME,
  meterAndCustomer,
  refusal,
  report,
  startedSandbox,
  temporaryFile,
} from './testing/started-sandbox.ts'
import { differencesInForm } from './testing/stripe-examples.ts'
import { verified, webhookReceiver } from './testing/webhook-receiver.ts'

const SECRET = 'whsec_0123456789abcdef'

test('an endpoint gets the events it asked for, signed with its secret', async () => {
  const { stripe } = await startedSandbox()
  const receiver = await webhookReceiver()
  const endpoint = await stripe.webhookEndpoints.create({
    url: receiver.url,
    enabled_events: ['customer.created', 'customer.updated'],
  })
  expect(endpoint.secret).toMatch(/^whsec_\w{32}$/)
  const customer = await stripe.customers.create({ name: 'Ada' })
  await stripe.products.create({ name: 'None of its business' })
  await stripe.customers.update(customer.id, { name: 'Bea' })

  const [created] = await receiver.of('customer.created')
  const [updated] = await receiver.of('customer.updated')
  if (!created || !updated) throw new Error('not received')
  const event = await verified(created, endpoint.secret ?? '')
  expect(event).toMatchObject({
    object: 'event',
    type: 'customer.created',
    api_version: '2026-10-28.endive',
    data: { object: { id: customer.id, name: 'Ada' } },
    pending_webhooks: 1,
  })
  expect((await verified(updated, endpoint.secret ?? '')).data).toMatchObject({
    object: { name: 'Bea' },
    previous_attributes: { name: 'Ada' },
  })
  await expect(verified(created, 'whsec_another')).rejects.toThrow(
    Stripe.errors.StripeSignatureVerificationError,
  )
  await expect(verified({ ...created, body: `${created.body} ` }, endpoint.secret ?? '')).rejects.toThrow()
  expect(receiver.received.map(({ type }) => type)).not.toContain('product.created')
  await expect.poll(async () => (await stripe.events.retrieve(event.id)).pending_webhooks).toBe(0)
})

test('a delivery is repeated until it is answered 2xx, a redirection not being one', async () => {
  const { stripe } = await startedSandbox(':memory:', { webhookRetryMs: 5 })
  const statuses = [500, 302, 200]
  const receiver = await webhookReceiver((response, n) => {
    response.writeHead(statuses[n] ?? 200, { location: '/elsewhere' }).end('so it is')
  })
  await stripe.webhookEndpoints.create({ url: receiver.url, enabled_events: ['*'] })
  await stripe.customers.create({})
  const deliveries = await receiver.of('customer.created', 3)
  expect(new Set(deliveries.map(({ body }) => JSON.parse(body).id)).size).toBe(1)
  const { data } = await stripe.events.list({ type: 'customer.created' })
  await expect.poll(async () => (await stripe.events.retrieve(data[0]?.id ?? '')).pending_webhooks).toBe(0)
  expect(receiver.received).toHaveLength(3)
})

test('the settings’ endpoint gets all events; what was not delivered is after a restart', async () => {
  const dataFile = temporaryFile()
  const refusing = await webhookReceiver((response) => response.writeHead(503).end())
  const webhook = { url: refusing.url, secret: SECRET }
  const first = await startedSandbox(dataFile, { webhook })
  await first.stripe.customers.create({})
  await refusing.of('customer.created')
  await first.sandbox.close()

  const receiver = await webhookReceiver()
  await startedSandbox(dataFile, { webhook: { url: receiver.url, secret: SECRET } })
  const [delivery] = await receiver.of('customer.created')
  if (!delivery) throw new Error('not received')
  expect((await verified(delivery, SECRET)).type).toBe('customer.created')

  const without = await startedSandbox(dataFile)
  expect((await without.stripe.webhookEndpoints.list()).data).toEqual([])
})

test('endpoints are changed, disabled, listed and deleted', async () => {
  const { stripe } = await startedSandbox()
  const receiver = await webhookReceiver()
  const { id, secret } = await stripe.webhookEndpoints.create({
    url: receiver.url,
    enabled_events: ['product.created'],
    metadata: { a: '1' },
  })
  const updated = await stripe.webhookEndpoints.update(id, {
    enabled_events: ['*'],
    disabled: true,
    description: 'x',
  })
  expect(updated).toMatchObject({
    status: 'disabled',
    enabled_events: ['*'],
    description: 'x',
    metadata: { a: '1' },
  })
  expect(updated.secret).toBeUndefined()
  await stripe.customers.create({})
  await stripe.webhookEndpoints.update(id, { disabled: false })
  await stripe.products.create({ name: 'x' })
  await receiver.of('product.created')
  expect(receiver.received).toHaveLength(1)
  const retrieved = await stripe.webhookEndpoints.retrieve(id)
  expect((await stripe.webhookEndpoints.list()).data).toEqual([JSON.parse(JSON.stringify(retrieved))])
  expect(JSON.stringify(retrieved)).not.toContain(secret)
  expect(await stripe.webhookEndpoints.del(id)).toMatchObject({ id, deleted: true })
  expect(await refusal(stripe.webhookEndpoints.retrieve(id))).toMatchObject({ status: 404 })
})

test.each<[string, Stripe.WebhookEndpointCreateParams.EnabledEvent[], string]>([
  ['file:///etc/passwd', ['*'], 'url'],
  ['not an address', ['*'], 'url'],
  ['https://example.com', [], 'enabled_events'],
])('%s with %j is refused', async (url, enabled, param) => {
  const { stripe } = await startedSandbox()
  const create = stripe.webhookEndpoints.create({ url, enabled_events: enabled })
  expect(await refusal(create)).toMatchObject({ status: 400, param })
})

test('faults of customer and value are reported later when that is asked for', async () => {
  const { sandbox, stripe } = await startedSandbox(':memory:')
  const receiver = await webhookReceiver()
  const { secret } = await stripe.webhookEndpoints.create({ url: receiver.url, enabled_events: ['*'] })
  const { meter, customer } = await meterAndCustomer(stripe)
  const fault = { path: '/v1/billing/meter_events', answer: 'report-later', times: 4 }
  expect((await ask(sandbox, '/_sandbox/faults', fault)).status).toBe(200)
  expect(await report(stripe, 'cus_none', '1', { identifier: 'w1' })).toMatchObject({ identifier: 'w1' })
  await report(stripe, customer.id, '-5', { identifier: 'w2' })
  await report(stripe, customer.id, '7', { identifier: 'w3' })
  // What Stripe tells at once it still tells at once.
  expect(await refusal(report(stripe, customer.id, '1', { identifier: 'w1' }))).toMatchObject({
    message: 'An event already exists with identifier w1.',
  })
  expect(await refusal(report(stripe, 'cus_none', '1'))).toMatchObject({
    code: 'meter_event_customer_not_found',
  })

  const [delivery] = await receiver.of('v1.billing.meter.error_report_triggered')
  if (!delivery) throw new Error('not received')
  const notification = await stripe.parseEventNotificationAsync(
    delivery.body,
    delivery.signature,
    secret ?? '',
  )
  expect(JSON.parse(delivery.body).data).toBeUndefined()
  expect(notification).toMatchObject({
    object: 'v2.core.event',
    livemode: false,
    related_object: { id: meter.id, type: 'billing.meter', url: `/v1/billing/meters/${meter.id}` },
  })
  const event = await answered(sandbox, `/v2/core/events/${notification.id}`)
  expect(differencesInForm(event, ERROR_REPORT_EXAMPLE)).toEqual([])
  const { data } = z.object({ data: z.object({ reason: reasonSchema }) }).parse(event)
  expect(data.reason).toEqual({
    error_count: 2,
    error_types: [
      {
        code: 'meter_event_customer_not_found',
        error_count: 1,
        sample_errors: [{ error_message: "No such customer: 'cus_none'", request: { identifier: 'w1' } }],
      },
      {
        code: 'meter_event_invalid_value',
        error_count: 1,
        sample_errors: [{ error_message: expect.stringContaining('"-5"'), request: { identifier: 'w2' } }],
      },
    ],
  })
  expect(await refusal(stripe.events.retrieve(notification.id))).toMatchObject({ status: 404 })
  expect((await stripe.events.list({ limit: 100 })).data.map(({ id }) => id)).not.toContain(notification.id)
  expect(await countedIdentifiers(sandbox.url)).toEqual(['w3'])
})

test('reports later are for meter events only', async () => {
  const { sandbox } = await startedSandbox()
  const fault = { path: '/v1/customers', answer: 'report-later' }
  expect((await ask(sandbox, '/_sandbox/faults', fault)).status).toBe(400)
})

async function countedIdentifiers(url: string): Promise<string[]> {
  const response = await fetch(`${url}/_sandbox/meter_events?event_name=${EVENT_NAME}`)
  const { data } = z
    .object({ data: z.array(z.object({ identifier: z.string() })) })
    .parse(await response.json())
  return data.map(({ identifier }) => identifier)
}

const reasonSchema = z.object({ error_count: z.number(), error_types: z.array(z.unknown()) })

/** Stripe's example of such an event, from its documentation. */
const ERROR_REPORT_EXAMPLE = {
  id: 'evt_test_65RCjj4EqW1sabcjs2Z16RCMoNQdSQkOWvfL6L5uU2K40u',
  object: 'v2.core.event',
  context: null,
  created: '2024-09-26T17:46:22.134Z',
  data: {
    developer_message_summary: 'There is 1 invalid event',
    reason: {
      error_count: 1,
      error_types: [
        {
          code: 'meter_event_no_customer_defined',
          error_count: 1,
          sample_errors: [
            {
              error_message: 'Customer mapping key stripe_customer_id not found in payload.',
              request: { identifier: 'cb447754-6880-45c2-8f2f-ef19b6ce81e9' },
            },
          ],
        },
      ],
    },
    validation_end: '2024-09-26T17:46:20.000Z',
    validation_start: '2024-09-26T17:46:10.000Z',
  },
  livemode: false,
  reason: null,
  related_object: {
    id: 'mtr_test_61RCjiqdTDC91zgip41IqPCzPnxqqSVc',
    type: 'billing.meter',
    url: '/v1/billing/meters/mtr_test_61RCjiqdTDC91zgip41IqPCzPnxqqSVc',
  },
  type: 'v1.billing.meter.error_report_triggered',
}
