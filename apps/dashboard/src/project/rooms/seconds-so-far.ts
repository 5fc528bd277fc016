/**
 * How long the participants of a room have been in it, between reports. Hosts report completed seconds every
 * few seconds; meanwhile the page counts on, and never back: what it shows is never more than has passed.
 */
import type { DashboardRoomAnswer } from '@radist-tech/protocol/dashboard'

type Seconds = Readonly<Record<string, number>>

export interface SecondsSoFar {
  /** When the numbers were right, in milliseconds since 1970. */
  at: number
  seconds: Seconds
  /** Whose time goes on. */
  ticking: ReadonlySet<string>
}

export const nobodyYet: SecondsSoFar = { at: 0, seconds: {}, ticking: new Set() }

/** At `now`, in whole seconds. */
export function secondsAt(so: SecondsSoFar, participantId: string, now: number): number {
  const passed = so.ticking.has(participantId) ? Math.max(0, now - so.at) / 1000 : 0
  return Math.floor((so.seconds[participantId] ?? 0) + passed)
}

/** With what the page was told at `now`. */
export function withAnswer(
  so: SecondsSoFar,
  { room, seconds }: Pick<DashboardRoomAnswer, 'room' | 'seconds'>,
  now: number,
): SecondsSoFar {
  const present = room.participants.map(({ participantId }) => participantId)
  const exact = (id: string) =>
    (so.seconds[id] ?? 0) + (so.ticking.has(id) ? Math.max(0, now - so.at) / 1000 : 0)
  const reported = new Map(Object.entries(seconds.participants))
  return {
    at: now,
    seconds: Object.fromEntries(present.map((id) => [id, Math.max(reported.get(id) ?? 0, exact(id))])),
    ticking: new Set(
      room.state === 'open'
        ? room.participants.filter(({ connected }) => connected !== false).map((one) => one.participantId)
        : [],
    ),
  }
}
