/** What participants' time costs, from the environment: the tiers of Stripe's price. */
import { METER_EVENT_NAME } from '@radist-tech/protocol'
import { z } from 'zod'
import { freeSecondsSchema, priceLookupKeySchema } from '../../apps/api/src/billing-config.ts'
import { SetupFailure } from '../setup/failure.ts'

/** A part of a month's usage, and the price of each second in it. */
export interface Tier {
  /** Its last second, counted from the month's first; `inf` of the last tier. */
  readonly upTo: number | 'inf'
  /** In the currency's smallest unit; a decimal, as Stripe takes it: at most 12 decimal places. */
  readonly perSecond: string
}

export interface PriceTerms {
  readonly lookupKey: string
  /** ISO 4217, in lower case. */
  readonly currency: string
  readonly tiers: readonly Tier[]
}

/** 1,000 seconds have three decimal places less to say than one. */
const PRICE = /^\d{1,9}(\.\d{1,9})?$/
const MOST_SECONDS = 1_000_000_000_000

const laterPrice = z
  .string()
  .regex(/^\d{1,13}:\d{1,9}(\.\d{1,9})?$/, 'is not of the form seconds:price')
  .transform((text) => {
    const [from = '', price = ''] = text.split(':')
    return { from: Number(from), price }
  })
  .refine(({ from }) => from <= MOST_SECONDS, `begins after ${MOST_SECONDS} seconds`)

/** `4`, or `4,10000000:3,100000000:2.5`: another price from so many seconds a month on. */
const pricesSchema = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim()))
  .pipe(z.tuple([z.string().regex(PRICE, 'is no price such as 4 or 0.25')], laterPrice))
  .transform(([first, ...later]) => ({ first, later }))

const variablesSchema = z.object({
  RADIST_FREE_SECONDS_PER_MONTH: freeSecondsSchema.default(600_000),
  RADIST_PRICE_PER_1000_SECONDS: pricesSchema.prefault('4'),
  RADIST_CURRENCY: z
    .string()
    .regex(/^[a-z]{3}$/, 'is no currency such as usd')
    .default('usd'),
  STRIPE_PRICE_LOOKUP_KEY: priceLookupKeySchema.default(METER_EVENT_NAME),
})

/** Throws a {@link SetupFailure} that names the wrong variable. */
export function readPriceTerms(environment: Readonly<Record<string, string | undefined>>): PriceTerms {
  const parsed = variablesSchema.safeParse(environment)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new SetupFailure(`${String(issue?.path[0])}: ${issue?.message}`)
  }
  const { RADIST_FREE_SECONDS_PER_MONTH: free, RADIST_PRICE_PER_1000_SECONDS: prices } = parsed.data
  const paid = [{ from: free, price: prices.first }, ...prices.later]
  if (paid.some(({ from }, index) => index > 0 && from <= (paid[index - 1]?.from ?? 0)))
    throw new SetupFailure(
      'RADIST_PRICE_PER_1000_SECONDS: its prices must begin one after the other, after the free seconds',
    )
  return {
    lookupKey: parsed.data.STRIPE_PRICE_LOOKUP_KEY,
    currency: parsed.data.RADIST_CURRENCY,
    tiers: [
      // Stripe has no tier that ends at 0.
      ...(free > 0 ? [{ upTo: free, perSecond: '0' }] : []),
      ...paid.map(({ price }, index) => ({
        upTo: paid[index + 1]?.from ?? ('inf' as const),
        perSecond: thousandth(price),
      })),
    ],
  }
}

/** Exactly: the decimal point moves, and nothing is rounded. */
export function thousandth(decimal: string): string {
  const [whole = '', fraction = ''] = decimal.split('.')
  const digits = whole.padStart(4, '0')
  const text = `${digits.slice(0, -3)}.${digits.slice(-3)}${fraction}`
  return text
    .replace(/0+$/, '')
    .replace(/\.$/, '')
    .replace(/^0+(?=\d)/, '')
}
