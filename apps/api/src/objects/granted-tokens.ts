/**
 * Which tokens a call or room has given out under an idempotency key: a repetition must not make one
 * good again that was used meanwhile. Nothing is written before the first request with a key.
 */
import { CLAIM_MS } from '../domain/idempotency.ts'

/** Longer than any repetition may be under way when its key is honoured no more, in milliseconds. */
const MARGIN_MS = 3_600_000
/** Forgotten at once; more than are noted at once, so that they never grow beyond a day's. */
const BATCH = 20

export class GrantedTokens {
  readonly #sql: SqlStorage
  #hasTable = false

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql
  }

  /** What was noted when this token was given out, or null when it never was. */
  find(tokenId: string): string | null {
    // Looked for now, not when the object wakes up: requests without a key pay nothing for it.
    if (!this.#hasTable && !this.#findTable()) return null
    const row = this.#sql
      .exec<{ note: string }>('SELECT note FROM granted_tokens WHERE id = ?', tokenId)
      .toArray()[0]
    return row?.note ?? null
  }

  /** To be called in the same turn in which the token is stored: both are stored, or neither. */
  put(tokenId: string, note: string, claimedAt: number, now: number): void {
    if (!this.#hasTable && !this.#findTable()) this.#createTable()
    this.#sql.exec(
      'DELETE FROM granted_tokens WHERE id IN (SELECT id FROM granted_tokens WHERE claimed_at <= ? LIMIT ?)',
      now - CLAIM_MS - MARGIN_MS,
      BATCH,
    )
    this.#sql.exec('INSERT INTO granted_tokens VALUES (?, ?, ?)', tokenId, note, claimedAt)
  }

  #findTable(): boolean {
    const found = this.#sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'granted_tokens'")
    this.#hasTable = found.toArray().length > 0
    return this.#hasTable
  }

  #createTable(): void {
    this.#sql.exec(`
      CREATE TABLE granted_tokens (id TEXT PRIMARY KEY, note TEXT NOT NULL, claimed_at INTEGER NOT NULL)
        WITHOUT ROWID;
      CREATE INDEX granted_tokens_by_age ON granted_tokens (claimed_at);
    `)
    this.#hasTable = true
  }
}
