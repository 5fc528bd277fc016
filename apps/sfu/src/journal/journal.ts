/**
 * What the host must not forget, in SQLite on its disk: connected time that has not been
 * acknowledged by the ledger, and departures that the Room objects have not heard of.
 */
import { join } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import {
  type DepartureReason,
  departureReasonSchema,
  type ParticipantId,
  participantIdSchema,
  projectIdSchema,
  type RoomId,
  roomIdSchema,
  type UsageRecord,
  usageRecordSchema,
} from '@radist-tech/protocol'
import { z } from 'zod'
import { type Progress, recordsLeftBy } from './progress.ts'

const FILE_NAME = 'journal.sqlite'

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS progress (
    stayId TEXT PRIMARY KEY, participantId TEXT NOT NULL, projectId TEXT NOT NULL, roomId TEXT NOT NULL, epoch INTEGER NOT NULL,
    connectedMs INTEGER NOT NULL, reportedSeconds INTEGER NOT NULL, reportedUntil INTEGER NOT NULL,
    at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS usage (position INTEGER PRIMARY KEY, recordId TEXT NOT NULL UNIQUE, record TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS rejectedUsage (
    recordId TEXT PRIMARY KEY, record TEXT NOT NULL, code TEXT NOT NULL, at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS departure (
    position INTEGER PRIMARY KEY, roomId TEXT NOT NULL, epoch INTEGER NOT NULL,
    participantId TEXT NOT NULL, reason TEXT NOT NULL, UNIQUE (roomId, epoch, participantId)
  ) STRICT;`

/** Rewritten to learn whether the disk still takes writes. */
const PROBE_SCHEMA = 'CREATE TABLE IF NOT EXISTS probe (id INTEGER PRIMARY KEY, at INTEGER NOT NULL) STRICT;'

const progressRowSchema = z.object({
  stayId: z.string(),
  participantId: participantIdSchema,
  projectId: projectIdSchema,
  roomId: roomIdSchema,
  epoch: z.int(),
  connectedMs: z.int(),
  reportedSeconds: z.int(),
  reportedUntil: z.int(),
  at: z.int(),
})
const usageRowSchema = z.object({ record: z.string() })
const departureRowSchema = z.object({
  position: z.int(),
  roomId: roomIdSchema,
  epoch: z.int(),
  participantId: participantIdSchema,
  reason: departureReasonSchema,
})
const countRowSchema = z.object({ count: z.int() })

export interface Departure {
  roomId: RoomId
  epoch: number
  participantId: ParticipantId
  reason: DepartureReason
}
export type StoredDeparture = z.infer<typeof departureRowSchema>

/** What one transaction of the meter writes. */
export interface MeterWrite {
  progress: readonly Progress[]
  /** Cut from the progress written with it: both are stored, or neither. */
  records: readonly UsageRecord[]
  /** Ids of the stays whose last record is among `records`. */
  finished: readonly string[]
}

export interface JournalDepth {
  /** Records that wait for delivery. */
  usage: number
  /** Records that the ledger refused. */
  rejectedUsage: number
  departures: number
}

export class Journal {
  readonly #database: DatabaseSync
  /** Counted again only after a write, since counting a long backlog takes its time. */
  #depth: JournalDepth | null = null
  readonly #statements: ReturnType<typeof prepare>

  /** Opens the journal; what a crash left in progress becomes records and departures. */
  constructor(dataDir: string, log: { recovered(participants: number): void }) {
    this.#database = new DatabaseSync(join(dataDir, FILE_NAME))
    // FULL: a commit is on the disk when it returns, also through a power failure.
    this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;')
    this.#database.exec(SCHEMA + PROBE_SCHEMA)
    this.#statements = prepare(this.#database)
    log.recovered(this.#recover())
  }

  /** @throws when the disk refuses; nothing is written then */
  writeMeters(write: MeterWrite): void {
    if (write.progress.length + write.records.length + write.finished.length === 0) return
    this.#transaction(() => {
      for (const progress of write.progress) this.#statements.putProgress.run(...progressColumns(progress))
      for (const record of write.records) this.#putUsage(record)
      for (const stayId of write.finished) this.#statements.deleteProgress.run(stayId)
    })
  }

  /** Writes something of no meaning. @throws when the disk refuses */
  probe(at: number): void {
    this.#transaction(() => this.#statements.putProbe.run(at))
  }

  /** The oldest records that wait for delivery. */
  pendingUsage(limit: number): UsageRecord[] {
    const rows = z.array(usageRowSchema).parse(this.#statements.pendingUsage.all(limit))
    return rows.map((row) => usageRecordSchema.parse(JSON.parse(row.record)))
  }

  /** Forgets what the ledger has, and sets aside what it refuses. */
  settleUsage(
    accepted: readonly string[],
    rejected: readonly { recordId: string; code: string }[],
    at: number,
  ): void {
    this.#transaction(() => {
      for (const { recordId, code } of rejected) this.#statements.setAside.run(code, at, recordId)
      for (const recordId of [...accepted, ...rejected.map((entry) => entry.recordId)]) {
        this.#statements.deleteUsage.run(recordId)
      }
    })
  }

  addDepartures(departures: readonly Departure[]): void {
    if (departures.length === 0) return
    this.#transaction(() => {
      for (const departure of departures) this.#putDeparture(departure)
    })
  }

  /** The oldest departures that wait for delivery. */
  pendingDepartures(limit: number): StoredDeparture[] {
    return z.array(departureRowSchema).parse(this.#statements.pendingDepartures.all(limit))
  }

  deleteDepartures(positions: readonly number[]): void {
    this.#transaction(() => {
      for (const position of positions) this.#statements.deleteDeparture.run(position)
    })
  }

  /** How much waits, and how much was refused. */
  depth(): JournalDepth {
    this.#depth ??= this.#count()
    return this.#depth
  }

  /** When the oldest record that waits was cut, in ms since 1970; null when none does. */
  oldestUsageAt(): number | null {
    const [oldest] = this.pendingUsage(1)
    return oldest ? Date.parse(oldest.endedAt) : null
  }

  close(): void {
    this.#database.close()
  }

  #count(): JournalDepth {
    const count = (statement: StatementSync) => countRowSchema.parse(statement.get()).count
    return {
      usage: count(this.#statements.countUsage),
      rejectedUsage: count(this.#statements.countRejected),
      departures: count(this.#statements.countDepartures),
    }
  }

  #recover(): number {
    const left = z.array(progressRowSchema).parse(this.#statements.allProgress.all())
    if (left.length === 0) return 0
    this.#transaction(() => {
      for (const progress of left) {
        for (const record of recordsLeftBy(progress)) this.#putUsage(record)
        this.#putDeparture({ ...progress, reason: 'host-lost' })
        this.#statements.deleteProgress.run(progress.stayId)
      }
    })
    return left.length
  }

  #putUsage(record: UsageRecord): void {
    this.#statements.putUsage.run(record.recordId, JSON.stringify(record))
  }

  #putDeparture({ roomId, epoch, participantId, reason }: Departure): void {
    this.#statements.putDeparture.run(roomId, epoch, participantId, reason)
  }

  #transaction(write: () => void): void {
    this.#database.exec('BEGIN IMMEDIATE')
    this.#depth = null
    try {
      write()
      this.#database.exec('COMMIT')
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      throw error
    }
  }
}

const progressColumns = (progress: Progress) => [
  progress.stayId,
  progress.participantId,
  progress.projectId,
  progress.roomId,
  progress.epoch,
  progress.connectedMs,
  progress.reportedSeconds,
  progress.reportedUntil,
  progress.at,
]

const prepare = (database: DatabaseSync) => ({
  putProgress: database.prepare(
    `INSERT INTO progress
       (stayId, participantId, projectId, roomId, epoch, connectedMs, reportedSeconds, reportedUntil, at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (stayId) DO UPDATE SET connectedMs = excluded.connectedMs,
       reportedSeconds = excluded.reportedSeconds, reportedUntil = excluded.reportedUntil, at = excluded.at`,
  ),
  deleteProgress: database.prepare('DELETE FROM progress WHERE stayId = ?'),
  allProgress: database.prepare('SELECT * FROM progress'),
  putUsage: database.prepare('INSERT INTO usage (recordId, record) VALUES (?, ?)'),
  pendingUsage: database.prepare('SELECT record FROM usage ORDER BY position LIMIT ?'),
  deleteUsage: database.prepare('DELETE FROM usage WHERE recordId = ?'),
  countUsage: database.prepare('SELECT count(*) AS count FROM usage'),
  setAside: database.prepare(
    `INSERT OR REPLACE INTO rejectedUsage (recordId, record, code, at)
     SELECT recordId, record, ?, ? FROM usage WHERE recordId = ?`,
  ),
  countRejected: database.prepare('SELECT count(*) AS count FROM rejectedUsage'),
  putProbe: database.prepare('INSERT OR REPLACE INTO probe (id, at) VALUES (1, ?)'),
  putDeparture: database.prepare(
    'INSERT OR IGNORE INTO departure (roomId, epoch, participantId, reason) VALUES (?, ?, ?, ?)',
  ),
  pendingDepartures: database.prepare('SELECT * FROM departure ORDER BY position LIMIT ?'),
  deleteDeparture: database.prepare('DELETE FROM departure WHERE position = ?'),
  countDepartures: database.prepare('SELECT count(*) AS count FROM departure'),
})
