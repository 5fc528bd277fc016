/** Amounts as people read them. */

/** `€12.34`, `$0.000012`: with as many decimals as it takes to show that it is not nothing. */
export function money(amount: string, currency: string): string {
  const value = Number(amount)
  const small = value !== 0 && Math.abs(value) < 0.01
  return new Intl.NumberFormat('en-GB', {
    style: 'currency',
    currency: currency.toUpperCase(),
    ...(small && { minimumSignificantDigits: 1, maximumSignificantDigits: 2 }),
  }).format(value)
}
