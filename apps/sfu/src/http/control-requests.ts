/** What the control plane asks of the host: to take a room and to close it, who is in it, and to act on one of them. */
import {
  type ApiErrorCode,
  type AssignmentClaims,
  assignmentBodySchema,
  CONTROL_PLANE,
  closeRoomBodySchema,
  type HostId,
  muteBodySchema,
  participantIdSchema,
  type RequestParts,
  removeBodySchema,
  roomIdSchema,
  rosterBodySchema,
  verifyAssignment,
  verifyRequest,
} from '@radist-tech/protocol'
import type { JWTVerifyGetKey } from 'jose'
import type { z } from 'zod'
import { KeySetUnreachable } from '../control-plane/key-set.ts'
import type { HostState } from '../domain/host-state.ts'
import type { ReplayGuard } from '../domain/replay-guard.ts'
import { describeError, type Logger } from '../logger.ts'
import { muteTrack, rosterOf } from '../room/backend-requests.ts'
import type { Room } from '../room/room.ts'
import type { Rooms } from '../room/rooms.ts'

export type ControlAnswer = { ok: true; body: object } | { ok: false; code: ApiErrorCode }

export interface ControlRequest extends RequestParts {
  /** The `Radist-Signature` header, empty if there is none. */
  signature: string
}

export interface ControlOptions {
  hostId: HostId
  keys: JWTVerifyGetKey
  replays: ReplayGuard
  rooms: Rooms
  hostState: () => HostState
  log: Logger
}

const refused = (code: ApiErrorCode): ControlAnswer => ({ ok: false, code })

export class ControlRequests {
  readonly #options: ControlOptions

  constructor(options: ControlOptions) {
    this.#options = options
  }

  /** `POST /api/v1/sfu/assignments` */
  assign(request: ControlRequest): Promise<ControlAnswer> {
    return this.#authentic(request, async () => {
      const body = parseBody(assignmentBodySchema, request.body)
      if (!body) return refused('invalid_body')
      const { keys, hostId } = this.#options
      const verified = await verifyAssignment(body.assignment, keys, hostId, new Date())
      return verified.ok ? this.#take(verified.claims) : refused('invalid_signature')
    })
  }

  /** `POST /api/v1/sfu/rooms/:roomId/close` */
  close(request: ControlRequest, roomIdText: string): Promise<ControlAnswer> {
    return this.#authentic(request, async () => {
      const roomId = roomIdSchema.safeParse(roomIdText)
      const body = parseBody(closeRoomBodySchema, request.body)
      if (!body || !roomId.success) return refused('invalid_body')
      const closed = this.#options.rooms.close(roomId.data, body.epoch, body.reason)
      return closed ? { ok: true, body: { ok: true } } : refused('overtaken_epoch')
    })
  }

  /** `POST /api/v1/sfu/rooms/:roomId/roster` */
  roster(request: ControlRequest, roomIdText: string): Promise<ControlAnswer> {
    return this.#authentic(request, async () => {
      const body = parseBody(rosterBodySchema, request.body)
      if (!body) return refused('invalid_body')
      const found = this.#roomAt(roomIdText, body.epoch)
      return found.ok ? { ok: true, body: rosterOf(found.room) } : found
    })
  }

  /** `POST /api/v1/sfu/rooms/:roomId/participants/:participantId/remove` */
  remove(request: ControlRequest, roomIdText: string, participantIdText: string): Promise<ControlAnswer> {
    return this.#authentic(request, async () => {
      const participantId = participantIdSchema.safeParse(participantIdText)
      const body = parseBody(removeBodySchema, request.body)
      if (!body || !participantId.success) return refused('invalid_body')
      const found = this.#roomAt(roomIdText, body.epoch)
      if (!found.ok) return found
      found.room.remove(participantId.data, body.reason)
      return { ok: true, body: { ok: true } }
    })
  }

  /** `POST /api/v1/sfu/rooms/:roomId/participants/:participantId/mute` */
  mute(request: ControlRequest, roomIdText: string, participantIdText: string): Promise<ControlAnswer> {
    return this.#authentic(request, async () => {
      const participantId = participantIdSchema.safeParse(participantIdText)
      const body = parseBody(muteBodySchema, request.body)
      if (!body || !participantId.success) return refused('invalid_body')
      const found = this.#roomAt(roomIdText, body.epoch)
      if (!found.ok) return found
      const track = await muteTrack(found.room, participantId.data, body)
      return typeof track === 'string' ? refused(track) : { ok: true, body: track }
    })
  }

  /** The room, if this host has it at this very epoch. */
  #roomAt(roomIdText: string, epoch: number): { ok: true; room: Room } | { ok: false; code: ApiErrorCode } {
    const roomId = roomIdSchema.safeParse(roomIdText)
    const room = roomId.success ? this.#options.rooms.find(roomId.data) : null
    if (room === null) return { ok: false, code: 'room_not_found' }
    if (room === 'closed') return { ok: false, code: 'room_closed' }
    return room.assignment.epoch === epoch ? { ok: true, room } : { ok: false, code: 'overtaken_epoch' }
  }

  #take(assignment: AssignmentClaims): ControlAnswer {
    const { rooms, log } = this.#options
    const { roomId, epoch } = assignment
    if (this.#options.hostState() !== 'ready') return refused('no_host_available')
    const decision = rooms.assign(assignment)
    switch (decision) {
      case 'open':
      case 'reopen':
      case 'repeat':
        log.info({ roomId, epoch, decision }, 'a room is assigned')
        return { ok: true, body: { roomId, epoch } }
      case 'overtaken':
        return refused('overtaken_epoch')
      case 'closed':
        return refused('room_closed')
      default:
        return decision satisfies never
    }
  }

  /** Answers if the control plane itself has sent this, for the first time. */
  async #authentic(request: ControlRequest, answer: () => Promise<ControlAnswer>): Promise<ControlAnswer> {
    const { keys, hostId, replays, log } = this.#options
    try {
      const now = new Date()
      const expected = { issuer: CONTROL_PLANE, audience: hostId }
      const claims = await verifyRequest(request.signature, keys, expected, request, now)
      if (!claims) return refused('invalid_signature')
      if (!replays.take(claims, now.getTime() / 1000)) return refused('replayed_request')
      return await answer()
    } catch (error) {
      if (error instanceof KeySetUnreachable) return refused('control_plane_unreachable')
      log.error({ reason: describeError(error) }, 'a request of the control plane failed')
      return refused('internal')
    }
  }
}

function parseBody<T>(schema: z.ZodType<T>, bytes: Uint8Array): T | null {
  try {
    return schema.parse(JSON.parse(new TextDecoder().decode(bytes)))
  } catch {
    return null
  }
}
