/**
 * The project's own events (`project_events`: a month has reached a threshold) on their way to its Webhook
 * object. The list is the outbox: it is written with what it tells of, and a cursor says how far it is told.
 */
import { type WebhookEvent, webhookEventSchema } from '@radist-tech/protocol/dashboard'
import { backoffMs } from '../domain/backoff.ts'
import type { Env } from '../env.ts'
import type { ProjectFactsCache } from './project-facts.ts'
import type { UsageLedger } from './usage-ledger.ts'

/** What orders them among themselves. */
const SUBJECT = 'usage'
const BATCH = 100

type Row = { sequence: number; id: string; type: string; created_at: number; data: string }

export class ThresholdWebhooks {
  readonly #sql: SqlStorage
  readonly #env: Env
  readonly #ledger: UsageLedger
  readonly #facts: ProjectFactsCache
  /** The number of the newest that was told; null until it is asked for. */
  #told: number | null = null
  #failures = 0
  #notBefore = 0

  constructor(storage: DurableObjectStorage, env: Env, ledger: UsageLedger, facts: ProjectFactsCache) {
    this.#sql = storage.sql
    this.#env = env
    this.#ledger = ledger
    this.#facts = facts
  }

  nextDueAt(): number | null {
    const [oldest] = this.#untold(1)
    return oldest ? Math.max(oldest.created_at, this.#notBefore) : null
  }

  /** Tells what has not been told. Never rejects. */
  async runDue(now: number): Promise<void> {
    const rows = now < this.#notBefore ? [] : this.#untold(BATCH)
    const { projectId } = this.#ledger
    const newest = rows.at(-1)
    if (projectId === null || !newest) return
    try {
      const facts = await this.#facts.project(projectId)
      const events = rows.map((row) => eventOf(row, projectId))
      // Without endpoints nobody is waiting for them.
      if (facts?.hasWebhooks) await this.#env.WEBHOOK.getByName(projectId).take(projectId, SUBJECT, events)
      this.#setTold(newest.sequence)
      this.#failures = 0
    } catch (error) {
      console.warn(JSON.stringify({ message: 'threshold not told', projectId, error: String(error) }))
      this.#failures += 1
      this.#notBefore = now + backoffMs(this.#failures, Math.random())
    }
  }

  #untold(limit: number): Row[] {
    if (!this.#ledger.parts) return []
    this.#told ??= this.#readTold()
    return this.#sql
      .exec<Row>(
        'SELECT * FROM project_events WHERE sequence > ? ORDER BY sequence LIMIT ?',
        this.#told,
        limit,
      )
      .toArray()
  }

  #readTold(): number {
    this.#sql.exec('CREATE TABLE IF NOT EXISTS told_events (sequence INTEGER NOT NULL)')
    const row = this.#sql.exec<{ sequence: number }>('SELECT sequence FROM told_events').toArray()[0]
    return row?.sequence ?? 0
  }

  #setTold(sequence: number): void {
    this.#sql.exec('DELETE FROM told_events')
    this.#sql.exec('INSERT INTO told_events VALUES (?)', sequence)
    this.#told = sequence
  }
}

const eventOf = ({ id, type, created_at, data }: Row, projectId: string): WebhookEvent =>
  webhookEventSchema.parse({
    id,
    type,
    timestamp: new Date(created_at).toISOString(),
    projectId,
    data: JSON.parse(data),
  })
