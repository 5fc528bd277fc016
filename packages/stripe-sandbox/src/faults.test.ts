import { expect, test } from 'vitest'
import {
  EVENT_NAME,
  meterAndCustomer,
  refusal,
  report,
  type StartedSandbox,
  startedSandbox,
} from './testing/started-sandbox.ts'

const EVENTS = '/v1/billing/meter_events'

function ask({ sandbox }: StartedSandbox, path: string, body: unknown): Promise<Response> {
  return fetch(sandbox.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}

async function accepted({ sandbox }: StartedSandbox): Promise<number> {
  const response = await fetch(`${sandbox.url}/_sandbox/meter_events`)
  return JSON.stringify(await response.json()).split('"identifier"').length - 1
}

test('the next requests to a path fail, then no more, and no others', async () => {
  const started = await startedSandbox()
  const { customer } = await meterAndCustomer(started.stripe)
  await ask(started, '/_sandbox/faults', { path: EVENTS, times: 2, answer: 500 })
  await ask(started, '/_sandbox/faults', { path: EVENTS, answer: 429 })
  const send = () => report(started.stripe, customer.id, '1', { identifier: 'w1' })
  expect(await refusal(send())).toMatchObject({ status: 500, type: 'api_error' })
  await started.stripe.customers.create({})
  await started.stripe.customers.list()
  expect(await refusal(send())).toMatchObject({ status: 500 })
  expect(await refusal(send())).toMatchObject({ status: 429, code: 'rate_limit' })
  expect(await accepted(started)).toBe(0)
  await send()
  expect(await accepted(started)).toBe(1)
})

test('an answer can be lost after the event was accepted', async () => {
  const started = await startedSandbox()
  const { customer } = await meterAndCustomer(started.stripe)
  await ask(started, '/_sandbox/faults', { path: EVENTS, when: 'after', answer: 500 })
  const send = (idempotencyKey: string) =>
    started.stripe.billing.meterEvents.create(
      {
        event_name: EVENT_NAME,
        identifier: 'w1',
        payload: { stripe_customer_id: customer.id, value: '1' },
      },
      { idempotencyKey },
    )
  expect(await refusal(send('k1'))).toMatchObject({ status: 500 })
  expect(await accepted(started)).toBe(1)
  expect((await send('k1')).lastResponse.headers['idempotent-replayed']).toBe('true')
  expect(await refusal(send('k2'))).toMatchObject({ message: 'An event already exists with identifier w1.' })
})

test('a request can hang: the client gives up, and the sandbox still stops', async () => {
  const started = await startedSandbox()
  const { customer } = await meterAndCustomer(started.stripe)
  await ask(started, '/_sandbox/faults', { path: EVENTS, times: 2, when: 'after', answer: 'hang' })
  const givesUp = started.stripe.billing.meterEvents.create(
    { event_name: EVENT_NAME, payload: { stripe_customer_id: customer.id, value: '1' } },
    { timeout: 100 },
  )
  expect(await refusal(givesUp)).toMatchObject({ status: undefined })
  expect(await accepted(started)).toBe(1)
  const abandoned = expect(report(started.stripe, customer.id, '1')).rejects.toThrow()
  await expect.poll(() => accepted(started)).toBe(2)
  await started.sandbox.close()
  await abandoned
})

test('faults are listed and cleared', async () => {
  const started = await startedSandbox()
  const fault = { path: EVENTS, method: 'POST', times: 3, when: 'before', answer: 500 }
  expect(await (await ask(started, '/_sandbox/faults', fault)).json()).toEqual(fault)
  const list = () => fetch(`${started.sandbox.url}/_sandbox/faults`)
  expect(await (await list()).json()).toEqual({ data: [fault] })
  await fetch(`${started.sandbox.url}/_sandbox/faults`, { method: 'DELETE' })
  expect(await (await list()).json()).toEqual({ data: [] })
})

test('a fault that makes no sense, or does not come as JSON, is refused', async () => {
  const started = await startedSandbox()
  expect((await ask(started, '/_sandbox/faults', { path: EVENTS, answer: 503 })).status).toBe(400)
  expect((await ask(started, '/_sandbox/faults', { path: '/health', answer: 500 })).status).toBe(400)
  const asText = await fetch(`${started.sandbox.url}/_sandbox/faults`, {
    method: 'POST',
    body: JSON.stringify({ path: EVENTS, answer: 500 }),
  })
  expect(asText.status).toBe(400)
})

test('the clock can be moved', async () => {
  const started = await startedSandbox()
  await ask(started, '/_sandbox/clock', { offset_ms: 3_600_000 })
  const customer = await started.stripe.customers.create({})
  expect(customer.created).toBe(started.clock.seconds + 3600)
  expect((await ask(started, '/_sandbox/clock', { offset_ms: 'x' })).status).toBe(400)
})
