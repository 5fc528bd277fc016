/**
 * A project's monthly limit in participant seconds: when its people are told, and when no room is made
 * any more. Months are those of the calendar, in UTC. What is open is never touched.
 */
import type { UsageBudget } from '@radist-tech/protocol'
import type { ConnectionKind } from './connections.ts'

/** Shares of the limit at which its people are told, in per cent, rising. */
export const THRESHOLDS = [80, 100] as const

/** The seconds at which a threshold is reached. */
export const secondsAt = (percent: number, limitSeconds: number): number =>
  Math.ceil((limitSeconds * percent) / 100)

/** The highest threshold that these seconds of a month reach; 0 for none, and without a limit. */
export function highestReached(seconds: number, { monthlyLimitSeconds: limit }: UsageBudget): number {
  if (limit === null) return 0
  return THRESHOLDS.findLast((percent) => seconds >= secondsAt(percent, limit)) ?? 0
}

/**
 * What is to be told when the highest threshold of a month goes from one to another: each in between,
 * once. Since seconds only grow, it falls by nothing but a changed limit; then what it fell below is told
 * again when it is reached again.
 */
export const newlyReached = (before: number, after: number): number[] =>
  THRESHOLDS.filter((percent) => percent > before && percent <= after)

/** Why one more call or room is refused, or null. `secondsThisMonth` is asked only when it matters. */
export function budgetRefusal(
  kind: ConnectionKind,
  { monthlyLimitSeconds: limit, stopsAtLimit }: UsageBudget,
  secondsThisMonth: () => number,
): 'usage_limit_reached' | null {
  // Calls between two peers use no participant seconds.
  if (kind !== 'room' || !stopsAtLimit || limit === null) return null
  return secondsThisMonth() < limit ? null : 'usage_limit_reached'
}

/** How much of the limit is used, in per cent with one decimal, cut off; null without a limit. */
export const percentUsed = (seconds: number, { monthlyLimitSeconds: limit }: UsageBudget): number | null =>
  limit === null ? null : Math.floor((seconds * 1000) / limit) / 10

/** The calendar month (UTC) of a day, which is counted since 1970, as the count of months since 1970. */
export function monthOfDay(day: number): number {
  const date = new Date(day * 86_400_000)
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth()
}

/** `2026-11` */
export const monthName = (month: number): string => new Date(Date.UTC(1970, month)).toISOString().slice(0, 7)
