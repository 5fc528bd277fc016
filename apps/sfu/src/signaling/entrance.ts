/** Who may come in: tokens are checked here, then with the control plane. */
import {
  type AdmissionAnswer,
  type ApiErrorCode,
  type apiErrors,
  type HostId,
  newJti,
  type RoomId,
  type RoomTokenClaims,
  verifyRoomToken,
} from '@radist-tech/protocol'
import type { JWTVerifyGetKey } from 'jose'
import type { Clock } from '../clock.ts'
import type { Admissions } from '../control-plane/admissions.ts'
import { ControlPlaneUnreachable } from '../control-plane/control-plane.ts'
import { KeySetUnreachable } from '../control-plane/key-set.ts'
import { type HostConditions, takesParticipant } from '../domain/host-state.ts'
import { describeError, type Logger } from '../logger.ts'
import type { HostMetrics, JoinOutcome } from '../metrics/host-metrics.ts'
import type { Room } from '../room/room.ts'
import type { Rooms } from '../room/rooms.ts'
import type { Connection } from './connection.ts'
import { type JoinQuery, parseSignalingQuery, type ResumeQuery } from './query.ts'

export interface EntranceOptions {
  hostId: HostId
  maxParticipants: number
  rooms: Rooms
  admissions: Admissions
  keys: JWTVerifyGetKey
  conditions: () => HostConditions
  metrics: HostMetrics
  clock: Clock
  log: Logger
}

/** Why a connection is refused. */
class Refused extends Error {
  readonly code: ApiErrorCode

  constructor(code: ApiErrorCode) {
    super(code)
    this.code = code
  }
}

export class Entrance {
  readonly #options: EntranceOptions

  constructor(options: EntranceOptions) {
    this.#options = options
  }

  /** Lets a new connection in, or closes it with the reason why not. Never rejects. */
  async enter(connection: Connection, query: string): Promise<void> {
    const { clock, metrics } = this.#options
    const startedAt = clock.monotonic()
    const outcome = await this.#tryToEnter(connection, query)
    metrics.joinEnded(outcome, (clock.monotonic() - startedAt) / 1000)
  }

  /** Closes a connection that is one too many, unheard. */
  turnAway(connection: Connection): void {
    this.#refuse(connection, 'too_many_requests')
  }

