/** The Project object's idempotency claims. Nothing is written before the first request with a key. */
import {
  CLAIM_MS,
  type Claim,
  type ClaimJudgement,
  type ClaimRequest,
  judgeClaim,
} from '../domain/idempotency.ts'

/** Claims deleted at once by one alarm. */
const BATCH = 1000
/** How late a claim that is over is deleted at most, in milliseconds, so that one alarm serves many. */
const SLACK_MS = 60_000

export class IdempotencyClaims {
  readonly #sql: SqlStorage
  #hasTable: boolean
  /** When the oldest claim is to be deleted; at times earlier, after it was replaced. */
  #dueAt: number | null

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql
    const found = this.#sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'claims'")
    this.#hasTable = found.toArray().length > 0
    this.#dueAt = this.#dueTimeOfOldest()
  }

  judge(request: ClaimRequest, now: number): ClaimJudgement {
    return judgeClaim(this.#find(request.keyHash), request, this.#kept(), now)
  }

  /** Remembers the claim in the place of any that the key had. */
  put(keyHash: string, { fingerprint, seed, createdAt, connection }: Claim): void {
    this.#createTable()
    this.#sql.exec(
      `INSERT OR REPLACE INTO claims (key_hash, fingerprint, seed, created_at, connection_id, sequence)
       VALUES (?, ?, ?, ?, ?, ?)`,
      keyHash,
      fingerprint,
      seed,
      createdAt,
      connection?.id ?? null,
      connection?.sequence ?? null,
    )
    this.#dueAt ??= createdAt + CLAIM_MS + SLACK_MS
  }

  nextDueAt(): number | null {
    return this.#dueAt
  }

  /** Deletes claims that are over. */
  async runDue(now: number): Promise<void> {
    if (this.#dueAt === null || this.#dueAt > now) return
    this.#sql.exec(
      `DELETE FROM claims WHERE created_at <= ?
       AND number IN (SELECT number FROM claims ORDER BY number LIMIT ?)`,
      now - CLAIM_MS,
      BATCH,
    )
    this.#dueAt = this.#dueTimeOfOldest()
  }

  #find(keyHash: string): Claim | null {
    if (!this.#hasTable) return null
    const row = this.#sql
      .exec<ClaimRow>(
        'SELECT fingerprint, seed, created_at, connection_id, sequence FROM claims WHERE key_hash = ?',
        keyHash,
      )
      .toArray()[0]
    if (!row) return null
    const { fingerprint, seed, created_at: createdAt, connection_id: id, sequence } = row
    return { fingerprint, seed, createdAt, connection: id && sequence ? { id, sequence } : null }
  }

  /** How many claims there are, or a few more, without counting them: they are deleted in their order. */
  #kept(): number {
    if (!this.#hasTable) return 0
    return this.#sql
      .exec<{ kept: number }>(
        'SELECT coalesce((SELECT max(number) FROM claims) - (SELECT min(number) FROM claims) + 1, 0) AS kept',
      )
      .one().kept
  }

  #dueTimeOfOldest(): number | null {
    if (!this.#hasTable) return null
    const oldest = this.#sql
      .exec<{ created_at: number }>('SELECT created_at FROM claims ORDER BY number LIMIT 1')
      .toArray()[0]
    return oldest ? oldest.created_at + CLAIM_MS + SLACK_MS : null
  }

  #createTable(): void {
    if (this.#hasTable) return
    this.#sql.exec(`
      CREATE TABLE claims (
        -- Rises from claim to claim: the index by which the oldest are found.
        number INTEGER PRIMARY KEY,
        key_hash TEXT NOT NULL UNIQUE,
        fingerprint TEXT NOT NULL,
        seed TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        connection_id TEXT,
        sequence INTEGER
      )`)
    this.#hasTable = true
  }
}

type ClaimRow = {
  fingerprint: string
  seed: string
  created_at: number
  connection_id: string | null
  sequence: number | null
}
