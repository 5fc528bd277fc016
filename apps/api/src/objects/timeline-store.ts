/** What happened in a call or room, in its object's SQLite: a row each, the newest kept. */
import { z } from 'zod'
import { type Happening, type KeptHappenings, MAX_HAPPENINGS, TIMELINE_KEPT_MS } from '../domain/timeline.ts'

const rowSchema: z.ZodType<Happening & { position: number }> = z.object({
  position: z.int(),
  at: z.int(),
  kind: z.enum(['joined', 'connected', 'dropped', 'resumed', 'left', 'moved']),
  subject: z.string().nullable(),
  identity: z.string().nullable(),
  reason: z.string().nullable(),
})

export class TimelineStore {
  readonly #sql: SqlStorage
  /**
   * Not made before the first of them, nor asked for before that is of interest: most of what creating costs is
   * making tables and asking for them. Null while it was not asked for.
   */
  #isThere: boolean | null = null

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql
  }

  get #hasTable(): boolean {
    this.#isThere ??=
      this.#sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'timeline'").toArray()
        .length > 0
    return this.#isThere
  }

  /** To be called within the transaction that stores what happened. */
  append(happened: readonly Happening[]): void {
    if (happened.length === 0) return
    this.#createTable()
    for (const { at, kind, subject, identity, reason } of happened) {
      const { position } = this.#sql
        .exec<{ position: number }>(
          'INSERT INTO timeline (at, kind, subject, identity, reason) VALUES (?, ?, ?, ?, ?) RETURNING position',
          at,
          kind,
          subject,
          identity,
          reason,
        )
        .one()
      if (position > MAX_HAPPENINGS)
        this.#sql.exec('DELETE FROM timeline WHERE position <= ?', position - MAX_HAPPENINGS)
    }
  }

  read(): KeptHappenings {
    if (!this.#hasTable) return { happened: [], truncated: false }
    const rows = this.#sql.exec('SELECT * FROM timeline ORDER BY position').toArray()
    const happened = rows.map((row) => rowSchema.parse(row))
    return {
      happened: happened.map(({ position: _position, ...rest }) => rest),
      truncated: (happened[0]?.position ?? 1) > 1,
    }
  }

  /** The number of the newest: how many there ever were. */
  get newest(): number {
    if (!this.#hasTable) return 0
    const { newest } = this.#sql
      .exec<{ newest: number | null }>('SELECT max(position) AS newest FROM timeline')
      .one()
    return newest ?? 0
  }

  /** When it is to be forgotten; null while what it is of goes on, or when there is nothing. */
  forgottenAt(endedAt: number | null): number | null {
    return endedAt !== null && this.#hasTable ? endedAt + TIMELINE_KEPT_MS : null
  }

  forgetDue(endedAt: number | null, now: number): void {
    const due = this.forgottenAt(endedAt)
    if (due === null || due > now) return
    this.#sql.exec('DROP TABLE timeline')
    this.#isThere = false
  }

  #createTable(): void {
    if (this.#hasTable) return
    this.#sql.exec(`
      CREATE TABLE timeline (
        position INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        kind TEXT NOT NULL,
        subject TEXT,
        identity TEXT,
        reason TEXT
      )`)
    this.#isThere = true
  }
}
