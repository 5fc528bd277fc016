/** Ids of signed requests that were taken, until a second one would be refused for its age anyway. */
import type { HostId } from '@radist-tech/protocol'

/** What identifies a signed request: `jti`, and `exp` in seconds since 1970. */
export interface RequestStamp {
  jti: string
  exp: number
}

/** Longer than the tolerance with which an expiry is checked (`request-signature.ts`). */
const AFTER_EXPIRY_MS = 60_000
const PRUNE_INTERVAL_MS = 10_000

export class TakenRequests {
  readonly #sql: SqlStorage
  /** Ids taken in memory only, with the time until which they are kept. */
  readonly #inMemory = new Map<string, number>()
  #hasTable: boolean
  #prunedAt = 0

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql
    this.#hasTable =
      this.#sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'taken_requests'").toArray().length > 0
  }

  /** False when it was taken before. What is taken outlives an eviction. */
  take(hostId: HostId, request: RequestStamp, now: number): boolean {
    this.#createTable()
    this.#prune(now)
    const inserted = this.#sql.exec(
      'INSERT INTO taken_requests VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING 1',
      keyOf(hostId, request),
      request.exp * 1000 + AFTER_EXPIRY_MS,
    )
    return inserted.toArray().length > 0
  }

  /** As {@link take}, forgotten at an eviction: for requests that do no harm when they come twice. */
  takeInMemory(hostId: HostId, request: RequestStamp, now: number): boolean {
    this.#prune(now)
    const key = keyOf(hostId, request)
    if (this.#inMemory.has(key)) return false
    this.#inMemory.set(key, request.exp * 1000 + AFTER_EXPIRY_MS)
    return true
  }

  #prune(now: number): void {
    if (now - this.#prunedAt < PRUNE_INTERVAL_MS) return
    this.#prunedAt = now
    if (this.#hasTable) this.#sql.exec('DELETE FROM taken_requests WHERE kept_until < ?', now)
    for (const [key, keptUntil] of this.#inMemory) if (keptUntil < now) this.#inMemory.delete(key)
  }

  #createTable(): void {
    if (this.#hasTable) return
    this.#sql.exec(`
      CREATE TABLE taken_requests (key TEXT PRIMARY KEY, kept_until INTEGER NOT NULL) WITHOUT ROWID;
      CREATE INDEX taken_requests_by_age ON taken_requests (kept_until);
    `)
    this.#hasTable = true
  }
}

const keyOf = (hostId: HostId, { jti }: RequestStamp) => `${hostId} ${jti}`
