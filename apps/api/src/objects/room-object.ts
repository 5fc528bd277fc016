/**
 * One per room, named by its id: a shell around the machine in `domain/room.ts`, which stores what the
 * machine answers and does what it asks for. An id that was never made into a room leaves no trace.
 */
import { DurableObject } from 'cloudflare:workers'
import {
  DEFAULT_REGION,
  type DeparturesBody,
  type HostId,
  newParticipantId,
  newReconnectSecret,
  type ParticipantId,
  type PresenceChange,
  projectIdSchema,
  type RoomAnswer,
  type RoomTokenClaims,
  roomIdSchema,
} from '@radist-tech/protocol'
import type { DashboardRoomAnswer, RoomLiveFrame } from '@radist-tech/protocol/dashboard'
import type { ConnectionState } from '../domain/connections.ts'
import { hasLapsed } from '../domain/idempotency.ts'
import { type LocateProof, proofRefusal } from '../domain/locate-proof.ts'
import { NO_ACCESS, type Visitor } from '../domain/project-access.ts'
import {
  closeRoom,
  hostGaveUp,
  isHeldBy,
  openRoom,
  type RoomSettings,
  tick,
  voidedRoom,
} from '../domain/room.ts'
import {
  type Admission,
  type AdmissionRequest,
  admit,
  type DepartureAnswer,
  depart,
  type RemovalAnswer,
  removeParticipant,
} from '../domain/room-roster.ts'
import { viewRoom } from '../domain/room-view.ts'
import { viewTimeline } from '../domain/timeline.ts'
import type { Env } from '../env.ts'
import { askRoster, muteOnHost } from '../host-requests.ts'
import { answerClose } from './call-sockets.ts'
import { LiveState } from './live-state.ts'
import type { Reservation, ReservedObject } from './open-connections.ts'
import {
  type ClaimedGrant,
  type ClaimedWish,
  type MintRefusal,
  noHost,
  type Refusal,
  RoomGrants,
  type TokenGrant,
  type TokenWish,
} from './room-grants.ts'
import { RoomPlacer } from './room-placer.ts'
import { RoomRecord } from './room-record.ts'
import type { RoomOrigin } from './room-store.ts'
import { RoomVisitors } from './room-visitors.ts'

/** How long a create waits until others have been told, in milliseconds: a list asked next shows the room. */
const DELIVERY_WAIT_MS = 1000
/** How often the host is asked about a room that somebody watches, in milliseconds. */
const LOOK_INTERVAL_MS = 2000

export type LocateAnswer =
  | TokenGrant
  | Refusal<'invalid_public_key' | 'origin_not_allowed' | 'used_room_token' | 'invalid_reconnect_token'>

export type LookedAtRoom = ({ ok: true } & DashboardRoomAnswer) | Refusal<'room_not_found'>
/** `publicKey`: null of a host that does not say it, having looked at it itself. */
export type RoomJoin = Omit<AdmissionRequest, 'newParticipantId' | 'newSecret'> & { publicKey: string | null }

export type SeenRoom = { ok: true; room: RoomAnswer } | Refusal<'room_not_found' | 'room_closed'>
export type MuteAnswer =
  | Awaited<ReturnType<typeof muteOnHost>>
  | Refusal<'room_not_found' | 'room_closed' | 'participant_not_found' | 'host_unreachable'>

