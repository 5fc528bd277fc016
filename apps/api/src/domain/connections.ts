/**
 * A project's open calls and rooms, and how they count against its limit.
 *
 * A place is reserved, and a number of the project's list taken, before the call or room is made.
 * Whoever made the reservation may die before it makes the object; so a reservation that nobody has
 * confirmed is settled with the object itself, and a place is freed by nothing but the object's end.
 */
import { backoffMs } from './backoff.ts'

export type ConnectionKind = 'call' | 'room'

/** What a Call or Room object says of itself: `unknown` was never made, `ended` is over for good. */
export type ConnectionState = 'unknown' | 'open' | 'ended'

/** How long a reservation waits for its object to be made, in milliseconds. */
export const RESERVATION_MS = 30_000

export type Admission = { ok: true; sequence: number } | { ok: false; code: 'connection_limit_reached' }

/** Whether one more connection fits, and its number in the project's list (1..n, without gaps). */
export function admitConnection(open: number, limit: number, numbered: number): Admission {
  if (open >= limit) return { ok: false, code: 'connection_limit_reached' }
  return { ok: true, sequence: numbered + 1 }
}

export type Settlement = { action: 'confirm' } | { action: 'close' } | { action: 'ask-again'; at: number }

/** What becomes of a reservation when its object has answered (or was voided), or could not be asked. */
export function settleReservation(
  answer: 'open' | 'ended' | 'unreachable',
  failures: number,
  now: number,
  random: number,
): Settlement {
  switch (answer) {
    case 'open':
      return { action: 'confirm' }
    case 'ended':
      return { action: 'close' }
    case 'unreachable':
      return { action: 'ask-again', at: now + backoffMs(failures + 1, random) }
  }
}
