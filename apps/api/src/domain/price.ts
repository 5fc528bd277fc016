/**
 * What a quantity costs by a price of Stripe's, exact: no amount is ever a floating-point number
 * (docs.stripe.com/products-prices/pricing-models).
 */
import { z } from 'zod'

/** Stripe's decimal amounts have up to 12 places of the currency's smallest unit (docs.stripe.com/api/prices). */
const DECIMAL_PLACES = 12
const ONE = 10n ** BigInt(DECIMAL_PLACES)

/** 10⁻¹² of a currency's smallest unit. */
export type Amount = bigint

/** A decimal amount of the smallest unit, 0 or more, such as `0.05`. */
const amountSchema = z
  .string()
  .regex(/^\d{1,15}(\.\d{1,12})?$/)
  .transform((text): Amount => {
    const [whole = '0', fraction = ''] = text.split('.')
    return BigInt(whole + fraction.padEnd(DECIMAL_PLACES, '0'))
  })

/** The SDK gives decimals as objects, Stripe's JSON as text: both say themselves as text. */
const decimalText = z.unknown().transform((value) => String(value))
const amount = decimalText.pipe(amountSchema)
const noAmount = z.null().transform((): Amount => 0n)

const tierSchema = z.object({
  /** The last unit that is of this tier; null of the last tier. */
  up_to: z.int().nullable(),
  unit_amount_decimal: z.union([noAmount, amount]),
  flat_amount_decimal: z.union([noAmount, amount]),
})

/** What a price says of its amounts, as Stripe writes it; `tiers` are there only when asked for. */
export const priceSchema = z.discriminatedUnion('billing_scheme', [
  z.object({
    billing_scheme: z.literal('per_unit'),
    currency: z.string(),
    unit_amount_decimal: amount,
    transform_quantity: z.object({ divide_by: z.int().min(1), round: z.enum(['up', 'down']) }).nullable(),
  }),
  z.object({
    billing_scheme: z.literal('tiered'),
    currency: z.string(),
    tiers_mode: z.enum(['graduated', 'volume']),
    tiers: z.array(tierSchema).min(1),
  }),
])
export type Price = z.infer<typeof priceSchema>
type Tier = z.infer<typeof tierSchema>

/** Before rounding. @param quantity whole units, 0 or more */
export function costOf(price: Price, quantity: bigint): Amount {
  if (price.billing_scheme === 'per_unit')
    return price.unit_amount_decimal * transformed(price.transform_quantity, quantity)
  switch (price.tiers_mode) {
    case 'graduated':
      return graduated(price.tiers, quantity)
    case 'volume':
      return volume(price.tiers, quantity)
  }
}

/** In the currency's own unit, rounded to what can be charged, halves up: `12.34`. */
export function chargedText(amount: Amount, currency: string): string {
  const smallest = (amount + ONE / 2n) / ONE
  const places = placesOf(currency)
  if (places === 0) return String(smallest)
  const digits = String(smallest).padStart(places + 1, '0')
  return `${digits.slice(0, -places)}.${digits.slice(-places)}`
}

/** Each unit costs what its own tier says; flat fees of all tiers that are begun. The first always is. */
function graduated(tiers: readonly Tier[], quantity: bigint): Amount {
  let below = 0n
  let cost = 0n
  for (const tier of tiers) {
    const end = tier.up_to === null || BigInt(tier.up_to) > quantity ? quantity : BigInt(tier.up_to)
    cost += tier.flat_amount_decimal + (end - below) * tier.unit_amount_decimal
    below = end
    if (end === quantity) break
  }
  return cost
}

/** All units cost what the tier of the last one says. */
function volume(tiers: readonly Tier[], quantity: bigint): Amount {
  const tier = tiers.find(({ up_to }) => up_to === null || quantity <= BigInt(up_to))
  return tier ? tier.flat_amount_decimal + quantity * tier.unit_amount_decimal : 0n
}

function transformed(by: { divide_by: number; round: 'up' | 'down' } | null, quantity: bigint): bigint {
  if (by === null) return quantity
  const divisor = BigInt(by.divide_by)
  const rest = by.round === 'up' ? divisor - 1n : 0n
  return (quantity + rest) / divisor
}

/** Currencies whose smallest unit is not a hundredth (docs.stripe.com/currencies#zero-decimal and #three-decimal). */
const WITHOUT_PLACES = 'bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf'.split(' ')
const WITH_THREE = 'bhd jod kwd omr tnd'.split(' ')

function placesOf(currency: string): number {
  if (WITHOUT_PLACES.includes(currency)) return 0
  return WITH_THREE.includes(currency) ? 3 : 2
}

/** Of what Stripe has counted in a smallest unit, such as an invoice's total, which may be negative: `-12.34`. */
export const unitsText = (smallest: number, currency: string): string =>
  `${smallest < 0 ? '-' : ''}${chargedText(BigInt(Math.abs(smallest)) * ONE, currency)}`
