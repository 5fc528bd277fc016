import { METER_EVENT_NAME } from '@radist-tech/protocol'
import { type Sandbox, startSandbox } from '@radist-tech/stripe-sandbox'
import type Stripe from 'stripe'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { connectToStripe, prepareBilling, prepareWebhooks } from './prepare.ts'
import { readPriceTerms } from './terms.ts'

const URL_OF_WORKER = 'http://127.0.0.1:9/api/v1/stripe/webhooks'
let sandbox: Sandbox
let stripe: Stripe

beforeEach(async () => {
  sandbox = await startSandbox({ host: '127.0.0.1', port: 0, dataFile: ':memory:' })
  stripe = connectToStripe({ secretKey: 'sk_test_setup', apiBaseUrl: `http://127.0.0.1:${sandbox.port}` })
})
afterEach(() => sandbox.close())

const priceOf = async (lookupKey: string) => {
  const { data } = await stripe.prices.list({
    lookup_keys: [lookupKey],
    active: true,
    expand: ['data.tiers', 'data.product'],
  })
  return data
}

it('makes meter, product and price on the given terms', async () => {
  const made = await prepareBilling(
    stripe,
    readPriceTerms({ RADIST_PRICE_PER_1000_SECONDS: '4,9000000:2.5' }),
  )
  expect(made.map(({ what, made: isNew }) => [what, isNew])).toEqual([
    ['meter', true],
    ['product', true],
    ['price', true],
  ])
  const [price, ...others] = await priceOf(METER_EVENT_NAME)
  expect(others).toEqual([])
  expect(price).toMatchObject({
    id: made[2]?.id,
    currency: 'usd',
    billing_scheme: 'tiered',
    tiers_mode: 'graduated',
    recurring: { interval: 'month', usage_type: 'metered', meter: made[0]?.id },
  })
  expect(price?.tiers?.map((tier) => [tier.up_to, String(tier.unit_amount_decimal)])).toEqual([
    [600_000, '0'],
    [9_000_000, '0.004'],
    [null, '0.0025'],
  ])
  const meter = await stripe.billing.meters.retrieve(made[0]?.id ?? '')
  expect(meter).toMatchObject({ event_name: METER_EVENT_NAME, default_aggregation: { formula: 'sum' } })
})

it('finds at the second time what it made at the first', async () => {
  const first = await prepareBilling(stripe, readPriceTerms({}))
  const second = await prepareBilling(stripe, readPriceTerms({}))
  expect(second).toEqual(first.map((one) => ({ ...one, made: false })))
})

it('other terms are another price, which takes over the lookup key', async () => {
  const [, product, before] = await prepareBilling(stripe, readPriceTerms({}))
  const dearer = readPriceTerms({ RADIST_PRICE_PER_1000_SECONDS: '5' })
  const [, sameProduct, after] = await prepareBilling(stripe, dearer)
  expect(sameProduct).toEqual({ ...product, made: false })
  expect(after?.made).toBe(true)
  expect((await priceOf(METER_EVENT_NAME)).map(({ id }) => id)).toEqual([after?.id])
  // Subscriptions on the old price go on with it.
  expect(await stripe.prices.retrieve(before?.id ?? '')).toMatchObject({ active: true, lookup_key: null })
})

it('makes one webhook endpoint for an address, and tells its secret once', async () => {
  const first = await prepareWebhooks(stripe, URL_OF_WORKER)
  expect(first).toMatchObject({ endpoint: { made: true }, secret: expect.stringMatching(/^whsec_\w{16,}$/) })
  await stripe.webhookEndpoints.update(first.endpoint.id, {
    enabled_events: ['invoice.paid'],
    disabled: true,
  })
  expect(await prepareWebhooks(stripe, URL_OF_WORKER)).toEqual({
    endpoint: { ...first.endpoint, made: false },
    secret: null,
  })
  const { status, enabled_events } = await stripe.webhookEndpoints.retrieve(first.endpoint.id)
  expect(status).toBe('enabled')
  expect(enabled_events).toContain('customer.subscription.updated')
})
