/** What participants have of a second that is not complete, in the Project object's storage. */
import type { UsageRecord } from '@radist-tech/protocol'
import { hexOfPrefixed } from '../domain/compact-ids.ts'
import type { Remainders } from '../domain/usage-remainders.ts'

export class KeptRemainders {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** Of the participants that these records are about. */
  of(records: readonly UsageRecord[]): Remainders {
    const participants = new Set(records.map(({ participantId }) => hexOfPrefixed(participantId)))
    const rows = this.#sql.exec<{ who: string; ms: number; until: number }>(
      `SELECT lower(hex(participant)) AS who, ms, until FROM usage_remainders
       WHERE participant IN (SELECT unhex(value) FROM json_each(?))`,
      JSON.stringify([...participants]),
    )
    return new Map([...rows].map(({ who, ms, until }) => [who, { ms, until }]))
  }

  put(remainders: Remainders): void {
    if (remainders.size === 0) return
    const rows = [...remainders].map(([participant, { ms, until }]) => [participant, ms, until])
    this.#sql.exec(
      `INSERT OR REPLACE INTO usage_remainders (participant, ms, until)
       SELECT unhex(value ->> 0), value ->> 1, value ->> 2 FROM json_each(?)`,
      JSON.stringify(rows),
    )
  }
}
