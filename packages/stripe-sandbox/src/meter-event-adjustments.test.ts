import { expect, test } from 'vitest'
import {
  EVENT_NAME,
  MIDNIGHT,
  meterAndCustomer,
  refusal,
  report,
  startedSandbox,
} from './testing/started-sandbox.ts'
import { differencesInForm, EXAMPLES_BY_TYPE } from './testing/stripe-examples.ts'

test('a canceled event counts nowhere, and its identifier stays taken', async () => {
  const { stripe, clock } = await startedSandbox()
  const { meter, customer } = await meterAndCustomer(stripe)
  await report(stripe, customer.id, '40', { identifier: 'w1', timestamp: MIDNIGHT - 1 })
  await report(stripe, customer.id, '2', { identifier: 'w2', timestamp: MIDNIGHT - 1 })
  const total = async () => {
    const { data } = await stripe.billing.meters.listEventSummaries(meter.id, {
      customer: customer.id,
      start_time: MIDNIGHT - 60,
      end_time: MIDNIGHT,
    })
    return data[0]?.aggregated_value
  }
  const cancel = (identifier: string, event_name = EVENT_NAME) =>
    stripe.billing.meterEventAdjustments.create({ event_name, type: 'cancel', cancel: { identifier } })

  const adjustment = await cancel('w1')
  expect(differencesInForm(adjustment, EXAMPLES_BY_TYPE['billing.meter_event_adjustment'] ?? {})).toEqual([])
  expect(adjustment).toMatchObject({ status: 'complete', cancel: { identifier: 'w1' } })
  expect(await total()).toBe(2)
  expect(await refusal(report(stripe, customer.id, '40', { identifier: 'w1' }))).toMatchObject({
    status: 400,
  })

  const missing = { status: 400, code: 'resource_missing', param: 'cancel[identifier]' }
  expect(await refusal(cancel('w1'))).toMatchObject(missing)
  expect(await refusal(cancel('w3'))).toMatchObject(missing)
  expect(await refusal(cancel('w2', 'another'))).toMatchObject({ code: 'no_meter' })
  clock.forward(24 * 60 * 60)
  expect(await refusal(cancel('w2'))).toMatchObject(missing)
  expect(await total()).toBe(2)
})
