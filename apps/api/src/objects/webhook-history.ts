/** A project's deliveries as people see them, and how long they are kept. */
import { type WebhookDelivery, webhookDeliverySchema } from '@radist-tech/protocol/dashboard'

/** How long deliveries are kept, in milliseconds: 7 days. */
export const KEPT_MS = 7 * 86_400_000
/** How many are kept at most, waiting or not. */
export const KEPT_DELIVERIES = 100_000
/** How much longer and how many more may be there, so that many go at once; a batch keeps nobody waiting. */
const PRUNE_SLACK_MS = 3_600_000
const PRUNE_BATCH = 1000

type DeliveryState = WebhookDelivery['state']
type Attempt = NonNullable<WebhookDelivery['lastAttempt']>

export interface SeenDelivery {
  delivery: WebhookDelivery
  /** The oldest first. */
  attempts: Attempt[]
}

type DeliveryRow = {
  id: number
  endpoint_id: string
  state: string
  attempts: number
  body: string
  due_at: number | null
}
type AttemptRow = {
  at: number
  duration_ms: number
  status: number | null
  error: string | null
  answer: string
}

export class WebhookHistory {
  readonly #storage: DurableObjectStorage
  readonly #sql: SqlStorage

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
    this.#sql = storage.sql
  }

  /** A page of an endpoint's deliveries, the newest first, from below `before`. Reads no more than the page. */
  list(
    endpointId: string,
    asked: { state: DeliveryState | null; before: number | null; limit: number },
    now: number,
  ): { deliveries: WebhookDelivery[]; next: string | null } {
    const { state, before, limit } = asked
    const rows = this.#sql
      .exec<DeliveryRow>(
        `${SELECT} WHERE deliveries.endpoint_id = ? AND deliveries.id < ? ${state ? 'AND state = ?' : ''}
         ORDER BY deliveries.id DESC LIMIT ?`,
        endpointId,
        before ?? Number.MAX_SAFE_INTEGER,
        ...(state ? [state] : []),
        limit + 1,
      )
      .toArray()
    const shown = rows.slice(0, limit)
    const last = shown.at(-1)
    return {
      deliveries: shown.map((row) => this.#view(row, now)),
      next: last && rows.length > limit ? `${last.id}` : null,
    }
  }

  /** One with its attempts, or null when it is not kept. */
  read(deliveryId: number, now: number): SeenDelivery | null {
    const row = this.#sql.exec<DeliveryRow>(`${SELECT} WHERE deliveries.id = ?`, deliveryId).toArray()[0]
    if (!row) return null
    const attempts = this.#sql
      .exec<AttemptRow>('SELECT * FROM attempts WHERE delivery = ? ORDER BY number', deliveryId)
      .toArray()
    return { delivery: this.#view(row, now), attempts: attempts.map(viewAttempt) }
  }

  /** When {@link prune} has something to do; null while nothing is kept. */
  nextPruneAt(now: number): number | null {
    const [oldest, newest] = [this.#endOf('ASC'), this.#endOf('DESC')]
    if (!oldest || !newest) return null
    // Ids are given in the order of time and without gaps, so that nothing has to be counted.
    const excess = newest.id - oldest.id + 1 - KEPT_DELIVERIES
    return excess >= PRUNE_BATCH ? now : oldest.created_at + KEPT_MS + PRUNE_SLACK_MS
  }

  /** Deletes what is too old, or too much: the oldest, a batch at a time. */
  prune(now: number): void {
    const newest = this.#endOf('DESC')
    if (!newest) return
    const last = this.#sql
      .exec<{ id: number | null }>(
        `SELECT max(id) AS id FROM (SELECT id, created_at FROM deliveries ORDER BY id LIMIT ?)
         WHERE created_at < ? OR id <= ?`,
        PRUNE_BATCH,
        now - KEPT_MS,
        newest.id - KEPT_DELIVERIES,
      )
      .one()
    if (last.id !== null) this.#deleteUpTo(last.id)
  }

  #endOf(order: 'ASC' | 'DESC'): { id: number; created_at: number } | undefined {
    return this.#sql
      .exec<{ id: number; created_at: number }>(
        `SELECT id, created_at FROM deliveries ORDER BY id ${order} LIMIT 1`,
      )
      .toArray()[0]
  }

  #deleteUpTo(id: number): void {
    this.#storage.transactionSync(() => {
      // Of endpoints that are disabled or deleted: no turn of theirs comes to find the lane empty.
      this.#sql.exec(
        `DELETE FROM lanes WHERE (endpoint_id, subject) IN
           (SELECT endpoint_id, subject FROM deliveries WHERE id <= ?1 AND state = 'waiting')
         AND NOT EXISTS (SELECT 1 FROM deliveries AS later WHERE later.endpoint_id = lanes.endpoint_id
           AND later.subject = lanes.subject AND later.state = 'waiting' AND later.id > ?1)`,
        id,
      )
      this.#sql.exec('DELETE FROM attempts WHERE delivery <= ?', id)
      this.#sql.exec('DELETE FROM deliveries WHERE id <= ?', id)
      this.#sql.exec(
        `DELETE FROM messages WHERE sequence < coalesce(
           (SELECT message FROM deliveries ORDER BY id LIMIT 1), ${Number.MAX_SAFE_INTEGER})`,
      )
    })
  }

  #view(row: DeliveryRow, now: number): WebhookDelivery {
    const last = this.#sql
      .exec<AttemptRow>('SELECT * FROM attempts WHERE delivery = ? ORDER BY number DESC LIMIT 1', row.id)
      .toArray()[0]
    const event: unknown = JSON.parse(row.body)
    const dueAt = row.state === 'waiting' ? row.due_at : null
    return webhookDeliverySchema.parse({
      deliveryId: deliveryIdOf(row.id),
      endpointId: row.endpoint_id,
      event,
      state: row.state,
      attempts: row.attempts,
      nextAttemptAt: dueAt === null ? null : new Date(Math.max(dueAt, now)).toISOString(),
      lastAttempt: last ? viewAttempt(last) : null,
    })
  }
}

/** The lane's time is that of the first in it: those behind follow at once when it is settled. */
const SELECT = `
  SELECT deliveries.id, deliveries.endpoint_id, state, attempts, body, lanes.due_at FROM deliveries
  JOIN messages ON messages.sequence = deliveries.message
  LEFT JOIN lanes ON lanes.endpoint_id = deliveries.endpoint_id AND lanes.subject = deliveries.subject`

const viewAttempt = ({ at, duration_ms, status, error, answer }: AttemptRow): Attempt => ({
  at: new Date(at).toISOString(),
  durationMs: duration_ms,
  status,
  error,
  answer,
})

const deliveryIdOf = (id: number): string => `dlv_${id}`

/** The number of a delivery id, or null for what is none. */
export function deliveryNumber(deliveryId: string): number | null {
  const digits = /^dlv_([1-9]\d{0,14})$/.exec(deliveryId)?.[1]
  return digits === undefined ? null : Number(digits)
}