export class RoomObject extends DurableObject<Env> implements ReservedObject {
  readonly #record: RoomRecord
  readonly #live: LiveState
  readonly #visitors: RoomVisitors
  readonly #placer: RoomPlacer
  readonly #grants: RoomGrants

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#live = new LiveState(ctx, {
      frame: () => this.#liveFrame(),
      // What is closed changes no more.
      everyMs: () => (this.#record.open ? LOOK_INTERVAL_MS : null),
    })
    this.#record = new RoomRecord(ctx, env, this.#live)
    this.#visitors = new RoomVisitors(this.#record, env)
    this.#placer = new RoomPlacer(this.#record, this.#visitors, env)
    this.#grants = new RoomGrants(this.#record, ctx.storage)
  }

  /**
   * Makes the room, brings it onto a host and gives out a token for each wish. When no host takes it,
   * the room is closed and its connection freed. Asked again under the same claim, it answers the same,
   * even when the room is closed. `room_closed`: nobody ever got a token of this room, and nobody will.
   */
  async create(
    origin: RoomOrigin,
    settings: RoomSettings,
    createdAt: number,
    wishes: (TokenWish | ClaimedWish)[],
  ): Promise<{ ok: true; claims: RoomTokenClaims[] } | Refusal<MintRefusal>> {
    this.#tick()
    const isGiven = () => wishes.some((wish) => 'claim' in wish && this.#grants.givenBefore(wish) !== null)
    if (!isGiven()) {
      const isTooLate = hasLapsed(createdAt, Date.now())
      if (isTooLate) await this.#closeAndTell('void')
      if (isTooLate || this.#record.stored?.room.kind === 'closed') return { ok: false, code: 'room_closed' }
    }
    if (!this.#record.stored) this.#record.create(origin, openRoom(settings, createdAt))
    const listed = this.#record.deliverNew()
    if (this.#record.open && !(await this.#placer.ensurePlaced())) {
      if (!isGiven()) await this.#closeAndTell('not-placed')
      return noHost
    }
    const grants = wishes.map((wish) =>
      'claim' in wish ? this.#grants.grantOnce(wish) : this.#grants.grant(wish),
    )
    await Promise.race([listed, scheduler.wait(DELIVERY_WAIT_MS)])
    const claims: RoomTokenClaims[] = []
    for (const grant of grants) {
      if (!grant.ok) return grant.code === 'claim_lapsed' ? { ok: false, code: 'room_closed' } : grant
      claims.push(grant.claims)
    }
    return { ok: true, claims }
  }

  /** One more token, for the host where the room is now. */
  async mint(projectId: string, wish: TokenWish): Promise<TokenGrant> {
    return (await this.#refusalOncePlaced(projectId)) ?? this.#grants.grant(wish)
  }

  /** Like {@link mint}, once for each claim; later the same token, even when the room is closed. */
  async mintClaimed(projectId: string, wish: ClaimedWish): Promise<ClaimedGrant> {
    const refusal = await this.#refusalOncePlaced(projectId)
    if (refusal?.code === 'room_closed') return this.#grants.givenBefore(wish) ?? refusal
    return refusal ?? this.#grants.grantOnce(wish)
  }

  /** Where the room is, for somebody who holds a token or a place but found its host gone. */
  async locate(visitor: Visitor, proof: LocateProof): Promise<LocateAnswer> {
    this.#tick()
    const projectId = this.#record.stored?.origin.projectId
    if (!projectId) return { ok: false, code: 'room_not_found' }
    const refused = await this.#visitors.refusalOf(visitor)
    if (refused) return { ok: false, code: refused }
    const refusal = this.#refusal(projectId) ?? proofRefusal(this.#record.open, proof)
    if (refusal) return refusal
    if (!(await this.#placer.ensurePlaced())) return this.#refusal(projectId) ?? noHost
    // What the proof stands for may have been used up while the room moved.
    const overtaken = this.#refusal(projectId) ?? proofRefusal(this.#record.open, proof)
    if (overtaken) return overtaken
    return proof.kind === 'token'
      ? this.#grants.claimsOf(proof.jti)
      : this.#grants.grantRejoin(proof.participantId)
  }

  /** The room as its backend is shown it, with what its host says, if it says it in time. */
  async read(projectId: string): Promise<SeenRoom> {
    this.#tick()
    const stored = this.#record.stored
    if (stored?.origin.projectId !== projectId) return { ok: false, code: 'room_not_found' }
    const { roomId } = stored.origin
    const before = this.#record.open
    const told =
      before?.placement.kind === 'on-host' && before.roster.size > 0
        ? await askRoster(this.env, before.placement.host, roomId, before.epoch)
        : null
    const { room } = this.#record.stored ?? stored
    // It may have moved meanwhile: what the former host says counts no more.
    const isCurrent = room.kind === 'open' && room.epoch === before?.epoch
    return { ok: true, room: viewRoom(roomId, room, isCurrent ? told : null) }
  }

  /** The same with all that happened in it, and what it used. */
  async look(projectId: string): Promise<LookedAtRoom> {
    const seen = await this.read(projectId)
    const stored = this.#record.stored
    if (!seen.ok || !stored) return { ok: false, code: 'room_not_found' }
    const { room } = seen
    const { createdAt } = stored.room
    const closedAt = stored.room.kind === 'closed' ? stored.room.closedAt : null
    const present = room.participants.map(({ participantId }) => participantId)
    const { roomId } = stored.origin
    const seconds = await this.env.PROJECT.getByName(projectId).roomSeconds(
      roomId,
      createdAt,
      closedAt ?? Date.now(),
      present,
    )
    const end = closedAt && room.closedReason ? { at: closedAt, reason: room.closedReason } : null
    return { ok: true, room, seconds, ...viewTimeline(createdAt, this.#record.timeline.read(), end) }
  }

  /** Closes the room for ever: once. Its participants are told by its host, now or when that is back. */
  async close(projectId: string): Promise<SeenRoom> {
    this.#tick()
    const refusal = this.#refusal(projectId)
    if (refusal) return refusal
    await this.#closeAndTell('closed-by-backend')
    const stored = this.#record.stored
    if (!stored) return { ok: false, code: 'room_not_found' }
    return { ok: true, room: viewRoom(stored.origin.roomId, stored.room, null) }
  }

  /** Ends a stay for good. Its host is told, now or when it is back. */
  async remove(
    projectId: string,
    participantId: ParticipantId,
  ): Promise<RemovalAnswer | Refusal<'room_not_found'>> {
    this.#tick()
    const room = this.#record.stored?.room
    const refusal = this.#refusal(projectId)
    if (refusal || !room) return refusal ?? { ok: false, code: 'room_not_found' }
    const why = new Map([[participantId, 'removed' as const]])
    const removed = this.#record.apply(removeParticipant(room, participantId, Date.now()), why)
    if (removed.ok) await Promise.race([this.#record.deliverNew(), scheduler.wait(DELIVERY_WAIT_MS)])
    return removed
  }

  /** Mutes a track at the room's host, where alone it is known: nothing is kept here for a host that is away. */
  async mute(
    projectId: string,
    participantId: ParticipantId,
    track: { producerId: string; muted: boolean },
  ): Promise<MuteAnswer> {
    this.#tick()
    const refusal = this.#refusal(projectId)
    const room = this.#record.open
    const roomId = this.#record.stored?.origin.roomId
    if (refusal || !room || !roomId) return refusal ?? { ok: false, code: 'room_not_found' }
    if (!room.roster.has(participantId)) return { ok: false, code: 'participant_not_found' }
    const { placement, epoch } = room
    if (placement.kind === 'none') return { ok: false, code: 'host_unreachable' }
    return muteOnHost(this.env, placement.host, roomId, participantId, { epoch, ...track })
  }

  /**
   * Asks for places on the roster, one after the other; the caller has checked the tokens' signatures and the
   * host's. Answers in the same order.
   */
  async admit(
    requests: RoomJoin[],
  ): Promise<(Admission | Refusal<'room_not_found' | 'invalid_public_key'>)[]> {
    const keys = new Set(requests.flatMap(({ publicKey }) => publicKey ?? []))
    const goodKeys = await this.#visitors.goodKeys(keys)
    this.#tick()
    return requests.map(({ publicKey, ...request }) => {
      const room = this.#record.stored?.room
      if (!room) return { ok: false, code: 'room_not_found' }
      if (publicKey !== null && !goodKeys.has(publicKey)) return { ok: false, code: 'invalid_public_key' }
      const full = { ...request, newParticipantId: newParticipantId(), newSecret: newReconnectSecret() }
      return this.#record.apply(admit(room, full, Date.now()))
    })
  }

  async depart(
    host: { hostId: HostId; epoch: number },
    departures: DeparturesBody['departures'],
  ): Promise<DepartureAnswer | Refusal<'room_not_found'>> {
    const room = this.#record.stored?.room
    if (!room) return { ok: false, code: 'room_not_found' }
    const gone = departures.filter(({ reason }) => reason !== 'host-lost')
    const why = new Map(gone.map(({ participantId, reason }) => [participantId, reason]))
    const departed = depart(room, host, [...why.keys()], Date.now())
    const answer = this.#record.apply(departed, why)
    if (gone.length < departures.length) this.#record.apply(hostGaveUp(departed.room, host, Date.now()))
    return answer
  }

  /** The host tells whose socket is gone, or back: for the timeline alone. */
  async presence(
    host: { hostId: HostId; epoch: number },
    changes: readonly PresenceChange[],
  ): Promise<{ ok: true } | Refusal<'room_not_found' | 'room_closed' | 'overtaken_epoch'>> {
    const room = this.#record.stored?.room
    if (!room) return { ok: false, code: 'room_not_found' }
    if (room.kind === 'closed') return { ok: false, code: 'room_closed' }
    if (!isHeldBy(room, host.hostId, host.epoch)) return { ok: false, code: 'overtaken_epoch' }
    this.#record.notePresence(room, changes)
    return { ok: true }
  }

  async status(): Promise<{ state: ConnectionState }> {
    this.#tick()
    const room = this.#record.stored?.room
    return { state: room === undefined ? 'unknown' : room.kind === 'open' ? 'open' : 'ended' }
  }

  /** Makes a room that was reserved but never made as one that is closed; one that exists stays as it is. */
  async voidReservation(reservation: Reservation): Promise<{ state: 'open' | 'ended' }> {
    const room = this.#record.stored?.room
    if (room) return { state: room.kind === 'open' ? 'open' : 'ended' }
    const origin = {
      roomId: roomIdSchema.parse(reservation.id),
      projectId: projectIdSchema.parse(reservation.projectId),
      sequence: reservation.sequence,
      region: DEFAULT_REGION,
      access: NO_ACCESS,
      hasWebhooks: false,
    }
    const { createdAt } = reservation
    this.#record.create(origin, voidedRoom(createdAt, Date.now()))
    this.ctx.waitUntil(this.#record.deliverNew())
    return { state: 'ended' }
  }

  /** A page watches the room; the Worker has seen to it that it may, if the room is this project's. */
  override async fetch(request: Request): Promise<Response> {
    const projectId = new URL(request.url).searchParams.get('projectId')
    const stored = this.#record.stored
    if (!stored || stored.origin.projectId !== projectId)
      return Response.json({ code: 'room_not_found' }, { status: 404 })
    const answer = await this.#live.watch()
    this.#record.setAlarm()
    return answer
  }

  override webSocketMessage(socket: WebSocket): void {
    this.#live.refuse(socket)
  }

  override webSocketClose(socket: WebSocket, code: number): void {
    answerClose(socket, code)
  }

  override async alarm(): Promise<void> {
    this.#tick()
    await this.#record.ring(() => this.#placer.checkHost())
  }

  async #liveFrame(): Promise<string | null> {
    const projectId = this.#record.stored?.origin.projectId
    if (!projectId) return null
    const looked = await this.look(projectId)
    if (!looked.ok) return null
    const { ok: _ok, ...answer } = looked
    return JSON.stringify({ type: 'room', ...answer } satisfies RoomLiveFrame)
  }

  #tick(): void {
    const room = this.#record.stored?.room
    if (room) this.#record.apply(tick(room, Date.now()))
  }

  async #closeAndTell(reason: 'closed-by-backend' | 'not-placed' | 'void'): Promise<void> {
    const room = this.#record.stored?.room
    if (!room) return
    this.#record.apply(closeRoom(room, reason, Date.now()))
    await Promise.race([this.#record.deliverNew(), scheduler.wait(DELIVERY_WAIT_MS)])
  }

  #refusal(projectId: string): Refusal<'room_not_found' | 'room_closed'> | null {
    const stored = this.#record.stored
    if (stored?.origin.projectId !== projectId) return { ok: false, code: 'room_not_found' }
    return stored.room.kind === 'closed' ? { ok: false, code: 'room_closed' } : null
  }

  /** Why the project gets no token of the room, after it was brought onto a host if it must be. */
  async #refusalOncePlaced(projectId: string): Promise<Refusal<MintRefusal> | null> {
    this.#tick()
    const refusal = this.#refusal(projectId)
    if (refusal) return refusal
    const isPlaced = await this.#placer.ensurePlaced()
    // It may have been closed meanwhile.
    return this.#refusal(projectId) ?? (isPlaced ? null : noHost)
  }
}
