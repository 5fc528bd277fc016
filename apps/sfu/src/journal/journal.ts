/**
 * What the host must not forget, in SQLite on its disk: connected time that has not been
 * acknowledged by the ledger, and departures that the Room objects have not heard of.
 *
 * Seconds become a record, with an id, only when they are about to be sent; from then on it never changes,
 * since the ledger may have it. Until then they just add up. So an outage costs a row for each stay, however
 * long it lasts.
 */
import type { DatabaseSync, StatementResultingChanges, StatementSync } from 'node:sqlite'
import {
  type DepartureReason,
  newUsageRecordId,
  type ParticipantId,
  type ProjectId,
  type RoomId,
  type UsageRecord,
} from '@radist-tech/protocol'
import { z } from 'zod'
import { type MeterReport, reportsLeft } from '../domain/meter.ts'
import { recovered, type SavedMeter } from '../domain/saved-meter.ts'
import { damagedJournals, openJournalFile } from './journal-file.ts'
import type { PackedId } from './packed-id.ts'
import {
  type MeteredParticipant,
  RoomRows,
  savedColumns,
  savedOf,
  type UsageColumns,
  usageColumns,
} from './rows.ts'
import {
  atRowSchema,
  countRowSchema,
  departureRowSchema,
  endedRowSchema,
  idRowSchema,
  packParticipantId,
  packRecordId,
  type StoredDeparture,
  sentRecordSchema,
  stayRowSchema,
} from './schema.ts'
import { prepare, type Statements } from './statements.ts'

/** As many pages of 4 KiB are given back to the disk at a time. */
const VACUUM_PAGES = 1024
/** Looking for rooms that nothing speaks of is for when little waits. */
const TIDY_BELOW = 10_000

export interface Departure {
  roomId: RoomId
  projectId: ProjectId
  epoch: number
  participantId: ParticipantId
  reason: DepartureReason
}

/** A stay on this host: a participant may leave and come back under the same id. */
export interface JournalStay {
  /** Of no other stay of this run. */
  id: number
  participant: MeteredParticipant
  /** Wall clock minus monotonic clock at admission, in ms. */
  wallOffset: number
}

/** What one transaction of the meters writes. */
export interface MeterWrite {
  /** Until when those who run have lived, on the monotonic clock. */
  mark: number
  saved: readonly { stay: JournalStay; saved: SavedMeter }[]
  /** Stays that are over, with all that was not reported of them. */
  ended: readonly { stay: JournalStay; reports: readonly MeterReport[] }[]
}

/** Seconds of a stay that goes on, to be sent; with the meter without them. */
export interface Cut {
  stay: JournalStay
  saved: SavedMeter
  report: MeterReport
}

export interface JournalDepth {
  /** Records that wait: sent and not acknowledged, or left by stays that have ended. */
  usage: number
  /** Records that the ledger refused. */
  rejectedUsage: number
  departures: number
}

export interface JournalLog {
  /** How many participants the last run left inside. */
  recovered(participants: number): void
  /** The journal was damaged; it lies at `path` now, and a new one was begun. */
  damaged(path: string, reason: string): void
}

interface Counts {
  ended: number
  sent: number
  rejected: number
  departures: number
}

export class Journal {
  readonly #database: DatabaseSync
  readonly #statements: Statements
  readonly #rooms: RoomRows
  /** Kept, since counting a long backlog takes its time. */
  #counts: Counts
  /** Damaged journals beside this one, when it was opened. */
  readonly damaged: number

