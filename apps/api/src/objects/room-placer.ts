/** Brings a room onto a host, and sees to it that the host is still there. */
import type { HostId } from '@radist-tech/protocol'
import type { HostState } from '../domain/fleet.ts'
import { beginPlacement, hostChecked, placed, type RoomHost } from '../domain/room.ts'
import type { Env } from '../env.ts'
import { assignRoom } from '../host-requests.ts'
import type { RoomRecord } from './room-record.ts'
import type { RoomOrigin } from './room-store.ts'
import type { RoomVisitors } from './room-visitors.ts'

/** Hosts tried for one placement; each may take up to 3 s to answer. */
const MAX_ATTEMPTS = 3

export class RoomPlacer {
  readonly #record: RoomRecord
  readonly #visitors: RoomVisitors
  readonly #env: Env
  /** The placement under way: whoever needs the room placed meanwhile waits for the same one. */
  #placing: Promise<boolean> | null = null

  constructor(record: RoomRecord, visitors: RoomVisitors, env: Env) {
    this.#record = record
    this.#visitors = visitors
    this.#env = env
  }

  /** Whether the open room is on a live host, after moving it to one if it must be. */
  async ensurePlaced(): Promise<boolean> {
    if (this.#placing) return this.#placing
    const placement = this.#record.open?.placement
    if (!placement) return false
    if (placement.kind === 'on-host') {
      const state = await this.#stateOf(placement.host)
      const room = this.#record.open
      // Another request may have moved or closed the room meanwhile.
      if (room?.placement !== placement) return this.ensurePlaced()
      const mayStay = state === 'live' || (state === 'draining' && room.roster.size > 0)
      if (mayStay) return true
    }
    this.#placing ??= this.#place().finally(() => {
      this.#placing = null
    })
    return this.#placing
  }

  /** Tells the machine whether the host is there. */
  async checkHost(): Promise<void> {
    const placement = this.#record.open?.placement
    if (placement?.kind !== 'on-host') return
    const state = await this.#stateOf(placement.host)
    const room = this.#record.open
    if (room?.placement !== placement) return
    this.#record.apply(hostChecked(room, state === 'lost' ? 'lost' : 'live', Date.now()))
  }

  async #stateOf(host: RoomHost): Promise<HostState> {
    const origin = this.#record.stored?.origin
    if (!origin) return 'live'
    try {
      return await this.#fleet(origin).hostState(host.hostId, host.bootId)
    } catch (error) {
      // No news of the host is no reason to move a room off it.
      console.warn(JSON.stringify({ message: 'fleet did not answer', error: String(error) }))
      return 'live'
    }
  }

  async #place(): Promise<boolean> {
    const origin = this.#record.stored?.origin
    const tried: HostId[] = []
    while (origin && tried.length < MAX_ATTEMPTS) {
      const host = await this.#nextHost(origin, tried)
      if (!host || !this.#record.open) return false
      tried.push(host.hostId)
      if (await this.#offer(origin, host)) return true
    }
    return false
  }

  async #nextHost(origin: RoomOrigin, tried: HostId[]): Promise<RoomHost | null> {
    try {
      return await this.#fleet(origin).place(tried)
    } catch (error) {
      console.warn(JSON.stringify({ message: 'fleet did not answer', error: String(error) }))
      return null
    }
  }

  /** Offers the room to a host at an epoch of its own. */
  async #offer(origin: RoomOrigin, host: RoomHost): Promise<boolean> {
    const room = this.#record.open
    if (!room) return false
    const { epoch } = this.#record.apply(beginPlacement(room, Date.now()))
    const taken = await assignRoom(this.#env, host, {
      projectId: origin.projectId,
      roomId: origin.roomId,
      epoch,
      publicKeys: this.#visitors.publicKeys,
      maxParticipants: room.settings.maxParticipants,
      graceSeconds: room.settings.graceMs / 1000,
    })
    const after = this.#record.open
    if (taken && after?.epoch === epoch) {
      this.#record.apply({ room: placed(after, host, Date.now()), effects: [], answer: null })
      return true
    }
    // It may have taken the room though its answer was lost, or the room was closed meanwhile.
    this.#record.drop({ host, epoch, reason: after ? 'moved' : 'closed-by-backend' })
    return false
  }

  #fleet(origin: RoomOrigin) {
    return this.#env.FLEET.getByName(origin.region)
  }
}
