import { expect, test } from 'vitest'
import { EVENT_NAME, meterAndCustomer, refusal, report, startedSandbox } from './testing/started-sandbox.ts'
import { differencesInForm, STRIPE_EXAMPLES } from './testing/stripe-examples.ts'

test('a meter is created with Stripe’s defaults, and retrieved', async () => {
  const { stripe, clock } = await startedSandbox()
  const { meter } = await meterAndCustomer(stripe)
  expect(differencesInForm(meter, STRIPE_EXAMPLES.meter)).toEqual([])
  expect(meter).toMatchObject({
    created: clock.seconds,
    customer_mapping: { event_payload_key: 'stripe_customer_id', type: 'by_id' },
    value_settings: { event_payload_key: 'value' },
    status: 'active',
  })
  expect(await stripe.billing.meters.retrieve(meter.id)).toEqual(meter)
})

test('a meter keeps its own payload keys, formula and time window', async () => {
  const { stripe } = await startedSandbox()
  const meter = await stripe.billing.meters.create({
    display_name: 'Peak',
    event_name: 'peak',
    default_aggregation: { formula: 'last' },
    customer_mapping: { type: 'by_id', event_payload_key: 'who' },
    value_settings: { event_payload_key: 'how_many' },
    event_time_window: 'hour',
  })
  expect(meter).toMatchObject({
    customer_mapping: { event_payload_key: 'who' },
    value_settings: { event_payload_key: 'how_many' },
    default_aggregation: { formula: 'last' },
    event_time_window: 'hour',
  })
})

test('what a meter needs and cannot be is told by parameter', async () => {
  const { sandbox } = await startedSandbox()
  const post = async (form: string) => {
    const response = await fetch(`${sandbox.url}/v1/billing/meters`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk_test_x', 'content-type': 'application/x-www-form-urlencoded' },
      body: form,
    })
    return { status: response.status, body: await response.json() }
  }
  expect(await post('display_name=x&default_aggregation[formula]=sum')).toMatchObject({
    status: 400,
    body: {
      error: {
        code: 'parameter_missing',
        param: 'event_name',
        message: 'Missing required param: event_name.',
      },
    },
  })
  expect(await post('display_name=x&event_name=y&default_aggregation[formula]=max')).toMatchObject({
    status: 400,
    body: { error: { type: 'invalid_request_error', param: 'default_aggregation[formula]' } },
  })
  expect(await post('display_name=&event_name=y&default_aggregation[formula]=sum')).toMatchObject({
    status: 400,
    body: { error: { code: 'parameter_invalid_empty', param: 'display_name' } },
  })
})

test('an event name has one active meter', async () => {
  const { stripe } = await startedSandbox()
  const { meter } = await meterAndCustomer(stripe)
  const second = () =>
    stripe.billing.meters.create({
      display_name: 'Second',
      event_name: EVENT_NAME,
      default_aggregation: { formula: 'sum' },
    })
  expect(await refusal(second())).toMatchObject({ status: 400, param: 'event_name' })
  await stripe.billing.meters.deactivate(meter.id)
  const successor = await second()
  expect(successor.id).not.toBe(meter.id)
  expect(await refusal(stripe.billing.meters.reactivate(meter.id))).toMatchObject({ status: 400 })
})

test('a display name changes, an event name does not', async () => {
  const { stripe, clock, sandbox } = await startedSandbox()
  const { meter } = await meterAndCustomer(stripe)
  clock.forward(60)
  const updated = await stripe.billing.meters.update(meter.id, { display_name: 'New' })
  expect(updated).toEqual({ ...meter, display_name: 'New', updated: meter.updated + 60 })
  const response = await fetch(`${sandbox.url}/v1/billing/meters/${meter.id}`, {
    method: 'POST',
    headers: { authorization: 'Bearer sk_test_x' },
    body: new URLSearchParams({ event_name: 'other' }),
  })
  expect(await response.json()).toMatchObject({ error: { code: 'parameter_unknown', param: 'event_name' } })
})

test('a meter takes no events while it is deactivated', async () => {
  const { stripe, clock } = await startedSandbox()
  const { meter, customer } = await meterAndCustomer(stripe)
  await report(stripe, customer.id, '1')
  const inactive = await stripe.billing.meters.deactivate(meter.id)
  expect(inactive).toMatchObject({
    status: 'inactive',
    status_transitions: { deactivated_at: clock.seconds },
  })
  expect(await refusal(report(stripe, customer.id, '1'))).toEqual({
    status: 400,
    type: 'invalid_request_error',
    code: 'archived_meter',
    message: `No active meter found for event name "${EVENT_NAME}".`,
    param: 'event_name',
  })
  expect(await refusal(stripe.billing.meters.deactivate(meter.id))).toMatchObject({ status: 400 })

  const active = await stripe.billing.meters.reactivate(meter.id)
  expect(active).toEqual(meter)
  await report(stripe, customer.id, '1')
  expect(await refusal(stripe.billing.meters.reactivate(meter.id))).toMatchObject({ status: 400 })
})

test('meters are listed by status', async () => {
  const { stripe } = await startedSandbox()
  const { meter } = await meterAndCustomer(stripe)
  const other = await stripe.billing.meters.create({
    display_name: 'Other',
    event_name: 'other',
    default_aggregation: { formula: 'count' },
  })
  await stripe.billing.meters.deactivate(other.id)
  const ids = async (status?: 'active' | 'inactive') =>
    (await stripe.billing.meters.list(status ? { status } : {})).data.map(({ id }) => id)
  expect(await ids()).toEqual([other.id, meter.id])
  expect(await ids('active')).toEqual([meter.id])
  expect(await ids('inactive')).toEqual([other.id])
})

test('an unknown meter is missing', async () => {
  const { stripe } = await startedSandbox()
  expect(await refusal(stripe.billing.meters.retrieve('mtr_none'))).toMatchObject({
    status: 404,
    code: 'resource_missing',
  })
})
