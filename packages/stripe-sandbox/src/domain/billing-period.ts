/** When billing periods begin. Source: docs.stripe.com/billing/subscriptions/billing-cycle. All in UTC. */

const DAY_SECONDS = 24 * 60 * 60

export interface Interval {
  unit: 'day' | 'week' | 'month' | 'year'
  count: number
}

/**
 * The first boundary of a period after a moment. Boundaries are the anchor and every whole interval
 * from it; one that its month does not have is the month's last day, and later ones go by the anchor's
 * day again.
 *
 * @param anchor Seconds since the Unix epoch, as all times here.
 */
export function nextBoundary(anchor: number, interval: Interval, after: number): number {
  // An estimate that is never too late, as no interval is longer than this; then step by step.
  let n = Math.floor((after - anchor) / longest(interval)) - 1
  while (boundary(anchor, interval, n) <= after) n += 1
  while (boundary(anchor, interval, n - 1) > after) n -= 1
  return boundary(anchor, interval, n)
}

function boundary(anchor: number, { unit, count }: Interval, n: number): number {
  switch (unit) {
    case 'day':
      return anchor + n * count * DAY_SECONDS
    case 'week':
      return anchor + n * count * 7 * DAY_SECONDS
    case 'month':
      return addMonths(anchor, n * count)
    case 'year':
      return addMonths(anchor, n * count * 12)
    default:
      return unit satisfies never
  }
}

function longest({ unit, count }: Interval): number {
  const days = { day: 1, week: 7, month: 31, year: 366 }
  return days[unit] * count * DAY_SECONDS
}

function addMonths(anchor: number, months: number): number {
  const date = new Date(anchor * 1000)
  const day = date.getUTCDate()
  date.setUTCDate(1)
  date.setUTCMonth(date.getUTCMonth() + months)
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()
  date.setUTCDate(Math.min(day, lastDay))
  return date.getTime() / 1000
}
