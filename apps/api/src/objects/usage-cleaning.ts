/**
 * Forgets what the ledger need not keep any longer, once a week, in turns of bounded work; between them
 * other requests are served. A turn that is lost is made again. Nothing here changes a sum.
 */
import type { UsageRecord } from '@radist-tech/protocol'
import { hexOfPrefixed, hexOfUuid } from '../domain/compact-ids.ts'
import { firstKeptDay, HOUR_DAYS, rememberedUntil, STAY_DAYS } from '../domain/usage-retention.ts'
import { DAY_MS, dayOf } from '../domain/usage-spread.ts'
import { hasTable } from './ledger-tables.ts'
import type { TakenRecords } from './taken-records.ts'
import type { UsageBook } from './usage-book.ts'

/** Between two passes over everything. So long at most something is kept beyond its time. */
const PASS_MS = 7 * DAY_MS
/** Between two turns of a pass. */
const TURN_MS = 1000
/** Ids that a turn looks at. */
const IDS = 5000
/** Rows that a turn deletes or moves, of each kind. */
const ROWS = 1000

interface OldRecord extends Record<string, SqlStorageValue> {
  record_id: UsageRecord['recordId']
  room_id: string
  participant_id: string
  seconds: number
  ended_at: number
}

export class UsageCleaning {
  readonly #storage: DurableObjectStorage
  readonly #taken: TakenRecords
  readonly #book: UsageBook
  /** When the next turn is due; null when there is nothing to forget. */
  #dueAt: number | null

  constructor(storage: DurableObjectStorage, taken: TakenRecords, book: UsageBook) {
    this.#storage = storage
    this.#taken = taken
    this.#book = book
    this.#dueAt = this.#position().cleanAt
  }

  nextDueAt(): number | null {
    return this.#dueAt
  }

  /** There is something to forget some day. To be called within the transaction that stores it. */
  begin(now: number): void {
    if (this.#dueAt === null) this.#store(now + PASS_MS, null)
  }

  /** One turn. */
  runDue(now: number): void {
    if (this.#dueAt === null || this.#dueAt > now) return
    this.#storage.transactionSync(() => {
      const today = dayOf(now)
      const movedAll = this.#moveOld(today)
      const after = this.#forgetIds(today)
      const forgotStays = this.#forgetStays(firstKeptDay(today, STAY_DAYS))
      this.#sql.exec('DELETE FROM usage_hours WHERE hour < ?', firstKeptDay(today, HOUR_DAYS) * 24)
      const isPassOver = movedAll && after === null && forgotStays
      const next = isPassOver ? now + PASS_MS : now + TURN_MS
      this.#store(isPassOver && this.#isEmpty() ? null : next, after)
    })
  }

  get #sql(): SqlStorage {
    return this.#storage.sql
  }

  /** Ids, and remainders. Where the next turn goes on, or null at the end: then the next one begins anew. */
  #forgetIds(today: number): ArrayBuffer | null {
    const { cleanAfter } = this.#position()
    const last = this.#sql
      .exec<{ id: ArrayBuffer }>(
        'SELECT id FROM usage_ids WHERE id > ? ORDER BY id LIMIT 1 OFFSET ?',
        cleanAfter ?? new ArrayBuffer(0),
        IDS - 1,
      )
      .toArray()[0]?.id
    // A participant's remainder is kept no longer than the id of one of its records, and ids of both kinds are
    // random bytes: so in a part of their range there are about as many remainders as ids, or fewer.
    for (const [table, key] of [
      ['usage_ids', 'id'],
      ['usage_remainders', 'participant'],
    ])
      this.#sql.exec(
        `DELETE FROM ${table} WHERE ${key} > ? AND (? IS NULL OR ${key} <= ?) AND until < ?`,
        cleanAfter ?? new ArrayBuffer(0),
        last ?? null,
        last ?? null,
        today,
      )
    return last ?? null
  }

  /** Whether none of an earlier day is left. */
  #forgetStays(firstKept: number): boolean {
    const { rowsWritten } = this.#sql.exec(
      `DELETE FROM usage_stays WHERE (day, room, participant) IN
       (SELECT day, room, participant FROM usage_stays WHERE day < ? LIMIT ?)`,
      firstKept,
      ROWS,
    )
    return rowsWritten < ROWS
  }

  /** Moves records of the ledger's first version to where they are kept now. Whether all are moved. */
  #moveOld(today: number): boolean {
    if (!hasTable(this.#sql, 'usage_records')) return true
    const records = this.#sql
      .exec<OldRecord>(
        `DELETE FROM usage_records WHERE record_id IN (SELECT record_id FROM usage_records LIMIT ?)
         RETURNING record_id, room_id, participant_id, seconds, ended_at`,
        ROWS,
      )
      .toArray()
    const ids = records.map((it) => [hexOfPrefixed(it.record_id), rememberedUntil(dayOf(it.ended_at), 0)])
    this.#sql.exec(
      `INSERT INTO usage_ids (id, until) SELECT unhex(value ->> 0), value ->> 1 FROM json_each(?)
       WHERE value ->> 1 >= ? ON CONFLICT DO NOTHING`,
      JSON.stringify(ids),
      today,
    )
    // That version counted a record in the hour of its end: its day is the same here.
    for (const it of records) {
      const stay = {
        day: dayOf(it.ended_at),
        room: hexOfUuid(it.room_id),
        participant: hexOfPrefixed(it.participant_id),
        seconds: it.seconds,
      }
      for (const [day, count] of this.#book.addStays([stay]))
        this.#sql.exec('UPDATE usage_days SET stays = stays + ? WHERE day = ?', count, day)
    }
    if (records.length === ROWS) return false
    this.#sql.exec('DROP TABLE usage_records')
    this.#taken.oldAreMoved()
    return true
  }

  #isEmpty(): boolean {
    const { kept } = this.#sql
      .exec<{ kept: number }>(
        `SELECT EXISTS (SELECT 1 FROM usage_ids) OR EXISTS (SELECT 1 FROM usage_remainders)
         OR EXISTS (SELECT 1 FROM usage_stays) OR EXISTS (SELECT 1 FROM usage_hours) AS kept`,
      )
      .one()
    return kept === 0
  }

  #position(): { cleanAt: number | null; cleanAfter: ArrayBuffer | null } {
    const row = this.#sql
      .exec<{ clean_at: number | null; clean_after: ArrayBuffer | null }>(
        'SELECT clean_at, clean_after FROM usage_ledger',
      )
      .one()
    return { cleanAt: row.clean_at, cleanAfter: row.clean_after }
  }

  #store(cleanAt: number | null, cleanAfter: ArrayBuffer | null): void {
    this.#sql.exec('UPDATE usage_ledger SET clean_at = ?, clean_after = ?', cleanAt, cleanAfter)
    this.#dueAt = cleanAt
  }
}
