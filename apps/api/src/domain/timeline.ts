/** What happened in a call or room, as its page shows it afterwards. Times are milliseconds since 1970. */
import type { TimelineEntry } from '@radist-tech/protocol/dashboard'

/** `created` and `ended` are none of these: the call or room itself knows when, and why. */
export interface Happening {
  at: number
  kind: Exclude<TimelineEntry['kind'], 'created' | 'ended'>
  /** The peer's or participant's id; null when it is about all of them. */
  subject: string | null
  identity: string | null
  reason: string | null
}

/** So many are kept of a call or room, the newest. */
export const MAX_HAPPENINGS = 500
/** How long they are kept after its end, in milliseconds: 30 days. They tell who was there when. */
export const TIMELINE_KEPT_MS = 30 * 86_400_000

export interface KeptHappenings {
  happened: readonly Happening[]
  /** Whether older ones were dropped. */
  truncated: boolean
}

/**
 * The whole timeline, the oldest first: hosts tell of some things later than they happened.
 * @param end null while it goes on
 */
export function viewTimeline(
  createdAt: number,
  { happened, truncated }: KeptHappenings,
  end: { at: number; reason: string } | null,
): { timeline: TimelineEntry[]; truncated: boolean } {
  const whole = { subject: null, identity: null }
  const between = happened.toSorted((a, b) => a.at - b.at)
  const all = [
    { at: createdAt, kind: 'created' as const, ...whole, reason: null },
    ...between,
    ...(end ? [{ at: end.at, kind: 'ended' as const, ...whole, reason: end.reason }] : []),
  ]
  return {
    timeline: all.map((entry) => ({ ...entry, at: new Date(entry.at).toISOString() })),
    truncated,
  }
}
