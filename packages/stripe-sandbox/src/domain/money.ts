/**
 * Amounts of money, exact. Stripe's prices have up to 12 decimal places of the currency's minor unit
 * (docs.stripe.com/api/prices, `unit_amount_decimal`), so they are counted here in 10⁻¹² of it.
 */

/** 10⁻¹² of a currency's minor unit, such as the cent. */
export type Amount = bigint

const DECIMAL_PLACES = 12
const MINOR_UNIT = 10n ** BigInt(DECIMAL_PLACES)

/** What {@link parseAmount} reads: minor units, 0 or more, with at most 12 decimal places. */
export const AMOUNT_PATTERN = /^\d{1,12}(\.\d{1,12})?$/

/** @param text As {@link AMOUNT_PATTERN} says. */
export function parseAmount(text: string): Amount {
  const [whole = '0', fraction = ''] = text.split('.')
  return BigInt(whole + fraction.padEnd(DECIMAL_PLACES, '0'))
}

/** In minor units, without zeros at the end: `0.05`. */
export function formatAmount(amount: Amount): string {
  const fraction = (amount % MINOR_UNIT).toString().padStart(DECIMAL_PLACES, '0').replace(/0+$/, '')
  return `${amount / MINOR_UNIT}${fraction && `.${fraction}`}`
}

/** Whole minor units, or null of an amount that is none, as Stripe shows `unit_amount`. */
export function wholeMinorUnits(amount: Amount): number | null {
  return amount % MINOR_UNIT === 0n ? Number(amount / MINOR_UNIT) : null
}

/** What is charged of an amount: the nearest whole minor unit, halves up. Exact up to 2⁵³ of them. */
export function roundedToMinorUnit(amount: Amount): number {
  return Number((amount + MINOR_UNIT / 2n) / MINOR_UNIT)
}
