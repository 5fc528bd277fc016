/**
 * Sends events to webhook endpoints. Source: docs.stripe.com/webhooks: signed, and sent again with
 * exponential back-off, for up to three days, until an endpoint answers 2xx. No order is promised.
 *
 * All of it goes by the machine's clock: the account's may be moved, and receivers check a signature's
 * age by their own.
 */
import { createHmac } from 'node:crypto'
import { z } from 'zod'
import type { Account } from './account.ts'
import { deliveredEvent, requireEvent } from './events.ts'
import { findObject } from './stored-objects.ts'
import { WEBHOOK_ENDPOINTS, type WebhookEndpoint } from './webhook-endpoints.ts'

const HOUR_MS = 60 * 60 * 1000
const GIVEN_UP_AFTER_MS = 72 * HOUR_MS
const LONGEST_WAIT_MS = HOUR_MS
const TIMEOUT_MS = 20_000
const MAX_AT_ONCE = 16
/** Of an answer's body only the start is kept, for the page to show. */
const KEPT_ANSWER_BYTES = 500

const deliverySchema = z.object({
  sequence: z.number(),
  event: z.string(),
  endpoint: z.string(),
  created_at_ms: z.number(),
  attempts: z.number(),
  next_attempt_at_ms: z.number().nullable(),
  /** HTTP status of the last answer; null before it, and when there was none. */
  status: z.number().nullable(),
  /** The last answer's beginning, or why there was none. */
  answer: z.string(),
})

export type Delivery = z.infer<typeof deliverySchema>
type Outcome = Pick<Delivery, 'status' | 'answer'>

export class Deliveries {
  readonly #account: Account
  readonly #firstWaitMs: number
  readonly #underWay = new Map<number, Promise<void>>()
  readonly #closing = new AbortController()
  #timer: NodeJS.Timeout | undefined

  /** @param firstWaitMs How long after its first failure a delivery is repeated; then twice that, and so on. */
  constructor(account: Account, firstWaitMs: number) {
    this.#account = account
    this.#firstWaitMs = firstWaitMs
  }

  /** Like {@link Deliveries.run}, but after the work that goes on now, which may still be undone. */
  runSoon(): void {
    queueMicrotask(() => this.run())
  }

  /** Starts the deliveries whose time has come. */
  run(): void {
    if (this.#closing.signal.aborted) return
    clearTimeout(this.#timer)
    for (const delivery of this.#pending()) {
      const wait = (delivery.next_attempt_at_ms ?? 0) - Date.now()
      if (wait > 0) {
        this.#timer = setTimeout(() => this.run(), wait)
        return
      }
      if (this.#underWay.size >= MAX_AT_ONCE) return
      const done = this.#deliver(delivery).finally(() => {
        this.#underWay.delete(delivery.sequence)
        this.run()
      })
      this.#underWay.set(delivery.sequence, done)
    }
  }

  /** Ends all that are under way: they count as not delivered, and go on when the sandbox is next started. */
  async close(): Promise<void> {
    this.#closing.abort()
    clearTimeout(this.#timer)
    await Promise.all(this.#underWay.values())
  }

  /** Those not under way, the earliest first. */
  #pending(): Delivery[] {
    return this.#account.database
      .prepare(
        `SELECT * FROM deliveries WHERE next_attempt_at_ms IS NOT NULL
         ORDER BY next_attempt_at_ms, sequence LIMIT ?`,
      )
      .all(2 * MAX_AT_ONCE)
      .map((row) => deliverySchema.parse(row))
      .filter(({ sequence }) => !this.#underWay.has(sequence))
  }

  async #deliver(delivery: Delivery): Promise<void> {
    const endpoint = findObject(this.#account, WEBHOOK_ENDPOINTS, delivery.endpoint)
    const receives = endpoint?.status === 'enabled'
    const outcome = receives
      ? await this.#send(delivery, endpoint)
      : { status: null, answer: 'The endpoint is deleted or disabled.' }
    if (this.#closing.signal.aborted) return
    const attempts = delivery.attempts + 1
    const next = receives ? this.#nextAttempt({ ...delivery, ...outcome, attempts }) : null
    this.#account.database
      .prepare(
        'UPDATE deliveries SET attempts = ?, next_attempt_at_ms = ?, status = ?, answer = ? WHERE sequence = ?',
      )
      .run(attempts, next, outcome.status, outcome.answer, delivery.sequence)
  }

  async #send(delivery: Delivery, { url, secret }: WebhookEndpoint): Promise<Outcome> {
    const payload = JSON.stringify(
      deliveredEvent(this.#account, requireEvent(this.#account, delivery.event)),
      null,
      2,
    )
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json; charset=utf-8',
          'stripe-signature': signature(payload, secret, Math.floor(Date.now() / 1000)),
          'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
        },
        body: payload,
        // An endpoint has to answer itself: Stripe takes a redirection for a failure.
        redirect: 'manual',
        signal: AbortSignal.any([this.#closing.signal, AbortSignal.timeout(TIMEOUT_MS)]),
      })
      return { status: response.status, answer: await beginning(response) }
    } catch (error) {
      return { status: null, answer: reason(error) }
    }
  }

  #nextAttempt({ status, attempts, created_at_ms }: Delivery): number | null {
    if (status !== null && status >= 200 && status < 300) return null
    const next = Date.now() + Math.min(LONGEST_WAIT_MS, this.#firstWaitMs * 2 ** (attempts - 1))
    return next > created_at_ms + GIVEN_UP_AFTER_MS ? null : next
  }
}

/** The `Stripe-Signature` header. Source: docs.stripe.com/webhooks#verify-manually. */
export function signature(payload: string, secret: string, seconds: number): string {
  const hmac = createHmac('sha256', secret).update(`${seconds}.${payload}`).digest('hex')
  return `t=${seconds},v1=${hmac}`
}

/** The newest deliveries, the latest first. */
export function latestDeliveries(account: Account, limit: number): Delivery[] {
  return account.database
    .prepare('SELECT * FROM deliveries ORDER BY sequence DESC LIMIT ?')
    .all(limit)
    .map((row) => deliverySchema.parse(row))
}

async function beginning(response: Response): Promise<string> {
  const text = new TextDecoder()
  let bytes = Buffer.alloc(0)
  for await (const chunk of response.body ?? []) {
    bytes = Buffer.concat([bytes, chunk])
    if (bytes.length >= KEPT_ANSWER_BYTES) break
  }
  return text.decode(bytes.subarray(0, KEPT_ANSWER_BYTES))
}

/** Node's fetch hides why a connection failed in the error's cause. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}
