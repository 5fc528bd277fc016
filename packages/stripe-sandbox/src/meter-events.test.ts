import { expect, test } from 'vitest'
import { EVENT_NAME, meterAndCustomer, refusal, report, startedSandbox } from './testing/started-sandbox.ts'
import { differencesInForm, STRIPE_EXAMPLES } from './testing/stripe-examples.ts'

const MINUTE = 60
const DAY = 24 * 60 * MINUTE

test('an event is accepted in Stripe’s form, and kept', async () => {
  const { stripe, clock, sandbox } = await startedSandbox()
  const { meter, customer } = await meterAndCustomer(stripe)
  const event = await report(stripe, customer.id, '25', { identifier: 'w1', timestamp: clock.seconds - 5 })
  expect(differencesInForm(event, STRIPE_EXAMPLES.meterEvent)).toEqual([])
  expect(event).toEqual({
    object: 'billing.meter_event',
    created: clock.seconds,
    event_name: EVENT_NAME,
    identifier: 'w1',
    livemode: false,
    payload: { stripe_customer_id: customer.id, value: '25' },
    timestamp: clock.seconds - 5,
  })
  const raw = await fetch(`${sandbox.url}/_sandbox/meter_events`)
  expect(await raw.json()).toEqual({
    data: [
      {
        meter: meter.id,
        customer: customer.id,
        event_name: EVENT_NAME,
        identifier: 'w1',
        value: 25,
        timestamp: clock.seconds - 5,
        accepted_at_ms: clock.now(),
      },
    ],
  })
})

test('identifier and timestamp are filled in', async () => {
  const { stripe, clock } = await startedSandbox()
  const { customer } = await meterAndCustomer(stripe)
  const [a, b] = [await report(stripe, customer.id, '1'), await report(stripe, customer.id, '1')]
  expect(a.timestamp).toBe(clock.seconds)
  expect(a.identifier).toMatch(/^[0-9a-f-]{36}$/)
  expect(a.identifier).not.toBe(b.identifier)
})

