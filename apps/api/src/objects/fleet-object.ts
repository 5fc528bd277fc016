/**
 * One per region, named by it: the SFU hosts that have enrolled, how loaded they are, and which of
 * their signed requests were taken already. Nothing is written before the first host enrols.
 */
import { DurableObject } from 'cloudflare:workers'
import type { BootId, EnrolBody, HeartbeatBody, HostId, HostPublicKey } from '@radist-tech/protocol'
import {
  chooseHost,
  type HostState,
  hostState,
  type KnownHost,
  type ShownState,
  shownState,
  withAssignment,
  withHeartbeat,
} from '../domain/fleet.ts'
import type { RoomHost } from '../domain/room.ts'
import type { Env } from '../env.ts'
import { DrainWishes } from './drain-wishes.ts'
import { type EnrolledHost, HostStore } from './host-store.ts'
import { RegionList } from './region-list.ts'
import { type RequestStamp, TakenRequests } from './taken-requests.ts'

export type RequestAcceptance = { ok: true } | { ok: false; code: 'host_not_found' | 'replayed_request' }

/** `drain`: an operator wants it drained. */
export type HeartbeatAcceptance =
  | { ok: true; drain: boolean }
  | { ok: false; code: 'host_not_found' | 'replayed_request' }

/** A host as those who look after it see it. */
export interface SeenHost {
  hostId: HostId
  signalingUrl: string
  version: string
  state: ShownState
  drainAsked: boolean
  lastSeenAt: string
  workers: number
  rooms: number
  participants: number
  maxParticipants: number
  workerCpu: number
}

export class FleetObject extends DurableObject<Env> {
  readonly #hosts: Map<HostId, EnrolledHost>
  readonly #store: HostStore
  readonly #taken: TakenRequests
  readonly #drainWishes: DrainWishes
  readonly #regions: RegionList

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#store = new HostStore(ctx.storage)
    this.#taken = new TakenRequests(ctx.storage)
    this.#drainWishes = new DrainWishes(ctx.storage)
    this.#regions = new RegionList(ctx.storage)
    this.#hosts = this.#store.load(Date.now(), (hostId) => this.#drainWishes.has(hostId))
  }

  /** A host says who and where it is; the caller has checked its signature and the fleet secret. */
  enrol(hostId: HostId, body: EnrolBody, request: RequestStamp): RequestAcceptance {
    const now = Date.now()
    if (!this.#taken.take(hostId, request, now)) return { ok: false, code: 'replayed_request' }
    const before = this.#hosts.get(hostId)
    const sameRun = before?.known.bootId === body.bootId
    const host: EnrolledHost = {
      known: {
        hostId,
        bootId: body.bootId,
        maxParticipants: body.maxParticipants,
        lastSeenAt: now,
        load: sameRun ? before.known.load : { rooms: 0, participants: 0, workerCpu: 0, state: 'ready' },
        drainAsked: this.#drainWishes.has(hostId),
        recentAssignments: sameRun ? before.known.recentAssignments : [],
      },
      publicKey: body.publicKey,
      signalingUrl: body.signalingUrl,
      controlUrl: body.controlUrl,
      workers: body.workers,
      version: body.version,
    }
    this.#hosts.set(hostId, host)
    this.#store.save(host, now)
    for (const forgotten of this.#store.forgetLongSilent(now)) this.#hosts.delete(forgotten)
    return { ok: true }
  }

  /** The key that the host enrolled with, or null. */
  publicKeyOf(hostId: HostId): HostPublicKey | null {
    return this.#hosts.get(hostId)?.publicKey ?? null
  }

  /**
   * Takes a host's request, once. The caller has checked its signature, so that nobody but an enrolled
   * host makes this object write.
   */
  acceptRequest(hostId: HostId, request: RequestStamp): RequestAcceptance {
    if (!this.#hosts.has(hostId)) return { ok: false, code: 'host_not_found' }
    return this.#taken.take(hostId, request, Date.now())
      ? { ok: true }
      : { ok: false, code: 'replayed_request' }
  }

  /**
   * A host's report. One from another run than the one that enrolled asks for a new enrolment. Kept in
   * memory, with its request's id, and written now and then: an eviction forgets the load for one more
   * interval, and lets a report be replayed within its minute, which says no more than it said.
   */
  heartbeat(hostId: HostId, body: HeartbeatBody, request: RequestStamp): HeartbeatAcceptance {
    const now = Date.now()
    const host = this.#hosts.get(hostId)
    if (!host || host.known.bootId !== body.bootId) return { ok: false, code: 'host_not_found' }
    if (!this.#taken.takeInMemory(hostId, request, now)) return { ok: false, code: 'replayed_request' }
    const { bootId: _, ...load } = body
    const stateChanged = host.known.load.state !== load.state
    const after = { ...host, known: withHeartbeat(host.known, load, now) }
    this.#hosts.set(hostId, after)
    this.#store.saveNowAndThen(after, now, stateChanged)
    return { ok: true, drain: after.known.drainAsked }
  }

  /**
   * Drains the host, or takes it back: for placing rooms at once, and the host is told with its next report.
   * False when it is not known here.
   */
  askToDrain(hostId: HostId, isAsked: boolean): boolean {
    const host = this.#hosts.get(hostId)
    if (!host) return false
    this.#drainWishes.set(hostId, isAsked)
    this.#hosts.set(hostId, { ...host, known: { ...host.known, drainAsked: isAsked } })
    return true
  }

  /** All that have enrolled, those that were lost within the last week included. */
  hosts(): SeenHost[] {
    const now = Date.now()
    const { compare } = new Intl.Collator('en')
    return [...this.#hosts.values()]
      .map(({ known, signalingUrl, version, workers }) => ({
        hostId: known.hostId,
        signalingUrl,
        version,
        state: shownState(known, now),
        drainAsked: known.drainAsked,
        lastSeenAt: new Date(known.lastSeenAt).toISOString(),
        workers,
        rooms: known.load.rooms,
        participants: known.load.participants,
        maxParticipants: known.maxParticipants,
        workerCpu: known.load.workerCpu,
      }))
      .sort((a, b) => compare(a.signalingUrl, b.signalingUrl))
  }

  /** Where hosts have enrolled. Only the default region's object knows. */
  regions(): string[] {
    return this.#regions.all()
  }

  noteRegion(region: string): void {
    this.#regions.note(region)
  }

  /** The host for one more room, counted against it from here on; null when none has room. */
  place(excluded: HostId[]): RoomHost | null {
    const now = Date.now()
    const chosen = chooseHost(this.#known(), new Set(excluded), now)
    const host = chosen && this.#hosts.get(chosen.hostId)
    if (!host) return null
    this.#hosts.set(host.known.hostId, { ...host, known: withAssignment(host.known, now) })
    const { hostId, bootId } = host.known
    return { hostId, bootId, signalingUrl: host.signalingUrl, controlUrl: host.controlUrl }
  }

  /** What the host is to a room that was given to this run of it. */
  hostState(hostId: HostId, bootId: BootId): HostState {
    return hostState(this.#hosts.get(hostId)?.known, bootId, Date.now())
  }

  *#known(): Iterable<KnownHost> {
    for (const { known } of this.#hosts.values()) yield known
  }
}
