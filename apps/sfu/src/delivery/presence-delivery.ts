/**
 * Tells the Room objects whose socket is gone or back, for the timelines of rooms. Nobody acts on it, so it
 * is kept in memory only: what a host has not told when it dies is not on the timeline.
 */
import {
  MAX_PRESENCE_CHANGES,
  type ParticipantId,
  type PresenceChange,
  presenceAnswerSchema,
  presencePath,
  type RoomId,
} from '@radist-tech/protocol'
import type { Clock } from '../clock.ts'
import { type ControlPlane, ControlPlaneRefusal } from '../control-plane/control-plane.ts'
import type { Logger } from '../logger.ts'
import { DeliveryLoop } from './delivery-loop.ts'

/** Sockets come and go: changes are gathered for so long, in milliseconds. */
const GATHER_MS = 1000
/** More than these are not kept while the control plane is out of reach: the oldest go. */
const MAX_WAITING = 10_000

type Waiting = PresenceChange & { roomId: RoomId; epoch: number }

export class PresenceDelivery {
  readonly loop: DeliveryLoop
  readonly #controlPlane: ControlPlane
  readonly #clock: Clock
  readonly #log: Logger
  #waiting: Waiting[] = []
  /** Rises with each change of this run, so that the control plane takes each once. */
  #number = 0
  #gathering: NodeJS.Timeout | undefined

  constructor(controlPlane: ControlPlane, clock: Clock, log: Logger) {
    this.#controlPlane = controlPlane
    this.#clock = clock
    this.#log = log.child({ delivery: 'presence' })
    this.loop = new DeliveryLoop(() => this.#deliver(), this.#log)
  }

  add(
    room: { roomId: RoomId; epoch: number },
    participantId: ParticipantId,
    change: PresenceChange['change'],
  ): void {
    this.#number += 1
    const at = new Date(this.#clock.wall()).toISOString()
    this.#waiting.push({ ...room, participantId, change, at, number: this.#number })
    if (this.#waiting.length > MAX_WAITING) this.#waiting.shift()
    this.#gathering ??= setTimeout(() => {
      this.#gathering = undefined
      this.loop.wake()
    }, GATHER_MS)
  }

  close(): void {
    clearTimeout(this.#gathering)
    this.loop.close()
  }

  /** One room at a time, in the order of its changes. */
  async #deliver(): Promise<boolean> {
    const [first] = this.#waiting
    if (!first) return false
    const { roomId, epoch } = first
    const isRooms = (other: Waiting) => other.roomId === roomId && other.epoch === epoch
    const batch = this.#waiting.filter(isRooms).slice(0, MAX_PRESENCE_CHANGES)
    await this.#post(first, batch)
    const told = new Set(batch)
    this.#waiting = this.#waiting.filter((other) => !told.has(other))
    return this.#waiting.length > 0
  }

  async #post({ roomId, epoch }: Waiting, batch: readonly Waiting[]): Promise<void> {
    const changes = batch.map(({ participantId, change, at, number }) => ({
      participantId,
      change,
      at,
      number,
    }))
    try {
      await this.#controlPlane.post(presencePath(roomId), { epoch, changes }, presenceAnswerSchema)
    } catch (error) {
      // The room is over or elsewhere by now, or the control plane is older than this host.
      if (!(error instanceof ControlPlaneRefusal)) throw error
      this.#log.debug({ roomId, epoch, code: error.code }, 'presence no longer wanted')
    }
  }
}