test('accepted events can be asked for by event name and customer', async () => {
  const { stripe, sandbox } = await startedSandbox()
  const { customer } = await meterAndCustomer(stripe)
  const other = await stripe.customers.create({})
  await report(stripe, customer.id, '1', { identifier: 'a' })
  await report(stripe, other.id, '2', { identifier: 'b' })
  const identifiers = async (query: string) => {
    const response = await fetch(`${sandbox.url}/_sandbox/meter_events?${query}`)
    return JSON.stringify(await response.json()).match(/(?<="identifier":")\w+/g) ?? []
  }
  expect(await identifiers('')).toEqual(['a', 'b'])
  expect(await identifiers(`event_name=${EVENT_NAME}&customer=${other.id}`)).toEqual(['b'])
  expect(await identifiers('event_name=other')).toEqual([])
})

test('an identifier is taken for 24 hours, whatever else the event says', async () => {
  const { stripe, clock } = await startedSandbox()
  const { customer } = await meterAndCustomer(stripe)
  await report(stripe, customer.id, '1', { identifier: 'w1' })
  const taken = {
    status: 400,
    type: 'invalid_request_error',
    code: undefined,
    message: 'An event already exists with identifier w1.',
    param: undefined,
  }
  expect(await refusal(report(stripe, customer.id, '1', { identifier: 'w1' }))).toEqual(taken)
  clock.forward(DAY - 1)
  expect(await refusal(report(stripe, customer.id, '2', { identifier: 'w1' }))).toEqual(taken)
  await report(stripe, customer.id, '2', { identifier: 'w2' })
  clock.forward(1)
  await report(stripe, customer.id, '2', { identifier: 'w1' })
})

test('a refused event does not take its identifier', async () => {
  const { stripe } = await startedSandbox()
  const { customer } = await meterAndCustomer(stripe)
  await refusal(report(stripe, customer.id, 'x', { identifier: 'w1' }))
  await report(stripe, customer.id, '1', { identifier: 'w1' })
})

test('of many sent at once with one identifier one is accepted', async () => {
  const { stripe, sandbox } = await startedSandbox()
  const { customer } = await meterAndCustomer(stripe)
  const sent = Array.from({ length: 20 }, () => report(stripe, customer.id, '1', { identifier: 'w1' }))
  const outcomes = await Promise.allSettled(sent)
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  const raw = await fetch(`${sandbox.url}/_sandbox/meter_events`)
  expect(await raw.json()).toMatchObject({ data: [{ identifier: 'w1' }] })
})

test('an event may be 35 days old, and no older', async () => {
  const { stripe, clock } = await startedSandbox()
  const { customer } = await meterAndCustomer(stripe)
  const oldest = clock.seconds - 35 * DAY
  await report(stripe, customer.id, '1', { timestamp: oldest })
  expect(await refusal(report(stripe, customer.id, '1', { timestamp: oldest - 1 }))).toEqual({
    status: 400,
    type: 'invalid_request_error',
    code: 'timestamp_too_far_in_past',
    message:
      'The event timestamp cannot be more than 35 days in past. ' +
      `Expected a timestamp greater than or equal to ${oldest}.`,
    param: 'timestamp',
  })
})

test('an event may be 5 minutes ahead, and no further', async () => {
  const { stripe, clock } = await startedSandbox()
  const { customer } = await meterAndCustomer(stripe)
  const newest = clock.seconds + 5 * MINUTE
  await report(stripe, customer.id, '1', { timestamp: newest })
  expect(await refusal(report(stripe, customer.id, '1', { timestamp: newest + 1 }))).toMatchObject({
    status: 400,
    code: 'timestamp_in_future',
    param: 'timestamp',
  })
})

test('a timestamp is whole seconds', async () => {
  const { stripe, clock } = await startedSandbox()
  const { customer } = await meterAndCustomer(stripe)
  expect(await refusal(report(stripe, customer.id, '1', { timestamp: clock.seconds + 0.5 }))).toMatchObject({
    status: 400,
    code: 'parameter_invalid_integer',
    param: 'timestamp',
    message: `Invalid integer: ${clock.seconds + 0.5}`,
  })
})

test('an event needs a meter of its name', async () => {
  const { stripe } = await startedSandbox()
  const { customer } = await meterAndCustomer(stripe)
  const call = stripe.billing.meterEvents.create({
    event_name: 'nobody_meters_this',
    payload: { stripe_customer_id: customer.id, value: '1' },
  })
  expect(await refusal(call)).toMatchObject({
    status: 400,
    code: 'no_meter',
    message: 'No active meter found for event name "nobody_meters_this".',
  })
})

test('an event needs a customer that is there', async () => {
  const { stripe } = await startedSandbox()
  const { customer } = await meterAndCustomer(stripe)
  await report(stripe, customer.id, '1')
  const notFound = {
    status: 400,
    code: 'meter_event_customer_not_found',
    param: 'payload[stripe_customer_id]',
  }
  expect(await refusal(report(stripe, 'cus_none', '1'))).toMatchObject(notFound)
  await stripe.customers.del(customer.id)
  expect(await refusal(report(stripe, customer.id, '1'))).toMatchObject(notFound)
  const nameless = stripe.billing.meterEvents.create({ event_name: EVENT_NAME, payload: { value: '1' } })
  expect(await refusal(nameless)).toMatchObject({
    status: 400,
    code: 'meter_event_no_customer_defined',
    message: 'Customer mapping key stripe_customer_id not found in payload.',
  })
})

test.each(['0', '1', '007', '999999999999999'])('%s is a value', async (value) => {
  const { stripe, sandbox } = await startedSandbox()
  const { customer } = await meterAndCustomer(stripe)
  await report(stripe, customer.id, value)
  const raw = await fetch(`${sandbox.url}/_sandbox/meter_events`)
  expect(await raw.json()).toMatchObject({ data: [{ value: Number(value) }] })
})

test.each([
  ['-1', 'meter_event_invalid_value'],
  ['1.5', 'meter_event_invalid_value'],
  ['1e3', 'meter_event_invalid_value'],
  [' 1', 'meter_event_invalid_value'],
  ['many', 'meter_event_invalid_value'],
  ['', 'meter_event_value_not_found'],
  ['1000000000000000', 'meter_event_value_too_many_digits'],
])('“%s” is no value', async (value, code) => {
  const { stripe } = await startedSandbox()
  const { customer } = await meterAndCustomer(stripe)
  expect(await refusal(report(stripe, customer.id, value))).toMatchObject({
    status: 400,
    code,
    param: 'payload[value]',
  })
})

test('a meter reads the payload by its own keys; one that counts needs no value', async () => {
  const { stripe, sandbox } = await startedSandbox()
  const customer = await stripe.customers.create({})
  await stripe.billing.meters.create({
    display_name: 'Bytes',
    event_name: 'bytes',
    default_aggregation: { formula: 'sum' },
    customer_mapping: { type: 'by_id', event_payload_key: 'who' },
    value_settings: { event_payload_key: 'bytes' },
  })
  await stripe.billing.meters.create({
    display_name: 'Joins',
    event_name: 'joins',
    default_aggregation: { formula: 'count' },
  })
  await stripe.billing.meterEvents.create({ event_name: 'bytes', payload: { who: customer.id, bytes: '7' } })
  await stripe.billing.meterEvents.create({
    event_name: 'joins',
    payload: { stripe_customer_id: customer.id },
  })
  const raw = await fetch(`${sandbox.url}/_sandbox/meter_events`)
  expect(await raw.json()).toMatchObject({ data: [{ value: 7 }, { value: 1 }] })
  const defaultKeys = stripe.billing.meterEvents.create({
    event_name: 'bytes',
    payload: { stripe_customer_id: customer.id, value: '7' },
  })
  expect(await refusal(defaultKeys)).toMatchObject({ code: 'meter_event_no_customer_defined' })
})

test('an event needs a payload, and an identifier of at most 100 characters', async () => {
  const { stripe, sandbox } = await startedSandbox()
  const { customer } = await meterAndCustomer(stripe)
  await report(stripe, customer.id, '1', { identifier: 'i'.repeat(100) })
  expect(await refusal(report(stripe, customer.id, '1', { identifier: 'i'.repeat(101) }))).toMatchObject({
    status: 400,
    param: 'identifier',
  })
  const response = await fetch(`${sandbox.url}/v1/billing/meter_events`, {
    method: 'POST',
    headers: { authorization: 'Bearer sk_test_x' },
    body: new URLSearchParams({ event_name: EVENT_NAME }),
  })
  expect(await response.json()).toMatchObject({ error: { code: 'parameter_missing', param: 'payload' } })
})
