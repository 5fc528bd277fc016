import { expect, test } from 'vitest'
import { meterAndCustomer, refusal, startedSandbox } from './testing/started-sandbox.ts'
import { differencesInForm, STRIPE_EXAMPLES } from './testing/stripe-examples.ts'

test('a customer is created, retrieved and changed in Stripe’s form', async () => {
  const { stripe, clock } = await startedSandbox()
  const created = await stripe.customers.create({
    email: 'ada@example.com',
    name: 'Ada',
    description: 'first',
    metadata: { project: 'p1', plan: 'free' },
    address: { city: 'London', country: 'GB' },
    shipping: { name: 'Ada', address: { city: 'Paris' } },
    phone: '+44 1',
    preferred_locales: ['en', 'fr'],
    tax_exempt: 'exempt',
  })
  expect(created).toMatchObject({
    email: 'ada@example.com',
    name: 'Ada',
    description: 'first',
    metadata: { project: 'p1', plan: 'free' },
    address: { city: 'London', country: 'GB', line1: null },
    shipping: { name: 'Ada', phone: null, address: { city: 'Paris', line1: null } },
    phone: '+44 1',
    preferred_locales: ['en', 'fr'],
    tax_exempt: 'exempt',
    created: clock.seconds,
    livemode: false,
  })
  expect(differencesInForm(created, STRIPE_EXAMPLES.customer)).toEqual([])
  expect(await stripe.customers.retrieve(created.id)).toEqual(created)

  const updated = await stripe.customers.update(created.id, {
    name: 'Ada L.',
    description: '',
    address: '',
    metadata: { plan: '', team: 'x' },
  })
  expect(updated).toEqual({
    ...created,
    name: 'Ada L.',
    description: null,
    address: null,
    metadata: { project: 'p1', team: 'x' },
  })
  expect((await stripe.customers.update(created.id, { metadata: '' })).metadata).toEqual({})
})

test('a deleted customer is a tombstone: seen by retrieve, by nothing else', async () => {
  const { stripe } = await startedSandbox()
  const { customer } = await meterAndCustomer(stripe)
  const deleted = await stripe.customers.del(customer.id)
  expect(deleted).toEqual({ id: customer.id, object: 'customer', deleted: true })
  expect(differencesInForm(deleted, STRIPE_EXAMPLES.deletedCustomer)).toEqual([])
  expect(await stripe.customers.retrieve(customer.id)).toEqual(deleted)
  expect((await stripe.customers.list()).data).toEqual([])

  const missing = {
    status: 404,
    type: 'invalid_request_error',
    code: 'resource_missing',
    message: `No such customer: '${customer.id}'`,
    param: 'id',
  }
  expect(await refusal(stripe.customers.update(customer.id, { name: 'x' }))).toEqual(missing)
  expect(await refusal(stripe.customers.del(customer.id))).toEqual(missing)
})

test('an unknown customer is missing', async () => {
  const { stripe } = await startedSandbox()
  expect(await refusal(stripe.customers.retrieve('cus_none'))).toMatchObject({
    status: 404,
    code: 'resource_missing',
    message: "No such customer: 'cus_none'",
  })
})

test('lists go newest first, forwards and backwards, a page at a time', async () => {
  const { stripe } = await startedSandbox()
  const ids: string[] = []
  for (let n = 0; n < 5; n++) ids.unshift((await stripe.customers.create({ name: `n${n}` })).id)

  const first = await stripe.customers.list({ limit: 2 })
  expect(first).toMatchObject({ object: 'list', has_more: true, url: '/v1/customers' })
  expect(first.data.map((c) => c.id)).toEqual(ids.slice(0, 2))

  const rest = await stripe.customers.list({ limit: 3, starting_after: ids[1] ?? '' })
  expect([rest.has_more, rest.data.map((c) => c.id)]).toEqual([false, ids.slice(2)])

  const before = await stripe.customers.list({ limit: 2, ending_before: ids[4] ?? '' })
  expect([before.has_more, before.data.map((c) => c.id)]).toEqual([true, ids.slice(2, 4)])

  const all: string[] = []
  for await (const customer of stripe.customers.list({ limit: 2 })) all.push(customer.id)
  expect(all).toEqual(ids)
})

test('lists are filtered by e-mail address', async () => {
  const { stripe } = await startedSandbox()
  await stripe.customers.create({ email: 'a@example.com' })
  const b = await stripe.customers.create({ email: 'b@example.com' })
  expect((await stripe.customers.list({ email: 'b@example.com' })).data).toEqual([b])
})

test('a page has 1 to 100 items, and starts at one that is there', async () => {
  const { stripe } = await startedSandbox()
  expect((await stripe.customers.list({ limit: 100 })).data).toEqual([])
  for (const limit of [0, 101]) {
    expect(await refusal(stripe.customers.list({ limit }))).toMatchObject({ status: 400, param: 'limit' })
  }
  expect(await refusal(stripe.customers.list({ starting_after: 'cus_none' }))).toMatchObject({
    status: 400,
    code: 'resource_missing',
    param: 'starting_after',
  })
})

test('a parameter the sandbox does not know is refused by its name', async () => {
  const { stripe } = await startedSandbox()
  expect(await refusal(stripe.customers.create({ payment_method: 'pm_1' }))).toMatchObject({
    status: 400,
    code: 'parameter_unknown',
    param: 'payment_method',
    message: 'Received unknown parameter: payment_method',
  })
})

test('metadata keys may be any words, also those of JavaScript', async () => {
  const { stripe } = await startedSandbox()
  const metadata = { constructor: 'a', toString: 'b', hasOwnProperty: 'c' }
  const created = await stripe.customers.create({ metadata })
  expect(created.metadata).toEqual(metadata)
})
