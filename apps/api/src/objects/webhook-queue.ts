/**
 * Events on their way to a project's endpoints, in the Webhook object's storage: which are waiting, in
 * which order, and when each lane (`domain/webhook-turns.ts`) is due. No query looks at what is settled.
 */
import type { WebhookEvent, WebhookEventType } from '@radist-tech/protocol/dashboard'
import type { Verdict } from '../domain/webhook-delivery.ts'
import type { DueLane, Lane } from '../domain/webhook-turns.ts'
import type { SentAttempt } from '../webhook-request.ts'
import { createWebhookTables, projectOfTables } from './webhook-tables.ts'

/** Attempts of one delivery that are kept, the newest: a person may resend it as often as they like. */
const KEPT_ATTEMPTS = 50

/** Since when a delivery waits that is to be tried once: its three days are over. */
const ONCE = 0
/** When a lane is due that goes before all others of its endpoint. */
const FIRST = 0

/** An endpoint as far as it matters who gets what. */
export interface Subscriber {
  endpointId: string
  eventTypes: readonly WebhookEventType[]
  /** Milliseconds since 1970: it gets what happened from then on. */
  createdAt: number
}

/** The first of a lane, about to be sent. */
export interface QueuedDelivery extends Lane {
  deliveryId: number
  /** The event's id. */
  messageId: string
  body: string
  since: number
  /** Attempts before this one. */
  tries: number
}

