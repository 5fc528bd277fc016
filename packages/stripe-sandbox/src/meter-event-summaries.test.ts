import fc from 'fast-check'
import type Stripe from 'stripe'
import { expect, test } from 'vitest'
import { MIDNIGHT, meterAndCustomer, refusal, report, startedSandbox } from './testing/started-sandbox.ts'
import { differencesInForm, STRIPE_EXAMPLES } from './testing/stripe-examples.ts'

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** `[start − midnight, end − midnight, value]` of each summary, in the order given. */
async function summaries(
  stripe: Stripe,
  meter: string,
  parameters: Stripe.Billing.MeterListEventSummariesParams,
): Promise<[number, number, number][]> {
  const all: [number, number, number][] = []
  for await (const summary of stripe.billing.meters.listEventSummaries(meter, parameters)) {
    all.push([summary.start_time - MIDNIGHT, summary.end_time - MIDNIGHT, summary.aggregated_value])
  }
  return all
}

test('a summary has Stripe’s form, includes its start and excludes its end', async () => {
  const { stripe } = await startedSandbox()
  const { meter, customer } = await meterAndCustomer(stripe)
  const other = await stripe.customers.create({})
  const [start_time, end_time] = [MIDNIGHT - HOUR, MIDNIGHT]
  await report(stripe, customer.id, '1', { timestamp: start_time - 1 })
  await report(stripe, customer.id, '10', { timestamp: start_time })
  await report(stripe, customer.id, '100', { timestamp: end_time - 1 })
  await report(stripe, customer.id, '1000', { timestamp: end_time })
  await report(stripe, other.id, '10000', { timestamp: start_time })

  const list = await stripe.billing.meters.listEventSummaries(meter.id, {
    customer: customer.id,
    start_time,
    end_time,
  })
  expect(list).toMatchObject({
    object: 'list',
    has_more: false,
    url: `/v1/billing/meters/${meter.id}/event_summaries`,
    data: [{ aggregated_value: 110, start_time, end_time, meter: meter.id, livemode: false }],
  })
  expect(differencesInForm(list.data[0] ?? {}, STRIPE_EXAMPLES.meterEventSummary)).toEqual([])
})

test('a range without events has one summary of nothing; a window without events has none', async () => {
  const { stripe } = await startedSandbox()
  const { meter, customer } = await meterAndCustomer(stripe)
  const range = { customer: customer.id, start_time: MIDNIGHT - DAY, end_time: MIDNIGHT }
  expect(await summaries(stripe, meter.id, range)).toEqual([[-DAY, 0, 0]])
  expect(await summaries(stripe, meter.id, { ...range, value_grouping_window: 'hour' })).toEqual([])
})

test('windows are hours or UTC days, newest first, a page at a time', async () => {
  const { stripe } = await startedSandbox()
  const { meter, customer } = await meterAndCustomer(stripe)
  for (const hoursAgo of [1, 2, 2, 25, 30]) {
    await report(stripe, customer.id, '1', { timestamp: MIDNIGHT - hoursAgo * HOUR })
  }
  const range = { customer: customer.id, start_time: MIDNIGHT - 2 * DAY, end_time: MIDNIGHT }
  const hours = [
    [-HOUR, 0, 1],
    [-2 * HOUR, -HOUR, 2],
    [-25 * HOUR, -24 * HOUR, 1],
    [-30 * HOUR, -29 * HOUR, 1],
  ]
  expect(await summaries(stripe, meter.id, { ...range, value_grouping_window: 'hour' })).toEqual(hours)
  expect(await summaries(stripe, meter.id, { ...range, value_grouping_window: 'hour', limit: 1 })).toEqual(
    hours,
  )
  expect(await summaries(stripe, meter.id, { ...range, value_grouping_window: 'day' })).toEqual([
    [-DAY, 0, 3],
    [-2 * DAY, -DAY, 2],
  ])
})

test('windows are also paged backwards', async () => {
  const { stripe } = await startedSandbox()
  const { meter, customer } = await meterAndCustomer(stripe)
  for (const hoursAgo of [1, 2, 3]) {
    await report(stripe, customer.id, String(hoursAgo), { timestamp: MIDNIGHT - hoursAgo * HOUR })
  }
  const query = {
    customer: customer.id,
    start_time: MIDNIGHT - DAY,
    end_time: MIDNIGHT,
    value_grouping_window: 'hour' as const,
  }
  const all = await stripe.billing.meters.listEventSummaries(meter.id, query)
  const last = all.data[2]?.id ?? ''
  const page = await stripe.billing.meters.listEventSummaries(meter.id, {
    ...query,
    ending_before: last,
    limit: 1,
  })
  expect([page.has_more, page.data]).toEqual([true, [all.data[1]]])
})

