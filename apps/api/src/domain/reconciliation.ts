/**
 * The ledger against Stripe's summaries of meter events (docs.stripe.com/api/billing/meter-event-summary):
 * sums over minute-aligned ranges, for a customer, that lag behind what was taken by an unsaid time.
 */
import { HOUR_MS } from './ledger.ts'

export const MINUTE_MS = 60_000
export const DAY_MS = 24 * HOUR_MS

/**
 * After how long an event that the summaries do not show is not there. Stripe says only that they are
 * "eventually consistent". Generous, since an event that comes in later would be billed twice.
 */
export const ABSENT_AFTER_MS = 6 * HOUR_MS
/** How young a window is left out of a reconciliation: a false difference costs a look, no money. */
export const COMPARED_AFTER_MS = HOUR_MS
/** What Stripe takes events for. */
const COMPARED_DAYS = 35

/** Another window, of this project or of another of the customer's, whose event falls into the same minute. */
export interface NeighbourWindow {
  seconds: number
  /** Delivered: surely among what Stripe sums up. Otherwise perhaps. */
  isDelivered: boolean
  sentAt: number
}

export type Presence =
  | { kind: 'taken' }
  | { kind: 'not-taken' }
  /** The summaries may not show it yet. */
  | { kind: 'too-early'; askAgainAt: number }
  /** Stripe's sum can be explained with it and without it, or not at all. */
  | { kind: 'unclear' }

/** More open outcomes within one minute are not told apart. */
const MAX_OPEN_OUTCOMES = 10

/**
 * Whether Stripe's sum of the minute holds a window's seconds. Certain only if exactly one of "yes" and
 * "no" explains that sum, whichever of the neighbours' open outcomes were taken.
 */
export function presenceOf(
  window: { seconds: number; sentAt: number },
  neighbours: readonly NeighbourWindow[],
  stripeSeconds: number,
  now: number,
): Presence {
  if (neighbours.length === 0 && stripeSeconds === window.seconds) return { kind: 'taken' }
  // With neighbours the sum is no word about this window until all of them would show.
  const askAgainAt = Math.max(window.sentAt, ...neighbours.map(({ sentAt }) => sentAt)) + ABSENT_AFTER_MS
  if (now < askAgainAt) return { kind: 'too-early', askAgainAt }
  const open = neighbours.filter(({ isDelivered }) => !isDelivered)
  if (open.length > MAX_OPEN_OUTCOMES) return { kind: 'unclear' }
  const delivered = sum(neighbours.filter(({ isDelivered }) => isDelivered).map(({ seconds }) => seconds))
  const possible = subsetSums(open.map(({ seconds }) => seconds))
  const without = possible.has(stripeSeconds - delivered)
  const withIt = possible.has(stripeSeconds - delivered - window.seconds)
  if (withIt === without) return { kind: 'unclear' }
  return { kind: withIt ? 'taken' : 'not-taken' }
}

function subsetSums(values: readonly number[]): Set<number> {
  let sums = new Set([0])
  for (const value of values) sums = new Set([...sums, ...[...sums].map((one) => one + value)])
  return sums
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)

/** What is compared at `now`: whole hours of the last 35 days, which the summaries show by now. */
export function comparedRange(now: number): { from: number; to: number } {
  const to = Math.floor((now - COMPARED_AFTER_MS) / HOUR_MS) * HOUR_MS
  return { from: to - COMPARED_DAYS * DAY_MS, to }
}

/** Seconds by the beginning of the hour or minute that they belong to. What is missing is 0. */
export type SecondsByStart = ReadonlyMap<number, number>

/** What one project's windows hold of an hour or minute. */
export interface LedgerSpan {
  start: number
  seconds: number
  /** When the last of them was sent; null when none was. */
  sentAt: number | null
}

/**
 * What the projects of one customer hold together. `unsettled`: where a window was sent too lately for
 * Stripe's summaries to show it, whatever its own time.
 */
export function addUp(
  spans: readonly LedgerSpan[],
  now: number,
): { seconds: Map<number, number>; unsettled: Set<number> } {
  const seconds = new Map<number, number>()
  const unsettled = new Set<number>()
  for (const span of spans) {
    seconds.set(span.start, (seconds.get(span.start) ?? 0) + span.seconds)
    if (span.sentAt !== null && now - span.sentAt < COMPARED_AFTER_MS) unsettled.add(span.start)
  }
  return { seconds, unsettled }
}

/** Without those starts. */
export const without = (seconds: SecondsByStart, starts: ReadonlySet<number>): Map<number, number> =>
  new Map([...seconds].filter(([start]) => !starts.has(start)))

/** Where the two differ, oldest first. */
export function differingStarts(ledger: SecondsByStart, stripe: SecondsByStart): number[] {
  const starts = new Set([...ledger.keys(), ...stripe.keys()])
  return [...starts]
    .filter((start) => (ledger.get(start) ?? 0) !== (stripe.get(start) ?? 0))
    .sort((a, b) => a - b)
}

export const totalOf = (seconds: SecondsByStart): number => sum([...seconds.values()])
