import Stripe from 'stripe'
import { expect, test } from 'vitest'
import { meterAndCustomer, meteredPrice, refusal, startedSandbox } from './testing/started-sandbox.ts'

test('a product is created, changed and listed', async () => {
  const { stripe, clock } = await startedSandbox()
  const created = await stripe.products.create({
    id: 'radist',
    name: 'Seconds',
    metadata: { a: '1', b: '2' },
  })
  expect(created).toMatchObject({ id: 'radist', active: true, type: 'service', created: clock.seconds })
  clock.forward(10)
  const updated = await stripe.products.update('radist', {
    active: false,
    description: 'Participant seconds',
    metadata: { a: '' },
  })
  expect(updated).toEqual({
    ...created,
    active: false,
    description: 'Participant seconds',
    metadata: { b: '2' },
    updated: clock.seconds,
  })
  expect(await stripe.products.retrieve('radist')).toEqual(updated)
  expect((await stripe.products.list({ active: true })).data).toEqual([])
  expect((await stripe.products.list({ active: false })).data).toEqual([updated])
  expect(await refusal(stripe.products.create({ id: 'radist', name: 'x' }))).toMatchObject({
    status: 400,
    code: 'resource_already_exists',
  })
  const { data } = await stripe.events.list({ type: 'product.updated' })
  expect(data[0]?.data.previous_attributes).toMatchObject({ active: true, description: null })
})

test('a metered price shows its tiers to who asks for them', async () => {
  const { stripe } = await startedSandbox()
  const { meter } = await meterAndCustomer(stripe)
  const price = await meteredPrice(stripe, meter.id)
  expect(price).toMatchObject({
    billing_scheme: 'tiered',
    tiers_mode: 'graduated',
    unit_amount: null,
    recurring: { interval: 'month', interval_count: 1, usage_type: 'metered', meter: meter.id },
  })
  expect(price.tiers).toBeUndefined()
  const { tiers } = await stripe.prices.retrieve(price.id, { expand: ['tiers', 'product'] })
  expect(JSON.parse(JSON.stringify(tiers))).toEqual([
    { flat_amount: null, flat_amount_decimal: null, unit_amount: 0, unit_amount_decimal: '0', up_to: 1000 },
    {
      flat_amount: null,
      flat_amount_decimal: null,
      unit_amount: null,
      unit_amount_decimal: '0.25',
      up_to: null,
    },
  ])
  const { data } = await stripe.prices.list({ expand: ['data.tiers', 'data.product'] })
  expect(data[0]).toMatchObject({
    tiers: [{}, {}],
    product: { object: 'product', name: 'Participant seconds' },
  })
})

test('prices are found by lookup key, which one price has', async () => {
  const { stripe } = await startedSandbox()
  const make = (parameters: Partial<Stripe.PriceCreateParams> = {}) =>
    stripe.prices.create({
      currency: 'USD',
      unit_amount: 100,
      product_data: { name: 'x' },
      lookup_key: 'k',
      ...parameters,
    })
  const first = await make()
  expect(first.currency).toBe('usd')
  expect(await refusal(make())).toMatchObject({
    param: 'lookup_key',
    message: `A price (\`${first.id}\`) already uses that lookup key.`,
  })
  // What was refused left nothing behind: no product of the second price.
  expect((await stripe.products.list()).data).toHaveLength(1)
  const second = await make({ transfer_lookup_key: true, unit_amount: 200 })
  const { data } = await stripe.prices.list({ lookup_keys: ['k', 'other'] })
  expect(data.map(({ id }) => id)).toEqual([second.id])
  expect((await stripe.prices.retrieve(first.id)).lookup_key).toBeNull()
  const updated = await stripe.prices.update(first.id, {
    active: false,
    nickname: 'old',
    metadata: { a: 'b' },
  })
  expect(updated).toMatchObject({ active: false, nickname: 'old', metadata: { a: 'b' } })
  expect((await stripe.prices.list({ active: true, type: 'one_time' })).data.map(({ id }) => id)).toEqual([
    second.id,
  ])
  expect((await stripe.prices.list({ product: String(first.product) })).data).toHaveLength(1)
})

const tiered = { billing_scheme: 'tiered', tiers_mode: 'volume' } as const
const decimal = Stripe.Decimal.from('0.5')

test.each<[string, Partial<Stripe.PriceCreateParams>, string]>([
  ['no amount', {}, 'unit_amount'],
  ['two amounts', { unit_amount: 1, unit_amount_decimal: decimal }, 'unit_amount'],
  ['a negative amount', { unit_amount: -1 }, 'unit_amount'],
  ['tiers without their scheme', { unit_amount: 1, tiers: [{ up_to: 'inf', unit_amount: 1 }] }, 'tiers'],
  ['no tiers', tiered, 'tiers'],
  ['no mode', { billing_scheme: 'tiered', tiers: [{ up_to: 'inf', unit_amount: 1 }] }, 'tiers_mode'],
  ['a last tier with an end', { ...tiered, tiers: [{ up_to: 5, unit_amount: 1 }] }, 'tiers[0][up_to]'],
  [
    'tiers that fall',
    {
      ...tiered,
      tiers: [
        { up_to: 5, unit_amount: 1 },
        { up_to: 5, unit_amount: 1 },
        { up_to: 'inf', unit_amount: 1 },
      ],
    },
    'tiers[1][up_to]',
  ],
  ['a tier without amounts', { ...tiered, tiers: [{ up_to: 'inf' }] }, 'tiers[0][unit_amount]'],
  [
    'an amount beside tiers',
    { ...tiered, unit_amount: 1, tiers: [{ up_to: 'inf', unit_amount: 1 }] },
    'unit_amount',
  ],
  [
    'a metered price without a meter',
    { unit_amount: 1, recurring: { interval: 'month', usage_type: 'metered' } },
    'recurring[meter]',
  ],
  [
    'an unknown meter',
    { unit_amount: 1, recurring: { interval: 'month', usage_type: 'metered', meter: 'mtr_none' } },
    'recurring[meter]',
  ],
  ['a currency that is none', { unit_amount: 1, currency: 'dollars' }, 'currency'],
  ['an unknown product', { unit_amount: 1, product: 'prod_none' }, 'product'],
])('%s is refused', async (_, parameters, param) => {
  const { stripe } = await startedSandbox()
  const { id } = await stripe.products.create({ name: 'x' })
  const create = stripe.prices.create({ product: id, currency: 'usd', ...parameters })
  expect(await refusal(create)).toMatchObject({ status: 400, param })
})