  async #tryToEnter(connection: Connection, query: string): Promise<JoinOutcome> {
    try {
      const asked = parseSignalingQuery(query)
      if (!asked) throw new Refused('invalid_query')
      if (asked.for === 'join') await this.#join(connection, asked.query)
      else this.#resume(connection, asked.query)
      return asked.for === 'join' ? 'joined' : 'resumed'
    } catch (error) {
      if (!connection.open) return 'gone'
      this.#refuse(connection, this.#codeOf(error))
      return 'refused'
    }
  }

  #refuse(connection: Connection, code: ApiErrorCode): void {
    this.#options.metrics.connectionRefused(code)
    connection.end({ is: 'refused', code })
  }

  async #join(connection: Connection, { publicKey, roomToken }: JoinQuery): Promise<void> {
    // Before anything is spent on a token: a host that can take nobody takes this one neither.
    if (!takesParticipant(this.#options.conditions(), true)) throw new Refused('no_host_available')
    const claims = await this.#verify(roomToken)
    const room = this.#roomOf(claims)
    if (!takesParticipant(this.#options.conditions(), room.participants.size > 0))
      throw new Refused('no_host_available')
    if (this.#options.rooms.places >= this.#options.maxParticipants) throw new Refused('no_host_available')
    await this.#takePlace(room)
    try {
      const admission = await this.#admit(room, roomToken, publicKey)
      room.takeKey(publicKey)
      this.#letIn(connection, room, admission)
    } catch (error) {
      room.releasePlace()
      throw error
    }
  }

  /** The media comes before admission, so that a failure there does not use up the token. */
  async #takePlace(room: Room): Promise<void> {
    try {
      await room.takePlace()
    } catch (error) {
      this.#options.log.error({ roomId: room.id, reason: describeError(error) }, 'no media for the room')
      throw new Refused('no_host_available')
    }
  }

  /** Much may have changed while the control plane was asked. */
  #letIn(connection: Connection, room: Room, admission: AdmissionAnswer): void {
    const lost = room.closed !== null || this.#options.conditions().stopping
    if (connection.open && !lost) {
      const ending = room.join(connection, admission)
      if (ending === null) return
      connection.end(ending)
      throw new Refused('participant_removed')
    }
    room.reportDeparture(admission.participantId, lost ? 'host-lost' : 'left')
    throw new Refused(room.closed?.is === 'refused' ? room.closed.code : 'no_host_available')
  }

  #resume(
    connection: Connection,
    { publicKey, roomId, participantId, reconnectToken, lastSeq }: ResumeQuery,
  ): void {
    const room = this.#openRoom(roomId)
    if (!room.takesKey(publicKey)) throw new Refused('invalid_public_key')
    const participant = room.participants.get(participantId)
    if (!participant) throw new Refused('participant_not_found')
    if (!room.resume(participant, connection, { reconnectToken, lastSeq })) {
      throw new Refused('invalid_reconnect_token')
    }
  }

  async #verify(roomToken: string): Promise<RoomTokenClaims> {
    const verified = await verifyRoomToken(roomToken, this.#options.keys, new Date())
    if (verified.ok) return verified.claims
    throw new Refused(verified.reason === 'expired' ? 'expired_room_token' : 'invalid_room_token')
  }

  #roomOf({ hostId, roomId, projectId }: RoomTokenClaims): Room {
    if (hostId !== this.#options.hostId) throw new Refused('room_not_found')
    const room = this.#openRoom(roomId)
    if (room.assignment.projectId !== projectId) throw new Refused('invalid_room_token')
    return room
  }

  #openRoom(roomId: RoomId): Room {
    const room = this.#options.rooms.find(roomId)
    if (room === null) throw new Refused('room_not_found')
    if (room === 'closed') throw new Refused('room_closed')
    return room
  }

  /** Asks twice when the first answer does not come: the attempt's id makes it one admission. */
  async #admit(room: Room, roomToken: string, publicKey: string): Promise<AdmissionAnswer> {
    const { epoch } = room.assignment
    const question = { roomId: room.id, epoch, roomToken, publicKey, attemptId: newJti() }
    const ask = () => this.#options.admissions.ask(question)
    const outcome = await ask().catch((error: unknown) => {
      if (error instanceof ControlPlaneUnreachable) return ask()
      throw error
    })
    if (outcome.ok) return outcome
    // Only if it is still this stay of the room that is overtaken.
    if (outcome.code === 'overtaken_epoch' && this.#options.rooms.find(room.id) === room)
      this.#options.rooms.drop(room.id)
    throw new Refused(admissionRefusal(outcome.code))
  }

  #codeOf(error: unknown): ApiErrorCode {
    if (error instanceof Refused) return error.code
    if (error instanceof ControlPlaneUnreachable || error instanceof KeySetUnreachable) {
      this.#options.log.warn(
        { reason: describeError(error) },
        'a join is refused: the control plane is out of reach',
      )
      return 'control_plane_unreachable'
    }
    this.#options.log.error({ reason: describeError(error) }, 'a connection failed')
    return 'internal'
  }
}

/** Refusals that are about the participant's token or room, and are handed on to it. */
const HANDED_ON = [
  'invalid_public_key',
  'invalid_room_token',
  'used_room_token',
  'expired_room_token',
  'room_not_found',
  'room_full',
  'overtaken_epoch',
  'room_closed',
  'connection_limit_reached',
] as const satisfies readonly (keyof typeof apiErrors)[]

/** Any other refusal is between the host and the control plane (not enrolled, clocks apart): not the participant's fault. */
const admissionRefusal = (code: string): ApiErrorCode =>
  HANDED_ON.find((known) => known === code) ?? 'no_host_available'
