/**
 * What others have to be told of an object, written in the same transaction as the fact and kept
 * until they have taken it. A target is told how things are now, so telling twice changes nothing.
 */
import { backoffMs } from '../domain/backoff.ts'

/** After this long a delivery counts as failed, in milliseconds; whatever becomes of it. */
const TIMEOUT_MS = 10_000
/** When the alarm takes over a delivery of which nothing has been heard: its object died, in milliseconds. */
const FIRST_RETRY_MS = 15_000

export type Deliveries<Target extends string> = Record<Target, () => Promise<void>>

export class Outbox<Target extends string> {
  readonly #sql: SqlStorage
  readonly #deliveries: Deliveries<Target>
  readonly #targets: Target[]
  /** Deliveries under way in this instance. */
  readonly #running = new Map<Target, Promise<void>>()
  #hasTable: boolean

  constructor(storage: DurableObjectStorage, deliveries: Deliveries<Target>, targets: Target[]) {
    this.#sql = storage.sql
    this.#deliveries = deliveries
    this.#targets = targets
    const found = this.#sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'outbox'")
    this.#hasTable = found.toArray().length > 0
  }

  /** Notes that the target is to be told. To be called in the transaction that stores the fact. */
  put(target: Target, now: number): void {
    this.#createTable()
    this.#sql.exec(
      `INSERT INTO outbox (target, version, failures, due_at) VALUES (?1, 1, 0, ?2)
       ON CONFLICT (target) DO UPDATE SET version = version + 1, failures = 0, due_at = ?2`,
      target,
      now + FIRST_RETRY_MS,
    )
  }

  /** Delivers at once what has not been tried yet. Never rejects. */
  async deliverNew(): Promise<void> {
    await this.#deliverWhere('failures = 0', [])
  }

  /** Delivers what is due by `now`. Never rejects. */
  async deliverDue(now: number): Promise<void> {
    await this.#deliverWhere('due_at <= ?', [now])
  }

  nextDueAt(): number | null {
    if (!this.#hasTable) return null
    const row = this.#sql.exec<{ due: number | null }>('SELECT min(due_at) AS due FROM outbox').one()
    return row.due
  }

  async #deliverWhere(condition: string, bindings: number[]): Promise<void> {
    if (!this.#hasTable) return
    const rows = this.#sql
      .exec<{ target: string }>(`SELECT target FROM outbox WHERE ${condition}`, ...bindings)
      .toArray()
    const due = this.#targets.filter((target) => rows.some((row) => row.target === target))
    await Promise.all(due.map((target) => this.#deliver(target)))
  }

  /** One delivery to a target at a time; what changed meanwhile is told by another. */
  async #deliver(target: Target): Promise<void> {
    await this.#running.get(target)
    const row = this.#sql
      .exec<{ version: number; failures: number }>(
        'SELECT version, failures FROM outbox WHERE target = ?',
        target,
      )
      .toArray()[0]
    if (!row) return
    const attempt = this.#attempt(target, row.version, row.failures)
    this.#running.set(target, attempt)
    await attempt
    this.#running.delete(target)
  }

  async #attempt(target: Target, version: number, failures: number): Promise<void> {
    const timer = Promise.withResolvers<never>()
    const timeout = setTimeout(() => timer.reject(new Error('no answer in time')), TIMEOUT_MS)
    try {
      await Promise.race([this.#deliveries[target](), timer.promise])
      this.#sql.exec('DELETE FROM outbox WHERE target = ? AND version = ?', target, version)
    } catch (error) {
      // The cause is D1's own word; Drizzle's quotes the whole query.
      const cause = error instanceof Error ? (error.cause ?? error) : error
      console.warn(JSON.stringify({ message: 'delivery failed', target, failures, error: String(cause) }))
      this.#sql.exec(
        'UPDATE outbox SET failures = ?, due_at = ? WHERE target = ? AND version = ?',
        failures + 1,
        Date.now() + backoffMs(failures + 1, Math.random()),
        target,
        version,
      )
    } finally {
      clearTimeout(timeout)
    }
  }

  #createTable(): void {
    if (this.#hasTable) return
    this.#sql.exec(`
      CREATE TABLE outbox (
        target TEXT PRIMARY KEY,
        -- Rises when there is something new to tell, so that an answer to what was told before does not count.
        version INTEGER NOT NULL,
        failures INTEGER NOT NULL,
        due_at INTEGER NOT NULL
      ) WITHOUT ROWID`)
    this.#hasTable = true
  }
}
