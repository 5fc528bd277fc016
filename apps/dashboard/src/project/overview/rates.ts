/** Of so many, so many failed: as people read it. */

const percent = new Intl.NumberFormat('en-GB', { style: 'percent', maximumFractionDigits: 1 })

/**
 * `1.5%`; `0%` only if none failed, `100%` only if all did; a dash while there is nothing to compare with.
 * @param part 0 to `whole`
 */
export function rate(part: number, whole: number): string {
  if (whole === 0) return '–'
  if (part > 0 && part / whole < 0.001) return '<0.1%'
  if (part < whole && part / whole > 0.999) return '>99.9%'
  return percent.format(part / whole)
}