  /**
   * Opens the journal; what a crash left in progress becomes records and departures.
   * @throws when the disk refuses, or a newer version wrote the journal
   */
  constructor(dataDir: string, log: JournalLog) {
    this.#database = openJournalFile(dataDir, log.damaged)
    this.#statements = prepare(this.#database)
    this.#rooms = new RoomRows(this.#database)
    this.#counts = this.#count()
    this.damaged = damagedJournals(dataDir)
    log.recovered(this.#recover())
  }

  /** @throws when the disk refuses; nothing is written then */
  writeMeters({ mark, saved, ended }: MeterWrite): void {
    this.#transaction(() => {
      for (const entry of saved) this.#putStay(entry.stay, entry.saved)
      for (const { stay, reports } of ended) {
        for (const report of reports) this.#addEnded(...this.#usageOf(stay, report))
        this.#statements.deleteStay.run(stay.id)
      }
      this.#statements.putMark.run(mark)
    })
  }

  /** Gives back what nothing needs any more. @throws when the disk refuses */
  tidy(): void {
    const { ended, sent, departures } = this.#counts
    if (ended + sent + departures > TIDY_BELOW) return
    this.#transaction(() => {
      if (changes(this.#statements.forgetRooms.run()) > 0) this.#rooms.forget()
    })
    this.#database.exec(`PRAGMA incremental_vacuum(${VACUUM_PAGES})`)
  }

  /** Stays of which a record is on its way: what they complete meanwhile goes into the next. */
  staysOnTheirWay(): ReadonlySet<number> {
    return new Set(
      z
        .array(idRowSchema)
        .parse(this.#statements.staysOfSent.all())
        .map(({ id }) => id),
    )
  }

  /**
   * Makes records of what waits, at most `limit` with those that wait for an acknowledgement already: of
   * stays that have ended, then of `cuts`. Answers how many of the cuts were taken, the first ones.
   * @throws when the disk refuses; nothing is written then
   */
  makeRecords(limit: number, cuts: readonly Cut[]): number {
    const room = limit - this.#counts.sent
    if (room <= 0 || this.#counts.ended + cuts.length === 0) return 0
    return this.#transaction(() => {
      const ended = z.array(endedRowSchema).parse(this.#statements.firstEnded.all(room))
      for (const row of ended) {
        const { participantId, seconds, remainderMs, startedAt, spanMs } = row
        this.#addSent(null, row.room, [participantId, seconds, remainderMs, startedAt, spanMs])
        this.#statements.deleteEnded.run(row.position)
        this.#counts.ended -= 1
      }
      const taken = cuts.slice(0, room - ended.length)
      for (const { stay, saved, report } of taken) {
        this.#putStay(stay, saved)
        this.#addSent(stay.id, ...this.#usageOf(stay, report))
      }
      return taken.length
    })
  }

  /** The oldest records that wait for an acknowledgement. */
  sentUsage(limit: number): UsageRecord[] {
    return z.array(sentRecordSchema).parse(this.#statements.firstSent.all(limit))
  }

  /** Forgets what the ledger has, and sets aside what it refuses. */
  settleUsage(
    accepted: readonly string[],
    rejected: readonly { recordId: string; code: string }[],
    at: number,
  ): void {
    this.#transaction(() => {
      for (const { recordId, code } of rejected) this.#setAside(recordId, code, at)
      for (const recordId of [...accepted, ...rejected.map((entry) => entry.recordId)])
        this.#counts.sent -= changes(this.#statements.deleteSent.run(packRecordId(recordId)))
    })
  }

  addDepartures(departures: readonly Departure[]): void {
    if (departures.length === 0) return
    this.#transaction(() => {
      for (const departure of departures) {
        const room = this.#rooms.idOf(departure)
        this.#addDeparture(room, packParticipantId(departure.participantId), departure.reason)
      }
    })
  }

  /** The oldest departures that wait for delivery. */
  pendingDepartures(limit: number): StoredDeparture[] {
    return z.array(departureRowSchema).parse(this.#statements.firstDepartures.all(limit))
  }

  deleteDepartures(positions: readonly number[]): void {
    this.#transaction(() => {
      for (const position of positions)
        this.#counts.departures -= changes(this.#statements.deleteDeparture.run(position))
    })
  }

  /** How much waits, and how much was refused. */
  depth(): JournalDepth {
    const { ended, sent, rejected, departures } = this.#counts
    return { usage: ended + sent, rejectedUsage: rejected, departures }
  }

  /** When the last second of the oldest record that waits was complete, in ms since 1970; null when none does. */
  oldestUsageAt(): number | null {
    const { oldestSent, oldestEnded } = this.#statements
    const row = oldestSent.get() ?? oldestEnded.get()
    return row === undefined ? null : atRowSchema.parse(row).at
  }

  close(): void {
    this.#database.close()
  }

  #count(): Counts {
    const count = (statement: StatementSync) => countRowSchema.parse(statement.get()).count
    return {
      ended: count(this.#statements.countEnded),
      sent: count(this.#statements.countSent),
      rejected: count(this.#statements.countRejected),
      departures: count(this.#statements.countDepartures),
    }
  }

  /** Ends, at the mark, the stays that the last run left. */
  #recover(): number {
    const statements = this.#statements
    const left = z.array(stayRowSchema).parse(statements.allStays.all())
    if (left.length === 0) return 0
    const mark = atRowSchema.parse(statements.mark.get()).at ?? 0
    this.#transaction(() => {
      const departed = new Set(
        z
          .array(idRowSchema)
          .parse(statements.staysThatDeparted.all())
          .map(({ id }) => id),
      )
      for (const row of left) {
        const { id, room, participantId: packed, wallOffset } = row
        for (const report of reportsLeft(recovered(savedOf(row), mark))) {
          this.#addEnded(room, usageColumns(packed, wallOffset, report))
        }
        if (!departed.has(id)) this.#addDeparture(room, packed, 'host-lost')
      }
      statements.deleteStays.run()
      // The next run counts its stays from the beginning.
      statements.forgetStaysOfSent.run()
    })
    return left.length
  }

  #putStay({ id, participant, wallOffset }: JournalStay, saved: SavedMeter): void {
    const { updateStay, addStay } = this.#statements
    const columns = [...savedColumns(saved), id]
    if (changes(updateStay.run(...columns)) > 0) return
    const room = this.#rooms.idOf(participant)
    addStay.run(...columns, room, packParticipantId(participant.participantId), wallOffset)
  }

  #addEnded(room: number, columns: UsageColumns): void {
    this.#statements.addEnded.run(room, ...columns)
    this.#counts.ended += 1
  }

  #addSent(stay: number | null, room: number, columns: UsageColumns): void {
    this.#statements.addSent.run(packRecordId(newUsageRecordId()), stay, room, ...columns)
    this.#counts.sent += 1
  }

  #usageOf(
    { participant, wallOffset }: JournalStay,
    report: MeterReport,
  ): [room: number, columns: UsageColumns] {
    const packed = packParticipantId(participant.participantId)
    return [this.#rooms.idOf(participant), usageColumns(packed, wallOffset, report)]
  }

  #setAside(recordId: string, code: string, at: number): void {
    const row = this.#statements.findSent.get(packRecordId(recordId))
    if (row === undefined) return
    const record = sentRecordSchema.parse(row)
    this.#statements.setAside.run(recordId, JSON.stringify(record), code, at)
    this.#counts.rejected += 1
  }

  #addDeparture(room: number, participantId: PackedId, reason: DepartureReason): void {
    this.#statements.addDeparture.run(room, participantId, reason)
    this.#counts.departures += 1
  }

  #transaction<T>(write: () => T): T {
    const counts = { ...this.#counts }
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      const written = write()
      this.#database.exec('COMMIT')
      return written
    } catch (error) {
      this.#counts = counts
      this.#rooms.forget()
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      throw error
    }
  }
}

const changes = ({ changes }: StatementResultingChanges): number => Number(changes)
