/** Tells the Room objects who has left, however long they are out of reach. */
import { departuresAnswerSchema, departuresPath } from '@radist-tech/protocol'
import { type ControlPlane, ControlPlaneRefusal } from '../control-plane/control-plane.ts'
import type { Departure, Journal } from '../journal/journal.ts'
import type { StoredDeparture } from '../journal/schema.ts'
import type { Logger } from '../logger.ts'
import { DeliveryLoop } from './delivery-loop.ts'

/** The most that one request may carry (the schema's own limit). */
const MAX_BATCH = 1000
/** When a whole room goes, its departures share one write to the disk and one request. */
const GATHER_MS = 20

export class DepartureDelivery {
  readonly loop: DeliveryLoop
  readonly #journal: Journal
  readonly #controlPlane: ControlPlane
  readonly #log: Logger
  /** Not in the journal yet: just added, or it could not be written. */
  #unstored: Departure[] = []
  #gathering: NodeJS.Timeout | undefined

  constructor(journal: Journal, controlPlane: ControlPlane, log: Logger) {
    this.#journal = journal
    this.#controlPlane = controlPlane
    this.#log = log.child({ delivery: 'departures' })
    this.loop = new DeliveryLoop(() => this.#deliver(), this.#log)
  }

  add(departure: Departure): void {
    this.#unstored.push(departure)
    this.#gathering ??= setTimeout(() => {
      this.#gathering = undefined
      this.loop.wake()
    }, GATHER_MS)
  }

  close(): void {
    clearTimeout(this.#gathering)
    this.loop.close()
  }

  async #deliver(): Promise<boolean> {
    this.#journal.addDepartures(this.#unstored)
    this.#unstored = []
    const pending = this.#journal.pendingDepartures(MAX_BATCH)
    const [first] = pending
    if (!first) return false
    const batch = pending.filter((other) => other.roomId === first.roomId && other.epoch === first.epoch)
    await this.#post(first, batch)
    this.#journal.deleteDepartures(batch.map((departure) => departure.position))
    return true
  }

  async #post({ roomId, epoch }: StoredDeparture, batch: readonly StoredDeparture[]): Promise<void> {
    const departures = batch.map(({ participantId, reason }) => ({ participantId, reason }))
    try {
      await this.#controlPlane.post(departuresPath(roomId), { epoch, departures }, departuresAnswerSchema)
    } catch (error) {
      if (!(error instanceof ControlPlaneRefusal) || !isSettled(error)) throw error
      this.#log.info({ roomId, epoch, code: error.code }, 'departures no longer wanted')
    }
  }
}

/** The room is gone or has moved on, or will never take this: sending again would change nothing. */
const isSettled = (refusal: ControlPlaneRefusal): boolean =>
  ['room_not_found', 'room_closed', 'overtaken_epoch', 'invalid_body'].includes(refusal.code)