export class WebhookQueue {
  readonly #storage: DurableObjectStorage
  readonly #sql: SqlStorage
  #projectId: string | null

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
    this.#sql = storage.sql
    this.#projectId = projectOfTables(storage.sql)
  }

  /** Whose events they are; null while none was ever put. */
  get projectId(): string | null {
    return this.#projectId
  }

  get exists(): boolean {
    return this.#projectId !== null
  }

  /** Takes events of one subject, in their order, each once. */
  put(
    { projectId, subject }: { projectId: string; subject: string },
    events: readonly WebhookEvent[],
    subscribers: readonly Subscriber[],
    now: number,
  ): void {
    const wanted = events
      .map((event) => ({ event, to: subscribers.filter((each) => wants(each, event)) }))
      .filter(({ to }) => to.length > 0)
    if (wanted.length === 0) return
    this.#storage.transactionSync(() => {
      this.#createTables(projectId)
      for (const { event, to } of wanted.filter(({ event }) => !this.#knows(event)))
        for (const { endpointId } of to) this.#deliver(event, { endpointId, subject }, now, now)
    })
  }

  /** Takes an event for one endpoint alone, to be tried once. Answers the delivery's id. */
  putOnce(projectId: string, lane: Lane, event: WebhookEvent, now: number): number {
    return this.#storage.transactionSync(() => {
      this.#createTables(projectId)
      const id = this.#deliver(event, lane, ONCE, now)
      this.#wakeLane(lane, FIRST)
      return id
    })
  }

  /** Lanes of an endpoint that are due, the longest due first. */
  due(endpointId: string, limit: number, now: number): DueLane[] {
    if (!this.exists) return []
    return this.#sql
      .exec<{ subject: string; due_at: number }>(
        'SELECT subject, due_at FROM lanes WHERE endpoint_id = ? AND due_at <= ? ORDER BY due_at LIMIT ?',
        endpointId,
        now,
        limit,
      )
      .toArray()
      .map(({ subject, due_at }) => ({ endpointId, subject, dueAt: due_at }))
  }

  /** When the first lane of an endpoint becomes due after `now`; null when none does. */
  dueAfter(endpointId: string, now: number): number | null {
    if (!this.exists) return null
    const row = this.#sql
      .exec<{ due_at: number }>(
        'SELECT due_at FROM lanes WHERE endpoint_id = ? AND due_at > ? ORDER BY due_at LIMIT 1',
        endpointId,
        now,
      )
      .toArray()[0]
    return row?.due_at ?? null
  }

  /** What is to be sent next in this lane. Null: nothing is left, and the lane is gone. */
  head(lane: Lane): QueuedDelivery | null {
    const row = this.#sql
      .exec<{ id: number; since: number; tries: number; message_id: string; body: string }>(
        `SELECT deliveries.id, since, tries, messages.id AS message_id, body FROM deliveries
         JOIN messages ON messages.sequence = deliveries.message
         WHERE endpoint_id = ? AND subject = ? AND state = 'waiting' ORDER BY deliveries.id LIMIT 1`,
        lane.endpointId,
        lane.subject,
      )
      .toArray()[0]
    if (!row) {
      this.#dropLane(lane)
      return null
    }
    const { id: deliveryId, message_id: messageId, body, since, tries } = row
    return { ...lane, deliveryId, messageId, body, since, tries }
  }

  /** Stores what an attempt came to. To be called in a transaction. */
  settle(delivery: QueuedDelivery, attempt: SentAttempt, verdict: Verdict, now: number): void {
    const { deliveryId, endpointId, subject } = delivery
    const row = this.#sql
      .exec<{ attempts: number }>(
        `UPDATE deliveries SET attempts = attempts + 1, tries = tries + 1, state = ? WHERE id = ?
         RETURNING attempts`,
        verdict.state,
        deliveryId,
      )
      .toArray()[0]
    // It was too old to be kept.
    if (row) this.#writeAttempt(deliveryId, row.attempts, attempt)
    const next = this.#sql
      .exec<{ id: number }>(
        `SELECT id FROM deliveries WHERE endpoint_id = ? AND subject = ? AND state = 'waiting'
         ORDER BY id LIMIT 1`,
        endpointId,
        subject,
      )
      .toArray()[0]
    if (!next) this.#dropLane(delivery)
    else {
      const isSame = next.id === deliveryId && verdict.state === 'waiting'
      this.#wakeLane(delivery, isSame ? verdict.dueAt : now)
    }
  }

  /** Puts a delivery on its way once more. Returns whether there is such a one. */
  resend(deliveryId: number): boolean {
    if (!this.exists) return false
    return this.#storage.transactionSync(() => {
      const row = this.#sql
        .exec<{ endpoint_id: string; subject: string; state: string }>(
          'SELECT endpoint_id, subject, state FROM deliveries WHERE id = ?',
          deliveryId,
        )
        .toArray()[0]
      if (!row) return false
      // One attempt: whoever asked for it sees what it comes to, and nothing newer waits for it long.
      if (row.state !== 'waiting')
        this.#sql.exec(
          "UPDATE deliveries SET state = 'waiting', since = ?, tries = 0 WHERE id = ?",
          ONCE,
          deliveryId,
        )
      this.#wakeLane({ endpointId: row.endpoint_id, subject: row.subject }, FIRST)
      return true
    })
  }

  /** Nothing more is to be sent there. */
  forgetLanes(endpointId: string): void {
    if (this.exists) this.#sql.exec('DELETE FROM lanes WHERE endpoint_id = ?', endpointId)
  }

  #knows({ id }: WebhookEvent): boolean {
    return this.#sql.exec('SELECT 1 FROM messages WHERE id = ?', id).toArray().length > 0
  }

  #deliver(event: WebhookEvent, lane: Lane, since: number, now: number): number {
    const { endpointId, subject } = lane
    this.#sql.exec('INSERT OR IGNORE INTO messages (id, body) VALUES (?, ?)', event.id, JSON.stringify(event))
    const { sequence } = this.#sql
      .exec<{ sequence: number }>('SELECT sequence FROM messages WHERE id = ?', event.id)
      .one()
    const { id } = this.#sql
      .exec<{ id: number }>(
        `INSERT INTO deliveries (message, endpoint_id, subject, state, created_at, since)
         VALUES (?, ?, ?, 'waiting', ?, ?) RETURNING id`,
        sequence,
        endpointId,
        subject,
        now,
        since,
      )
      .one()
    // A lane that waits to try again keeps its time.
    this.#sql.exec('INSERT OR IGNORE INTO lanes VALUES (?, ?, ?)', endpointId, subject, now)
    return id
  }

  #writeAttempt(
    deliveryId: number,
    number: number,
    { at, durationMs, status, error, answer }: SentAttempt,
  ): void {
    this.#sql.exec(
      'INSERT INTO attempts VALUES (?, ?, ?, ?, ?, ?, ?)',
      deliveryId,
      number,
      at,
      durationMs,
      status,
      error,
      answer,
    )
    if (number > KEPT_ATTEMPTS)
      this.#sql.exec(
        'DELETE FROM attempts WHERE delivery = ? AND number <= ?',
        deliveryId,
        number - KEPT_ATTEMPTS,
      )
  }

  #wakeLane({ endpointId, subject }: Lane, dueAt: number): void {
    this.#sql.exec('INSERT OR REPLACE INTO lanes VALUES (?, ?, ?)', endpointId, subject, dueAt)
  }

  #dropLane({ endpointId, subject }: Lane): void {
    this.#sql.exec('DELETE FROM lanes WHERE endpoint_id = ? AND subject = ?', endpointId, subject)
  }

  #createTables(projectId: string): void {
    if (this.exists) return
    createWebhookTables(this.#sql, projectId)
    this.#projectId = projectId
  }
}

const wants = ({ eventTypes, createdAt }: Subscriber, { type, timestamp }: WebhookEvent): boolean =>
  eventTypes.includes(type) && Date.parse(timestamp) >= createdAt
