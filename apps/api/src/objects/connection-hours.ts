/**
 * How many calls and rooms were asked for, refused and ended, by hour, within the Project object's storage.
 * Figures for people to see that something is wrong, so they may cost nothing where calls are made: they
 * are gathered in memory, and what of them is not written yet is lost when the object dies.
 */
import { hourOf } from '../domain/ledger.ts'

export interface ConnectionFigures {
  /** Calls and rooms that were asked for, the refused ones included. */
  creations: number
  refusedCreations: number
  /** Calls that have ended, and those of them that never had both peers. */
  endedCalls: number
  unconnectedCalls: number
}
type Figure = keyof ConnectionFigures

/** What a call says of itself when it ends. */
export interface CallEnd {
  /** Whether both peers were ever there at once. */
  everConnected: boolean
}
export const figuresOfEnd = ({ everConnected }: CallEnd): Figure[] =>
  everConnected ? ['endedCalls'] : ['endedCalls', 'unconnectedCalls']

/** How long figures are gathered, in milliseconds. */
const GATHER_MS = 5000
/** The hour that goes on included. */
const SHOWN_HOURS = 24

export class ConnectionHours {
  readonly #sql: SqlStorage
  /** Not written yet; all of one hour. */
  #gathered: { hour: number; until: number; counts: Map<Figure, number> } | null = null
  #hasTable: boolean

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql
    const found = this.#sql.exec(
      "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'connection_hours'",
    )
    this.#hasTable = found.toArray().length > 0
  }

  count(figures: readonly Figure[], now: number): void {
    const hour = hourOf(now)
    if (this.#gathered?.hour !== hour) this.#write()
    this.#gathered ??= { hour, until: now + GATHER_MS, counts: new Map() }
    const { counts } = this.#gathered
    for (const figure of figures) counts.set(figure, (counts.get(figure) ?? 0) + 1)
  }

  /** Of this hour and the 23 before it. */
  lastDay(now: number): ConnectionFigures {
    this.#write()
    const sums: ConnectionFigures = { creations: 0, refusedCreations: 0, endedCalls: 0, unconnectedCalls: 0 }
    if (!this.#hasTable) return sums
    const rows = this.#sql.exec<{ figure: Figure; sum: number }>(
      'SELECT figure, sum(count) AS sum FROM connection_hours WHERE hour > ? GROUP BY figure',
      hourOf(now) - SHOWN_HOURS,
    )
    for (const { figure, sum } of rows) sums[figure] = sum
    return sums
  }

  nextDueAt(): number | null {
    return this.#gathered?.until ?? null
  }

  runDue(now: number): void {
    if (this.#gathered && this.#gathered.until <= now) this.#write()
  }

  #write(): void {
    if (!this.#gathered) return
    this.#createTable()
    const { hour, counts } = this.#gathered
    for (const [figure, count] of counts)
      this.#sql.exec(
        `INSERT INTO connection_hours VALUES (?, ?, ?)
         ON CONFLICT DO UPDATE SET count = count + excluded.count`,
        hour,
        figure,
        count,
      )
    this.#sql.exec('DELETE FROM connection_hours WHERE hour <= ?', hour - SHOWN_HOURS)
    this.#gathered = null
  }

  #createTable(): void {
    if (this.#hasTable) return
    this.#sql.exec(`
      CREATE TABLE connection_hours (
        hour INTEGER NOT NULL,
        figure TEXT NOT NULL,
        count INTEGER NOT NULL,
        PRIMARY KEY (hour, figure)
      ) WITHOUT ROWID`)
    this.#hasTable = true
  }
}
