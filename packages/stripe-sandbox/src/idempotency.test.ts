import { expect, onTestFinished, test } from 'vitest'
import { createApplication } from './application.ts'
import { openDatabase } from './database.ts'
import { Faults } from './faults.ts'
import { EVENT_NAME, meterAndCustomer, refusal, startedSandbox } from './testing/started-sandbox.ts'

test('a key repeats its answer, and does nothing twice', async () => {
  const { stripe } = await startedSandbox()
  const options = { idempotencyKey: 'k1' }
  const first = await stripe.customers.create({ name: 'Ada' }, options)
  const second = await stripe.customers.create({ name: 'Ada' }, options)
  expect(second).toEqual(first)
  expect(first.lastResponse.headers['idempotent-replayed']).toBeUndefined()
  expect(second.lastResponse.headers['idempotent-replayed']).toBe('true')
  expect(first.lastResponse.headers['idempotency-key']).toBe('k1')
  expect(second.lastResponse.headers['idempotency-key']).toBe('k1')
  expect(second.lastResponse.requestId).not.toBe(first.lastResponse.requestId)
  await stripe.customers.create({ name: 'Ada' }, { idempotencyKey: 'k2' })
  expect((await stripe.customers.list()).data).toHaveLength(2)
})

test('a key is for one request: other parameters or another address are refused', async () => {
  const { stripe } = await startedSandbox()
  const { id } = await stripe.customers.create({ name: 'Ada' }, { idempotencyKey: 'k1' })
  const misused = { status: 400, type: 'idempotency_error', message: expect.stringContaining("'k1'") }
  expect(await refusal(stripe.customers.create({ name: 'Bob' }, { idempotencyKey: 'k1' }))).toMatchObject(
    misused,
  )
  expect(await refusal(stripe.customers.update(id, { name: 'Ada' }, { idempotencyKey: 'k1' }))).toMatchObject(
    misused,
  )
})

test('what an endpoint refuses is kept, what validation refuses is not', async () => {
  const { stripe, sandbox } = await startedSandbox()
  const { meter, customer } = await meterAndCustomer(stripe)
  await stripe.billing.meters.deactivate(meter.id)
  const send = () =>
    stripe.billing.meterEvents.create(
      { event_name: EVENT_NAME, payload: { stripe_customer_id: customer.id, value: '1' } },
      { idempotencyKey: 'k1' },
    )
  const refused = await refusal(send())
  await stripe.billing.meters.reactivate(meter.id)
  expect(await refusal(send())).toEqual(refused)

  const post = (form: string) =>
    fetch(`${sandbox.url}/v1/customers`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk_test_x', 'idempotency-key': 'k2' },
      body: new URLSearchParams(form),
    })
  expect((await post('nonsense=1')).status).toBe(400)
  expect((await post('name=Ada')).status).toBe(200)
})

test('a key is forgotten after 24 hours', async () => {
  const { stripe, clock } = await startedSandbox()
  const create = () => stripe.customers.create({ name: 'Ada' }, { idempotencyKey: 'k1' })
  const first = await create()
  clock.forward(24 * 60 * 60 - 1)
  expect((await create()).id).toBe(first.id)
  clock.forward(1)
  expect((await create()).id).not.toBe(first.id)
})

test('of many requests at once with one key one is carried out, the others are told to wait', async () => {
  const database = openDatabase(':memory:')
  onTestFinished(() => database.close())
  const application = createApplication({
    account: { database, now: Date.now, url: () => '', eventStored: () => {} },
    faults: new Faults(),
    setClockOffset: () => {},
    isLocal: true,
  })
  // Without a network between, so that all are under way before the first is answered.
  const send = () =>
    application.request('/v1/customers', {
      method: 'POST',
      headers: { authorization: 'Bearer sk_test_x', 'idempotency-key': 'k1' },
      body: 'name=Ada',
    })
  const answers = await Promise.all([send(), send(), send()])
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409])
  const refused = answers.find(({ status }) => status === 409)
  expect(refused?.headers.get('stripe-should-retry')).toBe('true')
  expect(await refused?.json()).toMatchObject({
    error: { type: 'idempotency_error', code: 'idempotency_key_in_use' },
  })
  expect((await send()).headers.get('idempotent-replayed')).toBe('true')
})

test('a key has at most 255 characters', async () => {
  const { stripe } = await startedSandbox()
  await stripe.customers.create({}, { idempotencyKey: 'k'.repeat(255) })
  expect(await refusal(stripe.customers.create({}, { idempotencyKey: 'k'.repeat(256) }))).toMatchObject({
    status: 400,
    type: 'idempotency_error',
  })
})
