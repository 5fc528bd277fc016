/**
 * The meters of everyone on this host, written to the journal once a second.
 *
 * A meter moves on only by what the journal has taken: when it cannot be written, nothing is
 * reported, and everything is when it can be again.
 */
import type { UsageRecord } from '@radist-tech/protocol'
import type { Clock } from '../clock.ts'
import { FRESH_MS } from '../domain/liveness.ts'
import {
  admitted,
  type Meter,
  type MeterEvent,
  metered,
  reported,
  reportsLeft,
  unreported,
} from '../domain/meter.ts'
import { isSame, type SavedMeter, saved } from '../domain/saved-meter.ts'
import { describeError, type Logger } from '../logger.ts'
import type { Cut, Journal, JournalStay, MeterWrite } from './journal.ts'
import type { MeteredParticipant } from './rows.ts'

const WRITE_INTERVAL_MS = 1000

interface MeteredStay extends JournalStay {
  meter: Meter
  /** What the journal has of it; null before the first write. */
  written: SavedMeter | null
}

export class Metering {
  readonly #journal: Journal
  readonly #clock: Clock
  readonly #log: Logger
  readonly #usageIntervalMs: number
  readonly #onRecords: () => void
  readonly #stays = new Map<number, MeteredStay>()
  readonly #timer: NodeJS.Timeout
  #lastId = 0
  /** Stays whose completed seconds are to be sent: those that had any at the last interval. */
  #due: readonly MeteredStay[] = []
  #nextCutAt: number
  #failure: string | null = null

  /** @param options.onRecords called when there is something to deliver */
  constructor(
    journal: Journal,
    options: { clock: Clock; log: Logger; usageIntervalSeconds: number; onRecords: () => void },
  ) {
    this.#journal = journal
    this.#clock = options.clock
    this.#log = options.log
    this.#usageIntervalMs = options.usageIntervalSeconds * 1000
    this.#onRecords = options.onRecords
    this.#nextCutAt = this.#clock.monotonic() + this.#usageIntervalMs
    this.#timer = setInterval(() => this.write(), WRITE_INTERVAL_MS)
  }

  /** Whether the journal took the last write. */
  get writable(): boolean {
    return this.#failure === null
  }

  /** Why the journal did not take the last write, in the database's words; null when it did. */
  get failure(): string | null {
    return this.#failure
  }

  /** Starts a meter for a participant that is admitted now; answers the id of its stay. */
  admit(participant: MeteredParticipant): number {
    const now = this.#clock.monotonic()
    this.#lastId += 1
    const id = this.#lastId
    // The wall clock of this instant, so that one that is set anew bends no record.
    const wallOffset = this.#clock.wall() - now
    this.#stays.set(id, { id, participant, wallOffset, meter: admitted(now), written: null })
    return id
  }

  record(stayId: number, event: MeterEvent): void {
    const stay = this.#stays.get(stayId)
    if (stay) stay.meter = metered(stay.meter, event)
  }

  /** Writes what has changed, and until when the others have lived; every usage interval, lets seconds be sent. */
  write(): void {
    const now = this.#clock.monotonic()
    const cut = now >= this.#nextCutAt
    // A host on which nobody is still learns, now and then, that its disk is full.
    if (this.#stays.size === 0 && !cut && this.writable) return
    const [ended, open] = partition(this.#stays.values(), ({ meter }) => meter.state.is === 'left')
    const changed = open.flatMap((stay) => changeOf(stay, now))
    if (!this.#store({ mark: now, saved: changed, ended: ended.map(endOf) }, cut)) return
    for (const { stay, saved } of changed) stay.written = saved
    for (const { id } of ended) this.#stays.delete(id)
    if (cut) {
      this.#due = open.filter(({ meter }) => unreported(meter) > 0)
      this.#nextCutAt = now + this.#usageIntervalMs
    }
    if (this.#due.length > 0 || ended.length > 0) this.#onRecords()
  }

  /**
   * The oldest records that wait for an acknowledgement, and new ones of what is due; the same ones again
   * until they are settled.
   * @throws when the disk refuses
   */
  take(limit: number): UsageRecord[] {
    const onTheirWay = this.#journal.staysOnTheirWay()
    // One that has left meanwhile ends with the next write, with all its seconds.
    this.#due = this.#due.filter(({ id, meter }) => meter.state.is !== 'left' && !onTheirWay.has(id))
    const now = this.#clock.monotonic()
    const cuts = this.#due.slice(0, limit).flatMap((stay) => cutOf(stay, now))
    const taken = this.#journal.makeRecords(limit, cuts)
    for (const { stay, meter, saved } of cuts.slice(0, taken)) {
      stay.meter = meter
      stay.written = saved
    }
    this.#due = this.#due.slice(taken)
    return this.#journal.sentUsage(limit)
  }

  /** Writes once more, lets all seconds be sent, and stops. Who has not left by now is lost at the next start. */
  close(): void {
    clearInterval(this.#timer)
    this.#nextCutAt = 0
    this.write()
  }

  #store(write: MeterWrite, tidy: boolean): boolean {
    try {
      if (tidy) this.#journal.tidy()
      this.#journal.writeMeters(write)
      if (this.#failure !== null) this.#log.info('the journal can be written again')
      this.#failure = null
    } catch (error) {
      const reason = describeError(error)
      // Once per change, not per second.
      if (this.#failure === null)
        this.#log.error({ reason }, 'the journal cannot be written: no new participants')
      this.#failure = reason
    }
    return this.#failure === null
  }
}

/** What the journal does not have yet of a stay that goes on. */
function changeOf(stay: MeteredStay, now: number): { stay: MeteredStay; saved: SavedMeter }[] {
  const meter = saved(stay.meter, now, FRESH_MS)
  return stay.written && isSame(meter, stay.written) ? [] : [{ stay, saved: meter }]
}

const endOf = (stay: MeteredStay) => ({ stay, reports: reportsLeft(stay.meter) })

function cutOf(stay: MeteredStay, now: number): (Cut & { stay: MeteredStay; meter: Meter })[] {
  const { meter, report } = reported(stay.meter)
  return report ? [{ stay, meter, report, saved: saved(meter, now, FRESH_MS) }] : []
}

function partition<T>(all: Iterable<T>, belongs: (one: T) => boolean): [those: T[], others: T[]] {
  const [those, others]: [T[], T[]] = [[], []]
  for (const one of all) (belongs(one) ? those : others).push(one)
  return [those, others]
}
