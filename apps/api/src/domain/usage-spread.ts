/**
 * To which hours a record's seconds belong.
 *
 * A record may cover hours or days. Its seconds are spread evenly over the time from its start to its
 * end, in whole seconds, so that none is lost or counted twice and each day has its own. Times are those
 * of the host's clock, which may be wrong: then they decide when seconds count, never how many.
 */
import { HOUR_MS, hourOf } from './ledger.ts'

export const DAY_MS = 24 * HOUR_MS

/** The day (UTC) in which a time lies, as the count of days since 1970. */
export const dayOf = (time: number): number => Math.floor(time / DAY_MS)

export const dayOfHour = (hour: number): number => Math.floor(hour / 24)

/** A record of at most 86,400 s that claims a longer time has met a clock that was set. */
const LONGEST_MS = 2 * DAY_MS

/** Seconds of a record. Times are milliseconds since 1970. */
export interface SpentTime {
  seconds: number
  startedAt: number
  endedAt: number
}

/** Seconds of one hour, which is counted since 1970. */
export interface HourShare {
  hour: number
  seconds: number
}

/**
 * The record's seconds by hours, oldest first; they add up to its own. One that ends after `now` counts
 * as if it ended now; one whose times cannot be right, as if its seconds had passed just before its end.
 */
export function spreadOverHours({ seconds, startedAt, endedAt }: SpentTime, now: number): HourShare[] {
  const length = endedAt - startedAt
  const span = length > 0 && length <= LONGEST_MS ? length : seconds * 1000
  const end = Math.min(endedAt, now)
  const start = end - span
  const shares: HourShare[] = []
  let given = 0
  // An end on the full hour has no part in the hour that begins there.
  for (let hour = hourOf(start); hour <= hourOf(end - 1); hour += 1) {
    const until = Math.min(end, (hour + 1) * HOUR_MS)
    const upTo = Math.floor((seconds * (until - start)) / span)
    if (upTo > given) shares.push({ hour, seconds: upTo - given })
    given = upTo
  }
  return shares
}
