/** Which records the ledger has taken: each id until a repetition is too old to be taken. */
import type { UsageRecord } from '@radist-tech/protocol'
import { hexOfPrefixed } from '../domain/compact-ids.ts'
import { RECORD_DAYS, rememberedUntil } from '../domain/usage-retention.ts'
import { DAY_MS, dayOf } from '../domain/usage-spread.ts'
import { hasTable } from './ledger-tables.ts'

export class TakenRecords {
  readonly #sql: SqlStorage
  /** Whether records of the ledger's first version wait to be moved. */
  #hasOld: boolean

  constructor(sql: SqlStorage) {
    this.#sql = sql
    this.#hasOld = hasTable(sql, 'usage_records')
  }

  /**
   * Notes these records. `fresh` were not known; `tooOld` are not known and end so long ago that they may
   * have been taken; all others were taken before.
   */
  take(records: readonly UsageRecord[], now: number): { fresh: UsageRecord[]; tooOld: UsageRecord[] } {
    const unknown = new Map(records.map((record) => [hexOfPrefixed(record.recordId), record]))
    if (this.#hasOld) for (const id of this.#foundAmongOld(unknown)) unknown.delete(id)
    const oldest = now - RECORD_DAYS * DAY_MS
    const aged = [...unknown].filter(([, { endedAt }]) => Date.parse(endedAt) < oldest)
    for (const [id] of aged) unknown.delete(id)
    const known = this.#found(aged.map(([id]) => id))
    const inserted = this.#insert(unknown, now)
    return {
      fresh: [...unknown].filter(([id]) => inserted.has(id)).map(([, record]) => record),
      tooOld: aged.filter(([id]) => !known.has(id)).map(([, record]) => record),
    }
  }

  /** The ids that were not there. */
  #insert(records: ReadonlyMap<string, UsageRecord>, now: number): Set<string> {
    const today = dayOf(now)
    const rows = [...records].map(([id, { endedAt }]) => [
      id,
      rememberedUntil(dayOf(Date.parse(endedAt)), today),
    ])
    return this.#ids(
      `INSERT INTO usage_ids (id, until) SELECT unhex(value ->> 0), value ->> 1 FROM json_each(?)
       WHERE true ON CONFLICT DO NOTHING RETURNING lower(hex(id)) AS id`,
      rows,
    )
  }

  #found(ids: readonly string[]): Set<string> {
    return this.#ids(
      'SELECT lower(hex(id)) AS id FROM usage_ids WHERE id IN (SELECT unhex(value) FROM json_each(?))',
      ids,
    )
  }

  #foundAmongOld(records: ReadonlyMap<string, UsageRecord>): Set<string> {
    const names = [...records.values()].map(({ recordId }) => recordId)
    const found = this.#ids(
      'SELECT record_id AS id FROM usage_records WHERE record_id IN (SELECT value FROM json_each(?))',
      names,
    )
    return new Set([...found].map(hexOfPrefixed))
  }

  #ids(query: string, values: readonly unknown[]): Set<string> {
    if (values.length === 0) return new Set()
    const rows = this.#sql.exec<{ id: string }>(query, JSON.stringify(values))
    return new Set([...rows].map(({ id }) => id))
  }

  /** To be called when the last record of the first version was moved. */
  oldAreMoved(): void {
    this.#hasOld = false
  }
}
