/** Who comes into a room and who leaves it: events of the machine in `room.ts`. */
import type { HostId, ParticipantId, Permissions, RemovalReason } from '@radist-tech/protocol'
import {
  isHeldBy,
  type OpenRoom,
  type Participant,
  type PendingToken,
  type Room,
  type RoomEffect,
  type Step,
  withRoster,
} from './room.ts'

export interface AdmissionRequest {
  /** The host that asks, and the epoch at which it believes to hold the room. */
  hostId: HostId
  epoch: number
  /** Of a token whose signature was found good. */
  jti: string
  expiresAt: number
  /** The host's own id of this attempt: the same one again gets the same answer. */
  attemptId: string | null
  /** Taken for a participant that is new. */
  newParticipantId: ParticipantId
  newSecret: string
}

export type AdmissionRefusal =
  | 'room_closed'
  | 'overtaken_epoch'
  | 'expired_room_token'
  | 'used_room_token'
  | 'room_full'

export interface Admitted {
  ok: true
  participantId: ParticipantId
  identity: string | null
  permissions: Permissions
  reconnectSecret: string
  /** Whose place it takes: the participant that had its identity. Not said again to a repeated request. */
  replaces: ParticipantId | null
}
export type Admission = Admitted | { ok: false; code: AdmissionRefusal }

/**
 * Consumes a token and puts its bearer on the roster: both or neither. An identity has one place: whoever
 * has it gives way to the newer.
 */
export function admit(room: Room, request: AdmissionRequest, now: number): Step<Room, Admission> {
  const refuse = (code: AdmissionRefusal) => ({ room, effects: [], answer: { ok: false, code } as const })
  if (room.kind === 'closed') return refuse('room_closed')
  if (!isHeldBy(room, request.hostId, request.epoch)) return refuse('overtaken_epoch')
  const before = repeated(room, request)
  if (before) return { room, effects: [], answer: before }
  if (now >= request.expiresAt) return refuse('expired_room_token')
  // Every token is written down before it is handed out, so one that is not there was used.
  const token = room.pending.get(request.jti)
  if (!token) return refuse('used_room_token')
  const replaces = token.rejoins === null ? holderOf(room, token.identity) : null
  const isNew = token.rejoins === null && replaces === null
  if (isNew && room.roster.size >= room.settings.maxParticipants) return refuse('room_full')

  const participantId = token.rejoins ?? request.newParticipantId
  const participant = participantOf(room, token, participantId, request, now)
  const pending = new Map(room.pending)
  pending.delete(request.jti)
  const roster = new Map(room.roster).set(participantId, participant)
  if (replaces !== null) roster.delete(replaces)
  const everAdmitted = room.everAdmitted + (token.rejoins === null ? 1 : 0)
  return {
    room: withRoster({ ...room, pending, everAdmitted }, roster, now),
    // Beside the answer, which may get lost.
    effects: replaces === null ? [] : removeFromHost(room, replaces, 'replaced'),
    answer: admitted(participantId, participant, replaces),
  }
}

export type DepartureAnswer = { ok: true } | { ok: false; code: 'overtaken_epoch' }

/** Takes participants off the roster. The same again changes nothing. */
export function depart(
  room: Room,
  host: { hostId: HostId; epoch: number },
  participantIds: readonly ParticipantId[],
  now: number,
): Step<Room, DepartureAnswer> {
  if (room.kind === 'closed') return { room, effects: [], answer: { ok: true } }
  if (!isHeldBy(room, host.hostId, host.epoch))
    return { room, effects: [], answer: { ok: false, code: 'overtaken_epoch' } }
  const roster = new Map(room.roster)
  for (const id of participantIds) roster.delete(id)
  const unchanged = roster.size === room.roster.size
  return { room: unchanged ? room : withRoster(room, roster, now), effects: [], answer: { ok: true } }
}

export type RemovalAnswer = { ok: true } | { ok: false; code: 'room_closed' | 'participant_not_found' }

/** The backend ends a stay for good: neither a reconnect token nor one to rejoin brings it back. */
export function removeParticipant(
  room: Room,
  participantId: ParticipantId,
  now: number,
): Step<Room, RemovalAnswer> {
  if (room.kind === 'closed') return { room, effects: [], answer: { ok: false, code: 'room_closed' } }
  if (!room.roster.has(participantId))
    return { room, effects: [], answer: { ok: false, code: 'participant_not_found' } }
  const roster = new Map(room.roster)
  roster.delete(participantId)
  return {
    room: withRoster(room, roster, now),
    effects: removeFromHost(room, participantId, 'removed'),
    answer: { ok: true },
  }
}

/** Who has this identity now. */
function holderOf(room: OpenRoom, identity: string | null): ParticipantId | null {
  if (identity === null) return null
  for (const [participantId, participant] of room.roster)
    if (participant.identity === identity) return participantId
  return null
}

/** Nobody is told of one who is not, or not yet again, at the present host: no other lets it in. */
function removeFromHost(room: OpenRoom, participantId: ParticipantId, reason: RemovalReason): RoomEffect[] {
  const { placement, epoch } = room
  if (placement.kind === 'none' || room.roster.get(participantId)?.epoch !== epoch) return []
  return [{ kind: 'remove-on-host', host: placement.host, epoch, participantId, reason }]
}

/** The answer already given to this attempt, if it was. Without an attempt id a repeat is a second use. */
function repeated(room: OpenRoom, request: AdmissionRequest): Admitted | null {
  if (request.attemptId === null) return null
  for (const [participantId, participant] of room.roster) {
    const { jti, attemptId } = participant.admission
    if (jti === request.jti && attemptId === request.attemptId && participant.epoch === request.epoch)
      return admitted(participantId, participant, null)
  }
  return null
}

function participantOf(
  room: OpenRoom,
  token: PendingToken,
  participantId: ParticipantId,
  request: AdmissionRequest,
  now: number,
): Participant {
  const earlier = room.roster.get(participantId)
  return {
    identity: token.identity,
    permissions: token.permissions,
    // New at each admission: reconnect tokens that the host before this one made are worthless here.
    reconnectSecret: request.newSecret,
    previousSecret: earlier?.reconnectSecret ?? null,
    admittedAt: earlier?.admittedAt ?? now,
    epoch: room.epoch,
    admission: { jti: request.jti, attemptId: request.attemptId },
  }
}

const admitted = (
  participantId: ParticipantId,
  participant: Participant,
  replaces: ParticipantId | null,
): Admitted => ({
  ok: true,
  participantId,
  identity: participant.identity,
  permissions: participant.permissions,
  reconnectSecret: participant.reconnectSecret,
  replaces,
})
