/** Which time a question about usage is about: whole hours or days (UTC) around what was asked for. */
import {
  DEFAULT_GRANULARITY,
  type Granularity,
  granularitySchema,
  usageTimeSchema,
} from '@radist-tech/protocol'
import { HOUR_MS } from './ledger.ts'
import { firstKeptDay, HOUR_DAYS, STAY_DAYS } from './usage-retention.ts'
import { DAY_MS, dayOf } from './usage-spread.ts'

export interface UsageRange {
  granularity: Granularity
  /** Milliseconds since 1970, at the beginning of an hour or day. */
  from: number
  /** The same; the first moment after the range. */
  to: number
}

export type RangeRefusal = 'invalid_granularity' | 'invalid_time_range' | 'usage_not_kept'

/** Query parameters as they came; undefined for one that is not there. */
export interface RangeQuery {
  from: string | undefined
  to: string | undefined
  granularity: string | undefined
}

/** `usual`: how long the range is when nothing says where it begins. In milliseconds. */
const lengths = {
  hour: { unit: HOUR_MS, usual: DAY_MS, longest: 31 * DAY_MS },
  day: { unit: DAY_MS, usual: 30 * DAY_MS, longest: 400 * DAY_MS },
} satisfies Record<Granularity, object>

/** As far as four digits write a year. */
const LAST_TIME = Date.UTC(9999, 0)

/** The range of a question about sums. Without `from` the last 30 days, or by hours the last 24 hours. */
export function usageRange(query: RangeQuery, now: number): UsageRange | RangeRefusal {
  const granularity = granularitySchema.safeParse(query.granularity ?? DEFAULT_GRANULARITY)
  if (!granularity.success) return 'invalid_granularity'
  const range = alignedRange(query, granularity.data, now)
  if (typeof range === 'string' || granularity.data === 'day') return range
  return dayOf(range.from) < firstKeptDay(dayOf(now), HOUR_DAYS) ? 'usage_not_kept' : range
}

/** The range of a question about rooms, in days. */
export function roomUsageRange(
  query: Omit<RangeQuery, 'granularity'>,
  now: number,
): UsageRange | RangeRefusal {
  const range = alignedRange(query, 'day', now)
  if (typeof range === 'string') return range
  return dayOf(range.from) < firstKeptDay(dayOf(now), STAY_DAYS) ? 'usage_not_kept' : range
}

function alignedRange(
  query: Omit<RangeQuery, 'granularity'>,
  granularity: Granularity,
  now: number,
): UsageRange | 'invalid_time_range' {
  const { unit, usual, longest } = lengths[granularity]
  const end = timeOf(query.to) ?? now
  const to = Math.ceil(end / unit) * unit
  const start = timeOf(query.from) ?? to - usual
  const from = Math.floor(start / unit) * unit
  // Comparisons with a time that could not be read are false.
  const isRange = start < end && to - from <= longest && from >= 0 && to <= LAST_TIME
  return isRange ? { granularity, from, to } : 'invalid_time_range'
}

/** Undefined when there is none, NaN when it is none. */
function timeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  return usageTimeSchema.safeParse(text).success ? Date.parse(text) : Number.NaN
}