test.each([
  ['start_time', { start_time: MIDNIGHT - HOUR + 1 }],
  ['end_time', { end_time: MIDNIGHT + 59 }],
  ['start_time', { start_time: MIDNIGHT - 90 * MINUTE, value_grouping_window: 'hour' as const }],
  ['end_time', { end_time: MIDNIGHT + MINUTE, value_grouping_window: 'hour' as const }],
  ['start_time', { start_time: MIDNIGHT - HOUR, value_grouping_window: 'day' as const }],
  ['end_time', { end_time: MIDNIGHT - HOUR }],
])('a %s that is out of line is refused: %j', async (param, change) => {
  const { stripe } = await startedSandbox()
  const { meter, customer } = await meterAndCustomer(stripe)
  const range = { customer: customer.id, start_time: MIDNIGHT - HOUR, end_time: MIDNIGHT }
  await summaries(stripe, meter.id, range)
  expect(await refusal(summaries(stripe, meter.id, { ...range, ...change }))).toMatchObject({
    status: 400,
    type: 'invalid_request_error',
    param,
  })
})

test('a summary is of a meter and a customer that are there, or were', async () => {
  const { stripe } = await startedSandbox()
  const { meter, customer } = await meterAndCustomer(stripe)
  const range = { start_time: MIDNIGHT - HOUR, end_time: MIDNIGHT }
  expect(await refusal(summaries(stripe, meter.id, { ...range, customer: 'cus_none' }))).toMatchObject({
    status: 400,
    code: 'resource_missing',
    param: 'customer',
  })
  expect(await refusal(summaries(stripe, 'mtr_none', { ...range, customer: customer.id }))).toMatchObject({
    status: 404,
    code: 'resource_missing',
  })
  await report(stripe, customer.id, '5', { timestamp: MIDNIGHT - 1 })
  await stripe.customers.del(customer.id)
  expect(await summaries(stripe, meter.id, { ...range, customer: customer.id })).toEqual([[-HOUR, 0, 5]])
})

test.each([
  ['count', 4],
  ['last', 7],
] as const)('a meter may aggregate by %s', async (formula, expected) => {
  const { stripe } = await startedSandbox()
  const customer = await stripe.customers.create({})
  const meter = await stripe.billing.meters.create({
    display_name: formula,
    event_name: formula,
    default_aggregation: { formula },
  })
  // The last is the latest by its timestamp; of two equally old ones, the one accepted later.
  for (const { secondsAgo, value } of [
    { secondsAgo: 10, value: '99' },
    { secondsAgo: 5, value: '100' },
    { secondsAgo: 5, value: '7' },
    { secondsAgo: 20, value: '50' },
  ]) {
    await stripe.billing.meterEvents.create({
      event_name: formula,
      payload: { stripe_customer_id: customer.id, value },
      timestamp: MIDNIGHT - secondsAgo,
    })
  }
  const range = { customer: customer.id, start_time: MIDNIGHT - HOUR, end_time: MIDNIGHT }
  expect(await summaries(stripe, meter.id, range)).toEqual([[-HOUR, 0, expected]])
})

test('however a range is cut, its summaries add up to what was accepted', async () => {
  const { stripe } = await startedSandbox()
  const { meter } = await meterAndCustomer(stripe)
  const days = 3
  const usage = fc.record({
    secondsAgo: fc.integer({ min: 1, max: days * DAY }),
    value: fc.oneof(fc.nat(100_000), fc.constantFrom(-3, 0.5)),
    identifier: fc.nat(12),
  })
  let run = 0
  await fc.assert(
    fc.asyncProperty(fc.array(usage, { maxLength: 12 }), async (events) => {
      const customer = await stripe.customers.create({})
      run++
      let accepted = 0
      const taken = new Set<number>()
      for (const { secondsAgo, value, identifier } of events) {
        const sent = report(stripe, customer.id, String(value), {
          identifier: `${run}-${identifier}`,
          timestamp: MIDNIGHT - secondsAgo,
        })
        if (!Number.isInteger(value) || value < 0 || taken.has(identifier)) {
          await refusal(sent)
          continue
        }
        await sent
        taken.add(identifier)
        accepted += value
      }
      const range = { customer: customer.id, start_time: MIDNIGHT - days * DAY, end_time: MIDNIGHT }
      for (const grouping of [{}, { value_grouping_window: 'hour' }, { value_grouping_window: 'day' }]) {
        const all = await summaries(stripe, meter.id, { ...range, ...grouping, limit: 5 })
        expect(all.reduce((sum, [, , value]) => sum + value, 0)).toBe(accepted)
      }
    }),
    { numRuns: 25 },
  )
})
