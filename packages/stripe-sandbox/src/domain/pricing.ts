/** What a quantity costs. Source: docs.stripe.com/products-prices/pricing-models#tiered-pricing. */
import type { Amount } from './money.ts'

export interface Tier {
  /** The last unit that is of this tier; null of the last tier, which has no end. */
  upTo: bigint | null
  unitAmount: Amount
  /** Charged once when the tier is used. */
  flatAmount: Amount
}

export type Pricing =
  | { scheme: 'per_unit'; unitAmount: Amount }
  /** Tiers in rising order, the last without an end. */
  | { scheme: 'tiered'; mode: 'graduated' | 'volume'; tiers: readonly Tier[] }

/** One line of an invoice, before rounding. */
export interface Charge {
  /** Counted from 1; null where the price has no tiers. */
  tier: number | null
  kind: 'units' | 'flat'
  quantity: bigint
  unitAmount: Amount
  amount: Amount
}

/**
 * What makes up the cost, a charge for each tier's units and for each of its flat fees.
 *
 * - `graduated`: each unit costs what its own tier says.
 * - `volume`: every unit costs what the tier of the last one says.
 *
 * The first tier is in use even of a quantity of 0: its flat fee is a basic fee.
 */
export function charges(pricing: Pricing, quantity: bigint): Charge[] {
  if (pricing.scheme === 'per_unit') {
    return [unitsOf(null, quantity, pricing.unitAmount)]
  }
  return pricing.mode === 'graduated' ? graduated(pricing.tiers, quantity) : volume(pricing.tiers, quantity)
}

function graduated(tiers: readonly Tier[], quantity: bigint): Charge[] {
  let below = 0n
  const parts: Charge[] = []
  for (const [index, tier] of tiers.entries()) {
    const end = tier.upTo === null || tier.upTo > quantity ? quantity : tier.upTo
    parts.push(...chargesOf(tier, index + 1, end - below))
    below = end
    if (end === quantity) break
  }
  return parts
}

function volume(tiers: readonly Tier[], quantity: bigint): Charge[] {
  const index = tiers.findIndex(({ upTo }) => upTo === null || quantity <= upTo)
  const tier = tiers[index]
  return tier ? chargesOf(tier, index + 1, quantity) : []
}

function chargesOf(tier: Tier, number: number, quantity: bigint): Charge[] {
  const units = unitsOf(number, quantity, tier.unitAmount)
  if (tier.flatAmount === 0n) return [units]
  const flat: Charge = {
    tier: number,
    kind: 'flat',
    quantity: 1n,
    unitAmount: tier.flatAmount,
    amount: tier.flatAmount,
  }
  return [units, flat]
}

function unitsOf(tier: number | null, quantity: bigint, unitAmount: Amount): Charge {
  return { tier, kind: 'units', quantity, unitAmount, amount: quantity * unitAmount }
}
