/** What Stripe requires of a price's amounts and tiers: pure rules. Source: docs.stripe.com/api/prices/create. */
import { z } from 'zod'
import { AMOUNT_PATTERN, formatAmount, parseAmount, wholeMinorUnits } from './domain/money.ts'
import type { Pricing } from './domain/pricing.ts'
import { formInteger } from './parameters.ts'
import { StripeError } from './stripe-error.ts'

const wholeAmount = formInteger.pipe(z.number().min(0).max(999_999_999_999))
const decimalAmount = z
  .string()
  .regex(AMOUNT_PATTERN, { error: (issue) => `Invalid decimal: ${String(issue.input)}` })

export const amountParameters = {
  billing_scheme: z.enum(['per_unit', 'tiered']).default('per_unit'),
  tiers: z
    .array(
      z.strictObject({
        flat_amount: wholeAmount.optional(),
        flat_amount_decimal: decimalAmount.optional(),
        unit_amount: wholeAmount.optional(),
        unit_amount_decimal: decimalAmount.optional(),
        up_to: z.union([z.literal('inf'), formInteger.pipe(z.number().min(1))]),
      }),
    )
    .min(1)
    .max(100)
    .optional(),
  tiers_mode: z.enum(['graduated', 'volume']).optional(),
  unit_amount: wholeAmount.optional(),
  unit_amount_decimal: decimalAmount.optional(),
}

const givenAmounts = z.object(amountParameters)
type GivenAmounts = z.output<typeof givenAmounts>

const tierSchema = z.object({
  flat_amount: z.number().nullable(),
  flat_amount_decimal: z.string().nullable(),
  unit_amount: z.number().nullable(),
  unit_amount_decimal: z.string().nullable(),
  up_to: z.number().nullable(),
})

/** The part of a price that says what it costs, as Stripe shows it; `tiers` only when asked for. */
export const priceAmountsSchema = z.object({
  billing_scheme: z.enum(['per_unit', 'tiered']),
  tiers: z.array(tierSchema).nullable(),
  tiers_mode: z.enum(['graduated', 'volume']).nullable(),
  unit_amount: z.number().nullable(),
  unit_amount_decimal: z.string().nullable(),
})

export type PriceAmounts = z.infer<typeof priceAmountsSchema>

/** @throws StripeError that names the parameter at fault. */
export function priceAmounts(given: GivenAmounts): PriceAmounts {
  const { billing_scheme, tiers, tiers_mode } = given
  if (billing_scheme === 'per_unit') {
    if (tiers) throw invalid('tiers', 'tiers can only be set when billing_scheme is tiered.')
    if (tiers_mode) throw invalid('tiers_mode', 'tiers_mode can only be set when billing_scheme is tiered.')
    const unit = oneAmount(given.unit_amount, given.unit_amount_decimal, 'unit_amount')
    if (unit.decimal === null) {
      throw missing('unit_amount', 'One of unit_amount or unit_amount_decimal is required.')
    }
    return {
      billing_scheme,
      tiers: null,
      tiers_mode: null,
      unit_amount: unit.whole,
      unit_amount_decimal: unit.decimal,
    }
  }
  if (given.unit_amount !== undefined || given.unit_amount_decimal !== undefined) {
    throw invalid('unit_amount', 'unit_amount cannot be set when billing_scheme is tiered.')
  }
  if (!tiers) throw missing('tiers', 'tiers are required when billing_scheme is tiered.')
  if (!tiers_mode) throw missing('tiers_mode', 'tiers_mode is required when billing_scheme is tiered.')
  return {
    billing_scheme,
    tiers: checkedTiers(tiers),
    tiers_mode,
    unit_amount: null,
    unit_amount_decimal: null,
  }
}

function checkedTiers(tiers: NonNullable<GivenAmounts['tiers']>): PriceAmounts['tiers'] {
  let end = 0
  return tiers.map((tier, index) => {
    const isLast = index === tiers.length - 1
    if ((tier.up_to === 'inf') !== isLast) {
      throw invalid(`tiers[${index}][up_to]`, 'The last tier, and no other, must have `inf` as its up_to.')
    }
    if (tier.up_to !== 'inf') {
      if (tier.up_to <= end) {
        throw invalid(`tiers[${index}][up_to]`, 'Each tier must end after the one before it.')
      }
      end = tier.up_to
    }
    const unit = oneAmount(tier.unit_amount, tier.unit_amount_decimal, `tiers[${index}][unit_amount]`)
    const flat = oneAmount(tier.flat_amount, tier.flat_amount_decimal, `tiers[${index}][flat_amount]`)
    if (unit.decimal === null && flat.decimal === null) {
      throw missing(`tiers[${index}][unit_amount]`, 'Each tier must have a unit amount or a flat amount.')
    }
    return {
      flat_amount: flat.whole,
      flat_amount_decimal: flat.decimal,
      unit_amount: unit.whole,
      unit_amount_decimal: unit.decimal,
      up_to: tier.up_to === 'inf' ? null : tier.up_to,
    }
  })
}

/** An amount as a whole number and as a decimal, of which one at most was given. */
function oneAmount(
  whole: number | undefined,
  decimal: string | undefined,
  param: string,
): { whole: number | null; decimal: string | null } {
  if (whole !== undefined && decimal !== undefined) {
    throw invalid(param, 'Only one of an amount and its decimal form can be set.')
  }
  const text = decimal ?? (whole === undefined ? undefined : String(whole))
  if (text === undefined) return { whole: null, decimal: null }
  const amount = parseAmount(text)
  return { whole: wholeMinorUnits(amount), decimal: formatAmount(amount) }
}

/** How the price's amounts make up a cost. */
export function pricingOf(amounts: PriceAmounts): Pricing {
  const { tiers, tiers_mode, unit_amount_decimal } = amounts
  if (!tiers || !tiers_mode) {
    return { scheme: 'per_unit', unitAmount: parseAmount(unit_amount_decimal ?? '0') }
  }
  return {
    scheme: 'tiered',
    mode: tiers_mode,
    tiers: tiers.map((tier) => ({
      upTo: tier.up_to === null ? null : BigInt(tier.up_to),
      unitAmount: parseAmount(tier.unit_amount_decimal ?? '0'),
      flatAmount: parseAmount(tier.flat_amount_decimal ?? '0'),
    })),
  }
}

function invalid(param: string, message: string): StripeError {
  return new StripeError({ status: 400, message, param })
}

function missing(param: string, message: string): StripeError {
  return new StripeError({ status: 400, code: 'parameter_missing', message, param })
}
