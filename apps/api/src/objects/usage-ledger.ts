/**
 * A project's usage, within its Project object's storage: which records were taken, and the sums.
 */
import type { UsageAnswer, UsageRecord } from '@radist-tech/protocol'
import { eq } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { projects } from '../../../../drizzle/schema.ts'
import { hourOf } from '../domain/ledger.ts'
import { configOf, type Env } from '../env.ts'
import { prepareMeterTables } from './meter-events.ts'
import { MeterWindows } from './meter-windows.ts'

export class UsageLedger {
  readonly #storage: DurableObjectStorage
  readonly #env: Env
  readonly #windows: MeterWindows
  /** Null until the project's first usage: nothing is written for a project that does not exist. */
  #projectId: string | null

  constructor(storage: DurableObjectStorage, env: Env) {
    this.#storage = storage
    this.#env = env
    this.#projectId = readProjectId(storage.sql)
    if (this.#projectId !== null) prepareMeterTables(storage.sql)
    this.#windows = new MeterWindows(storage.sql)
  }

  /**
   * Takes each record once, by its id, in any order. What it answers as accepted is stored, with its
   * sums, in one transaction; a record that was there already is accepted and changes nothing. Throws
   * when D1 cannot say whether the project exists: the sender tries again.
   */
  async ingest(projectId: string, records: readonly UsageRecord[], now: number): Promise<UsageAnswer> {
    const [mine, others] = partition(records, (record) => record.projectId === projectId)
    const rejected = others.map((record) => ({ recordId: record.recordId, code: 'wrong_project' }))
    if (!(await this.#isKnown(projectId))) {
      const unknown = mine.map((record) => ({ recordId: record.recordId, code: 'project_not_found' }))
      return { accepted: [], rejected: [...rejected, ...unknown] }
    }
    this.#storage.transactionSync(() => this.#take(projectId, mine, now))
    return { accepted: mine.map((record) => record.recordId), rejected }
  }

  /** Whose usage it is, or null: there was none yet, and no table. */
  get projectId(): string | null {
    return this.#projectId
  }

  /**
   * Seconds of connected time that ended at `since` or later, to the full hour before it. Reads one
   * row an hour, however many records there are.
   */
  secondsSince(since: number): number {
    if (this.#projectId === null) return 0
    return this.#storage.sql
      .exec<{ seconds: number }>(
        'SELECT COALESCE(SUM(seconds), 0) AS seconds FROM usage_hours WHERE hour >= ?',
        hourOf(since),
      )
      .one().seconds
  }

  async #isKnown(projectId: string): Promise<boolean> {
    if (this.#projectId !== null) return this.#projectId === projectId
    const found = await drizzle(this.#env.DB)
      .select({ id: projects.id })
      .from(projects)
      .where(eq(projects.id, projectId))
    return found.length > 0
  }

  #take(projectId: string, records: readonly UsageRecord[], now: number): void {
    const { sql } = this.#storage
    if (this.#projectId === null) createTables(sql, projectId)
    this.#projectId = projectId
    let seconds = 0
    const hours = new Map<number, number>()
    for (const record of records) {
      const inserted = sql.exec(
        `INSERT INTO usage_records (record_id, room_id, participant_id, seconds, started_at, ended_at, received_at)
         VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING 1`,
        record.recordId,
        record.roomId,
        record.participantId,
        record.seconds,
        Date.parse(record.startedAt),
        Date.parse(record.endedAt),
        now,
      )
      if (inserted.toArray().length === 0) continue
      seconds += record.seconds
      const hour = hourOf(Date.parse(record.endedAt))
      hours.set(hour, (hours.get(hour) ?? 0) + record.seconds)
    }
    if (seconds === 0) return
    for (const [hour, sum] of hours)
      sql.exec(
        'INSERT INTO usage_hours VALUES (?, ?) ON CONFLICT DO UPDATE SET seconds = seconds + excluded.seconds',
        hour,
        sum,
      )
    this.#windows.add(seconds, now, configOf(this.#env).RADIST_METER_WINDOW_SECONDS * 1000)
  }
}

function partition<T>(items: readonly T[], holds: (item: T) => boolean): [T[], T[]] {
  const yes: T[] = []
  const no: T[] = []
  for (const item of items) (holds(item) ? yes : no).push(item)
  return [yes, no]
}

function readProjectId(sql: SqlStorage): string | null {
  const exists = sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'usage_ledger'").toArray().length > 0
  if (!exists) return null
  return sql.exec<{ project_id: string }>('SELECT project_id FROM usage_ledger').one().project_id
}

/** Times are milliseconds since 1970. `WITHOUT ROWID` spares a second copy of each record's id. */
function createTables(sql: SqlStorage, projectId: string): void {
  sql.exec(`
    CREATE TABLE usage_ledger (project_id TEXT NOT NULL);
    CREATE TABLE usage_records (
      record_id TEXT PRIMARY KEY,
      room_id TEXT NOT NULL,
      participant_id TEXT NOT NULL,
      seconds INTEGER NOT NULL,
      started_at INTEGER NOT NULL,
      ended_at INTEGER NOT NULL,
      received_at INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE usage_hours (hour INTEGER PRIMARY KEY, seconds INTEGER NOT NULL);
  `)
  prepareMeterTables(sql)
  sql.exec('INSERT INTO usage_ledger VALUES (?)', projectId)
}
