/**
 * The meters of everyone on this host, written to the journal once a second.
 *
 * A meter moves on only by what the journal has taken: when it cannot be written, nothing is
 * reported, and everything is when it can be again.
 */
import { newJti } from '@radist-tech/protocol'
import type { Clock } from '../clock.ts'
import { FRESH_MS } from '../domain/liveness.ts'
import { admitted, type Meter, type MeterEvent, metered, presumedMs, reported } from '../domain/meter.ts'
import { describeError, type Logger } from '../logger.ts'
import type { Journal, MeterWrite } from './journal.ts'
import { type MeteredParticipant, type Progress, usageRecords } from './progress.ts'

const WRITE_INTERVAL_MS = 1000

interface MeteredStay {
  stayId: string
  participant: MeteredParticipant
  meter: Meter
  /** Wall clock minus monotonic clock at admission, so that a wall clock set anew bends no record. */
  wallOffset: number
  /** Connected time in the journal, in ms; -1 before the first write. */
  writtenMs: number
}

export class Metering {
  readonly #journal: Journal
  readonly #clock: Clock
  readonly #log: Logger
  readonly #usageIntervalMs: number
  readonly #onRecords: () => void
  readonly #stays = new Map<string, MeteredStay>()
  readonly #timer: NodeJS.Timeout
  #nextCutAt: number
  #failure: string | null = null

  /** @param options.onRecords called after records were stored for delivery */
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
  admit(participant: MeteredParticipant): string {
    const now = this.#clock.monotonic()
    const wallOffset = this.#clock.wall() - now
    const stayId = newJti()
    this.#stays.set(stayId, { stayId, participant, meter: admitted(now), wallOffset, writtenMs: -1 })
    return stayId
  }

  record(stayId: string, event: MeterEvent): void {
    const stay = this.#stays.get(stayId)
    if (stay) stay.meter = metered(stay.meter, event)
  }

  /** Writes what has changed; every usage interval, and for who has left, also cuts records. */
  write(): void {
    const now = this.#clock.monotonic()
    const cutAll = now >= this.#nextCutAt
    const changes = [...this.#stays.values()].map((stay) => this.#changeOf(stay, now, cutAll))
    if (!this.#store(mergeWrites(changes), cutAll)) return
    for (const change of changes) this.#commit(change)
    if (cutAll) this.#nextCutAt = now + this.#usageIntervalMs
    if (changes.some((change) => change.records.length > 0)) this.#onRecords()
  }

  /** Cuts everything and stops. What has not left by now is cut like what has. */
  close(): void {
    clearInterval(this.#timer)
    this.#nextCutAt = 0
    this.write()
  }

  #changeOf(stay: MeteredStay, now: number, cutAll: boolean): Change {
    const left = stay.meter.state.is === 'left'
    const cut = left || cutAll ? reported(stay.meter) : { meter: stay.meter, report: null }
    const wall = (monotonic: number) => monotonic + stay.wallOffset
    const report = cut.report && {
      seconds: cut.report.seconds,
      from: wall(cut.report.from),
      until: wall(cut.report.until),
    }
    const connectedMs = presumedMs(cut.meter, now, FRESH_MS)
    const progress: Progress = {
      ...stay.participant,
      stayId: stay.stayId,
      connectedMs,
      reportedSeconds: cut.meter.reportedSeconds,
      reportedUntil: wall(cut.meter.reportedUntil),
      at: wall(now),
    }
    return {
      stay,
      meter: cut.meter,
      progress: !left && (connectedMs !== stay.writtenMs || report) ? progress : null,
      records: report ? usageRecords(stay.participant, report) : [],
      left,
    }
  }

  /** A host on which nothing changes still learns, now and then, that its disk is full. */
  #store(write: MeterWrite, probe: boolean): boolean {
    try {
      if (probe || this.#failure !== null) this.#journal.probe(this.#clock.wall())
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

  #commit({ stay, meter, progress, left }: Change): void {
    stay.meter = meter
    if (progress) stay.writtenMs = progress.connectedMs
    if (left) this.#stays.delete(stay.stayId)
  }
}

/** What one write means for one participant. */
interface Change {
  stay: MeteredStay
  meter: Meter
  progress: Progress | null
  records: ReturnType<typeof usageRecords>
  left: boolean
}

const mergeWrites = (changes: readonly Change[]): MeterWrite => ({
  progress: changes.flatMap((change) => change.progress ?? []),
  records: changes.flatMap((change) => change.records),
  finished: changes.flatMap((change) => (change.left ? change.stay.stayId : [])),
})
