/**
 * What a project's webhooks are told of a call or a room: read off the states before and after a step, so
 * that nothing can happen to one untold. Each event comes once in a life, and those of one step in order.
 */
import { departureReasonSchema, participantIdSchema, type RoomId } from '@radist-tech/protocol'
import type { WebhookEvent } from '@radist-tech/protocol/dashboard'
import { attendanceOf, type CallState } from './call-state.ts'
import type { Room } from './room.ts'
import type { Happening } from './timeline.ts'

type WithoutPlace<E> = E extends WebhookEvent ? Pick<E, 'type' | 'data' | 'timestamp'> : never
/** An event that has not been given its id yet. */
export type ToldEvent = WithoutPlace<WebhookEvent>

const iso = (time: number): string => new Date(time).toISOString()

/** @param now when the step was made, in milliseconds since 1970 */
export function callEvents(before: CallState, after: CallState, now: number): ToldEvent[] {
  if (before.life === after.life) return []
  const { callId, createdAt } = after.facts
  const events: ToldEvent[] = []
  const [first] = before.life.kind === 'waiting' && after.life.kind === 'joined' ? after.life.peers : []
  if (first)
    events.push({
      type: 'call.started',
      timestamp: iso(first.joinedAt),
      data: { callId, peerId: first.peerId },
    })
  if (attendanceOf(after.life).everConnected && !attendanceOf(before.life).everConnected)
    events.push({ type: 'call.connected', timestamp: iso(now), data: { callId } })
  // Nobody ever got a token of a call that is void.
  if (after.life.kind === 'tombstoned' && before.life.kind !== 'tombstoned' && after.life.reason !== 'void') {
    const { reason, at } = after.life
    const data = { callId, reason, createdAt: iso(createdAt), endedAt: iso(at) }
    events.push({ type: 'call.ended', timestamp: iso(at), data })
  }
  return events
}

/** @param happened as `roomHappenings` has it of the same step */
export function roomEvents(
  roomId: RoomId,
  before: Room,
  after: Room,
  happened: readonly Happening[],
): ToldEvent[] {
  if (before.kind === 'closed' || before === after) return []
  const events: ToldEvent[] = []
  let isFirst = before.roster.size === 0 && before.emptySince === null
  for (const { kind, subject, identity, reason, at } of happened) {
    if (kind !== 'joined' && kind !== 'left') continue
    const participantId = participantIdSchema.parse(subject)
    const timestamp = iso(at)
    if (isFirst) events.push({ type: 'room.started', timestamp, data: { roomId } })
    isFirst = false
    const who = { roomId, participantId, identity }
    if (kind === 'joined') events.push({ type: 'participant.joined', timestamp, data: who })
    else {
      const joinedAt = iso(before.roster.get(participantId)?.admittedAt ?? at)
      const data = { ...who, reason: departureReasonSchema.parse(reason), joinedAt }
      events.push({ type: 'participant.left', timestamp, data })
    }
  }
  // Nobody ever got a token of a room that was not placed, or is void.
  if (after.kind === 'closed' && after.reason !== 'void' && after.reason !== 'not-placed') {
    const { reason, createdAt, closedAt } = after
    const data = { roomId, reason, createdAt: iso(createdAt), endedAt: iso(closedAt) }
    events.push({ type: 'room.ended', timestamp: iso(closedAt), data })
  }
  return events
}
