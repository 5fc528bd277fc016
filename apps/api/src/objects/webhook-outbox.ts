/**
 * Events of a call or room that its project's Webhook object has not taken yet. Kept in order and numbered,
 * so that an event has the same id however often it is told.
 */
import { type WebhookEvent, webhookEventSchema } from '@radist-tech/protocol/dashboard'
import type { ToldEvent } from '../domain/webhook-events.ts'
import type { Env } from '../env.ts'

/** Events told at once: a bound on the message, far above what a step brings. */
const BATCH = 100

type Row = { sequence: number; project_id: string; subject: string; event: string }

export class WebhookOutbox {
  readonly #sql: SqlStorage
  /** Made with the first event: a project without endpoints has none. Null while it was not asked for. */
  #isThere: boolean | null = null

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql
  }

  get #hasTable(): boolean {
    this.#isThere ??=
      this.#sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'webhook_events'").toArray()
        .length > 0
    return this.#isThere
  }

  /**
   * To be called within the transaction that stores what they tell of.
   * @param subject the id of the call or room
   */
  put(projectId: string, subject: string, events: readonly ToldEvent[]): void {
    this.#createTable()
    for (const event of events)
      this.#sql.exec(
        'INSERT INTO webhook_events (project_id, subject, event) VALUES (?, ?, ?)',
        projectId,
        subject,
        JSON.stringify(event),
      )
  }

  /** Tells them all. Those that come twice, since an answer got lost, are known by their ids. */
  async deliver(env: Env): Promise<void> {
    for (let rows = this.#oldest(); rows[0]; rows = this.#oldest()) {
      const { project_id: projectId, subject } = rows[0]
      await env.WEBHOOK.getByName(projectId).take(projectId, subject, rows.map(eventOf))
      this.#sql.exec('DELETE FROM webhook_events WHERE sequence <= ?', rows.at(-1)?.sequence ?? 0)
    }
  }

  #oldest(): Row[] {
    if (!this.#hasTable) return []
    return this.#sql.exec<Row>('SELECT * FROM webhook_events ORDER BY sequence LIMIT ?', BATCH).toArray()
  }

  #createTable(): void {
    if (this.#hasTable) return
    // The numbers of what was told are never given again.
    this.#sql.exec(`
      CREATE TABLE webhook_events (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
        project_id TEXT NOT NULL,
        subject TEXT NOT NULL,
        event TEXT NOT NULL
      )`)
    this.#isThere = true
  }
}

function eventOf({ sequence, project_id: projectId, subject, event }: Row): WebhookEvent {
  const told: unknown = JSON.parse(event)
  return webhookEventSchema.parse(Object.assign({ id: `evt_${subject}_${sequence}`, projectId }, told))
}
