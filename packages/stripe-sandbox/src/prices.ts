/** Prices. Source: docs.stripe.com/api/prices. */
import { Hono } from 'hono'
import { z } from 'zod'
import { type Account, inTransaction, nowInSeconds } from './account.ts'
import type { Interval } from './domain/billing-period.ts'
import { emit } from './events.ts'
import { requireMeter } from './meters.ts'
import { newPriceId } from './object-id.ts'
import { listParameters } from './pagination.ts'
import {
  checkParameters,
  definedOf,
  expand,
  formBoolean,
  formInteger,
  mergedMetadata,
  metadata,
  parseForm,
  parseQuery,
  unsettableText,
} from './parameters.ts'
import { amountParameters, priceAmounts, priceAmountsSchema } from './price-rules.ts'
import { createProduct, PRODUCTS, productDataParameters } from './products.ts'
import {
  allObjects,
  insertObject,
  listObjects,
  type Resource,
  replaceObject,
  requireObject,
} from './stored-objects.ts'
import { StripeError } from './stripe-error.ts'

const PATH = '/v1/prices'

const interval = z.enum(['day', 'week', 'month', 'year'])
const usageType = z.enum(['licensed', 'metered'])
const taxBehavior = z.enum(['exclusive', 'inclusive', 'unspecified'])
const lookupKey = z.string().min(1).max(200)
/** ISO 4217, in lower case. */
const currency = z.string().regex(/^[A-Za-z]{3}$/, { error: 'must be a currency of three letters' })

const changeable = {
  active: formBoolean.optional(),
  expand,
  lookup_key: lookupKey.optional(),
  metadata,
  nickname: unsettableText.optional(),
  tax_behavior: taxBehavior.optional(),
  transfer_lookup_key: formBoolean.default(false),
}

const createParameters = z.strictObject({
  ...amountParameters,
  ...changeable,
  currency: currency.transform((code) => code.toLowerCase()),
  product: z.string().optional(),
  product_data: productDataParameters.optional(),
  recurring: z
    .strictObject({
      interval,
      // Stripe: "Maximum of three years interval allowed (3 years, 36 months, or 156 weeks)."
      interval_count: formInteger.pipe(z.number().min(1).max(1095)).default(1),
      meter: z.string().optional(),
      usage_type: usageType.default('licensed'),
    })
    .optional(),
})

const updateParameters = z.strictObject(changeable)

const listPriceParameters = z.strictObject({
  ...listParameters,
  active: formBoolean.optional(),
  currency: currency.optional(),
  expand,
  lookup_keys: z.array(z.string()).min(1).max(10).optional(),
  product: z.string().optional(),
  recurring: z
    .strictObject({
      interval: interval.optional(),
      meter: z.string().optional(),
      usage_type: usageType.optional(),
    })
    .optional(),
  type: z.enum(['one_time', 'recurring']).optional(),
})

const priceSchema = z.object({
  ...priceAmountsSchema.shape,
  id: z.string(),
  active: z.boolean(),
  created: z.number(),
  currency: z.string(),
  lookup_key: z.string().nullable(),
  metadata: z.record(z.string(), z.string()),
  nickname: z.string().nullable(),
  product: z.string(),
  recurring: z
    .object({
      interval,
      interval_count: z.number(),
      meter: z.string().nullable(),
      usage_type: usageType,
    })
    .nullable(),
  tax_behavior: taxBehavior,
  type: z.enum(['one_time', 'recurring']),
})

export type Price = z.infer<typeof priceSchema>
export type RecurringPrice = Price & { recurring: NonNullable<Price['recurring']> }

export const PRICES: Resource<Price> = { table: 'prices', kind: 'price', schema: priceSchema }

export function priceRoutes(account: Account): Hono {
  const routes = new Hono()

  routes.post(PATH, async (c) => {
    const parameters = checkParameters(createParameters, parseForm(await c.req.text()))
    return c.json(presentPrice(createPrice(account, parameters)))
  })

  routes.get(PATH, (c) => {
    const parameters = checkParameters(listPriceParameters, parseQuery(c.req.url))
    const { active, currency, lookup_keys, product, recurring, type, ...page } = parameters
    const filter = {
      active: active === undefined ? undefined : Number(active),
      currency: currency?.toLowerCase(),
      lookup_key: lookup_keys,
      product,
      type,
      'recurring.interval': recurring?.interval,
      'recurring.meter': recurring?.meter,
      'recurring.usage_type': recurring?.usage_type,
    }
    return c.json(listObjects(account, PRICES, page, PATH, filter, presentPrice))
  })

  routes.get(`${PATH}/:id`, (c) => c.json(presentPrice(requireObject(account, PRICES, c.req.param('id')))))

  routes.post(`${PATH}/:id`, async (c) => {
    const parameters = checkParameters(updateParameters, parseForm(await c.req.text()))
    const { metadata: given, transfer_lookup_key, ...rest } = parameters
    const before = requireObject(account, PRICES, c.req.param('id'))
    const price = inTransaction(account, () => {
      if (rest.lookup_key) takeLookupKey(account, rest.lookup_key, transfer_lookup_key, before.id)
      const changed = replaceObject(
        account,
        PRICES,
        priceSchema.parse({
          ...before,
          ...definedOf(rest),
          metadata: mergedMetadata(before.metadata, given),
        }),
      )
      emit(account, 'price.updated', presentPrice(changed), { before: presentPrice(before) })
      return changed
    })
    return c.json(presentPrice(price))
  })

  return routes
}

