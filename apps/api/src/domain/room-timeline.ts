/** What happened in a room between two of its states, for its timeline. */
import type { DepartureReason, ParticipantId, PresenceChange } from '@radist-tech/protocol'
import type { OpenRoom, Participant, Room } from './room.ts'
import type { Happening } from './timeline.ts'

/** Why participants leave, as far as it is not seen from the room itself. */
export type TellsWhy = ReadonlyMap<ParticipantId, DepartureReason>

const nobody: ReadonlyMap<ParticipantId, Participant> = new Map()
export const rosterOf = (room: Room) => (room.kind === 'open' ? room.roster : nobody)

/** @param why said by whoever took them off the roster: their host, or the project's backend */
export function roomHappenings(before: Room, after: Room, why: TellsWhy, now: number): Happening[] {
  if (before.kind === 'closed' || before === after) return []
  const [was, is] = [before.roster, rosterOf(after)]
  const told = (kind: Happening['kind'], who: [ParticipantId, Participant], reason: string | null) => ({
    at: now,
    kind,
    subject: who[0],
    identity: who[1].identity,
    reason,
  })
  const left = [...was].filter(([id]) => !is.has(id))
  const joined = [...is].filter(([id]) => !was.has(id))
  const identities = new Set(joined.map(([, { identity }]) => identity))
  const reasonOf = ([id, { identity, epoch }]: [ParticipantId, Participant]): DepartureReason => {
    const said = why.get(id)
    if (said) return said
    if (after.kind === 'closed') return 'room-closed'
    if (identity !== null && identities.has(identity)) return 'replaced'
    return isAway(before, epoch) || after.placement.kind === 'none' ? 'host-lost' : 'left'
  }
  const back = [...is].filter(([id, { epoch }]) => (was.get(id)?.epoch ?? epoch) < epoch)
  return [
    ...left.map((who) => told('left', who, reasonOf(who))),
    ...placementHappenings(before, after, now),
    ...joined.map((who) => told('joined', who, null)),
    ...back.map((who) => told('resumed', who, 'moved')),
  ]
}

/** Those who are in the room lose their host together, and it finds another. */
function placementHappenings(before: OpenRoom, after: Room, now: number): Happening[] {
  if (after.kind === 'closed' || after.roster.size === 0) return []
  const whole = { at: now, subject: null, identity: null, reason: null }
  const [was, is] = [before.placement.kind, after.placement.kind]
  if (was === 'on-host' && is === 'none') return [{ ...whole, kind: 'dropped', reason: 'host-lost' }]
  return was === 'none' && is === 'on-host' ? [{ ...whole, kind: 'moved' }] : []
}

/**
 * What the host says of sockets, as far as it is news, and of who is in the room.
 * @param taken the number of the newest change that was taken of this host
 */
export function presenceHappenings(
  room: OpenRoom,
  changes: readonly PresenceChange[],
  taken: number,
  now: number,
): Happening[] {
  const fresh = changes.filter(({ number }) => number > taken)
  return fresh.flatMap(({ participantId, change, at }) => {
    const participant = room.roster.get(participantId)
    if (!participant) return []
    // The host's clock may be wrong, but nobody dropped before coming, or will in the future.
    const seenAt = Math.min(Math.max(Date.parse(at), participant.admittedAt), now)
    const { identity } = participant
    return [{ at: seenAt, kind: change, subject: participantId, identity, reason: null }]
  })
}

const isAway = (room: OpenRoom, epoch: number) => room.placement.kind === 'none' || epoch < room.epoch
