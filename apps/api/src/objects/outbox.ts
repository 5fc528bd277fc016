/**
 * What others have to be told of an object, written in the same transaction as the fact and kept
 * until they have taken it. A target is told how things are now, so telling twice changes nothing.
 */
import { backoffMs } from '../domain/backoff.ts'

/** After this long a delivery counts as failed, in milliseconds; whatever becomes of it. */
const TIMEOUT_MS = 10_000
/** When the alarm takes over a delivery of which nothing has been heard: its object died, in milliseconds. */
const FIRST_RETRY_MS = 15_000

/** A delivery that is owed. */
interface Owed {
  /** Rises when there is something new to tell, so that an answer to what was told before does not count. */
  version: number
  failures: number
  dueAt: number
}

export type Deliveries<Target extends string> = Record<Target, () => Promise<void>>

/** `failures`: how many there were before this one. */
export function logFailedDelivery(target: string, failures: number, error: unknown): void {
  // The cause is D1's own word; Drizzle's quotes the whole query.
  const cause = error instanceof Error ? (error.cause ?? error) : error
  console.warn(JSON.stringify({ message: 'delivery failed', target, failures, error: String(cause) }))
}

export class Outbox<Target extends string> {
  readonly #sql: SqlStorage
  readonly #deliveries: Deliveries<Target>
  /** What the table holds: each object opens a database of its own, where every query has to be compiled. */
  readonly #owed = new Map<Target, Owed>()
  /** Deliveries under way in this instance. */
  readonly #running = new Map<Target, Promise<void>>()
  #hasTable: boolean

  constructor(storage: DurableObjectStorage, deliveries: Deliveries<Target>, targets: Target[]) {
    this.#sql = storage.sql
    this.#deliveries = deliveries
    const found = this.#sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'outbox'")
    this.#hasTable = found.toArray().length > 0
    if (this.#hasTable) this.#load(targets)
  }

  /** Notes that the target is to be told. To be called at the end of the transaction that stores the fact. */
  put(target: Target, now: number): void {
    this.#createTable()
    const version = (this.#owed.get(target)?.version ?? 0) + 1
    this.#store(target, { version, failures: 0, dueAt: now + FIRST_RETRY_MS })
  }

  /**
   * The same for what changes often, and whose target need not know at once: it is told `waitMs` after
   * the first change, of all there were until then. A target that does not answer is not asked sooner.
   */
  putLater(target: Target, now: number, waitMs: number): void {
    this.#createTable()
    const owed = this.#owed.get(target)
    const version = (owed?.version ?? 0) + 1
    if (owed && !this.#running.has(target)) this.#store(target, { ...owed, version })
    else this.#store(target, { version, failures: 0, dueAt: now + waitMs })
  }

  /** Delivers at once what has not been tried yet. Never rejects. */
  async deliverNew(): Promise<void> {
    await this.#deliverWhere(({ failures }) => failures === 0)
  }

  /** Delivers what is due by `now`. Never rejects. */
  async deliverDue(now: number): Promise<void> {
    await this.#deliverWhere(({ dueAt }) => dueAt <= now)
  }

  nextDueAt(): number | null {
    if (this.#owed.size === 0) return null
    return Math.min(...[...this.#owed.values()].map(({ dueAt }) => dueAt))
  }

  async #deliverWhere(holds: (owed: Owed) => boolean): Promise<void> {
    const due = [...this.#owed].filter(([, owed]) => holds(owed))
    await Promise.all(due.map(([target]) => this.#deliver(target)))
  }

  /** One delivery to a target at a time; what changed meanwhile is told by another. */
  async #deliver(target: Target): Promise<void> {
    await this.#running.get(target)
    const owed = this.#owed.get(target)
    if (!owed) return
    const attempt = this.#attempt(target, owed)
    this.#running.set(target, attempt)
    await attempt
    this.#running.delete(target)
  }

  async #attempt(target: Target, { version, failures }: Owed): Promise<void> {
    const timer = Promise.withResolvers<never>()
    const timeout = setTimeout(() => timer.reject(new Error('no answer in time')), TIMEOUT_MS)
    try {
      await Promise.race([this.#deliveries[target](), timer.promise])
      if (this.#owed.get(target)?.version === version) this.#remove(target)
    } catch (error) {
      logFailedDelivery(target, failures, error)
      if (this.#owed.get(target)?.version !== version) return
      const dueAt = Date.now() + backoffMs(failures + 1, Math.random())
      this.#store(target, { version, failures: failures + 1, dueAt })
    } finally {
      clearTimeout(timeout)
    }
  }

  #load(targets: readonly Target[]): void {
    const rows = this.#sql.exec<{ target: string; version: number; failures: number; due_at: number }>(
      'SELECT target, version, failures, due_at FROM outbox',
    )
    for (const { target: name, version, failures, due_at: dueAt } of rows) {
      const target = targets.find((known) => known === name)
      if (target !== undefined) this.#owed.set(target, { version, failures, dueAt })
    }
  }

  #store(target: Target, owed: Owed): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO outbox (target, version, failures, due_at) VALUES (?, ?, ?, ?)',
      target,
      owed.version,
      owed.failures,
      owed.dueAt,
    )
    this.#owed.set(target, owed)
  }

  #remove(target: Target): void {
    this.#sql.exec('DELETE FROM outbox WHERE target = ?', target)
    this.#owed.delete(target)
  }

  #createTable(): void {
    if (this.#hasTable) return
    this.#sql.exec(`
      CREATE TABLE outbox (
        target TEXT PRIMARY KEY,
        version INTEGER NOT NULL,
        failures INTEGER NOT NULL,
        due_at INTEGER NOT NULL
      ) WITHOUT ROWID`)
    this.#hasTable = true
  }
}