function createPrice(account: Account, parameters: z.output<typeof createParameters>): Price {
  const { metadata: given, product, product_data, recurring, transfer_lookup_key } = parameters
  const amounts = priceAmounts(parameters)
  if ((product === undefined) === (product_data === undefined)) {
    throw new StripeError({
      status: 400,
      message: 'You must specify either `product` or `product_data`, and not both.',
      param: 'product',
    })
  }
  checkMeter(account, recurring)
  return inTransaction(account, () => {
    const { id: productId } = product_data
      ? createProduct(account, product_data)
      : requireObject(account, PRODUCTS, product ?? '', 'product')
    if (parameters.lookup_key) takeLookupKey(account, parameters.lookup_key, transfer_lookup_key)
    const price = insertObject(account, PRICES, {
      ...amounts,
      id: newPriceId(),
      active: parameters.active ?? true,
      created: nowInSeconds(account),
      currency: parameters.currency,
      lookup_key: parameters.lookup_key ?? null,
      metadata: mergedMetadata({}, given),
      nickname: parameters.nickname ?? null,
      product: productId,
      recurring: recurring ? { ...recurring, meter: recurring.meter ?? null } : null,
      tax_behavior: parameters.tax_behavior ?? 'unspecified',
      type: recurring ? 'recurring' : 'one_time',
    })
    emit(account, 'price.created', presentPrice(price))
    return price
  })
}

/** Since version 2025-03-31 of the API a metered price is always that of a meter. */
function checkMeter(account: Account, recurring: z.output<typeof createParameters>['recurring']): void {
  if (!recurring) return
  const param = 'recurring[meter]'
  if (recurring.usage_type === 'licensed') {
    if (recurring.meter === undefined) return
    throw new StripeError({ status: 400, message: 'Only a metered price can have a meter.', param })
  }
  if (recurring.meter === undefined) {
    throw new StripeError({
      status: 400,
      code: 'parameter_missing',
      message: 'A price with usage_type=metered must have a meter.',
      param,
    })
  }
  if (requireMeter(account, recurring.meter, param).status === 'active') return
  throw new StripeError({ status: 400, message: `The meter ${recurring.meter} is not active.`, param })
}

/** A lookup key names one price; another that has it gives it up, if that is asked for. */
function takeLookupKey(account: Account, key: string, transfer: boolean, id?: string): void {
  const owner = allObjects(account, PRICES, { lookup_key: key }).find((price) => price.id !== id)
  if (!owner) return
  if (!transfer) {
    throw new StripeError({
      status: 400,
      message: `A price (\`${owner.id}\`) already uses that lookup key.`,
      param: 'lookup_key',
    })
  }
  const changed = replaceObject(account, PRICES, { ...owner, lookup_key: null })
  emit(account, 'price.updated', presentPrice(changed), { before: presentPrice(owner) })
}

/**
 * The price of an item of a subscription.
 *
 * @throws StripeError when there is none, or it is inactive or for buying once.
 */
export function requireRecurringPrice(account: Account, id: string, param: string): RecurringPrice {
  const price = requireObject(account, PRICES, id, param)
  const { recurring } = price
  if (!recurring) {
    throw new StripeError({
      status: 400,
      message: `The price specified is set to \`type=one_time\` but this field only accepts prices with \`type=recurring\`.`,
      param,
    })
  }
  if (!price.active) {
    throw new StripeError({
      status: 400,
      message: 'The price specified is inactive. This field only accepts active prices.',
      param,
    })
  }
  return { ...price, recurring }
}

export function intervalOf({ recurring }: RecurringPrice): Interval {
  return { unit: recurring.interval, count: recurring.interval_count }
}

/** Stripe leaves the tiers out unless they are asked for, which `expansion.ts` does. */
export function presentPrice({ tiers: _, ...price }: Price): object {
  return {
    ...price,
    object: 'price',
    custom_unit_amount: null,
    livemode: false,
    recurring: price.recurring && { ...price.recurring, trial_period_days: null },
    transform_quantity: null,
  }
}

/** The price in the form that came before prices, which subscription items still have. */
export function presentPlan(price: RecurringPrice): object {
  const { recurring } = price
  return {
    id: price.id,
    object: 'plan',
    active: price.active,
    amount: price.unit_amount,
    amount_decimal: price.unit_amount_decimal,
    billing_scheme: price.billing_scheme,
    created: price.created,
    currency: price.currency,
    interval: recurring.interval,
    interval_count: recurring.interval_count,
    livemode: false,
    metadata: price.metadata,
    meter: recurring.meter,
    nickname: price.nickname,
    product: price.product,
    tiers_mode: price.tiers_mode,
    transform_usage: null,
    trial_period_days: null,
    usage_type: recurring.usage_type,
  }
}
