/**
 * What becomes of a closed window's meter event: when it may be sent, and what each outcome leads to.
 *
 * Stripe's rules (docs.stripe.com/api/billing/meter-event/create): an identifier is refused a second
 * time within a rolling window of at least 24 hours, and a timestamp lies at most 35 days back.
 */
import { backoffMs } from './backoff.ts'

const HOUR_MS = 3_600_000
/** An hour less than Stripe allows, for clocks that differ and requests that take long. */
const OLDEST_EVENT_MS = (35 * 24 - 1) * HOUR_MS
const IDENTIFIER_LIFE_MS = 23 * HOUR_MS
const LONGEST_MESSAGE = 500

export interface PendingDelivery {
  kind: 'pending'
  /** Failed attempts so far. */
  failures: number
  /** Not sent before this time. */
  dueAt: number
  /**
   * Since when an attempt's outcome has been unknown: Stripe may have taken the event. Null while
   * every attempt was surely not taken.
   */
  unsettledSince: number | null
}

export type RefusalReason =
  /** Stripe refused it, and would again. */
  | 'stripe'
  /** Older than Stripe takes. */
  | 'too-old'
  /** Perhaps taken by Stripe, so long ago that its identifier no longer protects a second send. */
  | 'outcome-unknown'

export type Delivery =
  | PendingDelivery
  | { kind: 'delivered'; at: number }
  /** Kept, with what has to be mended; not sent again by itself. */
  | { kind: 'refused'; at: number; reason: RefusalReason; message: string }

export type SendOutcome =
  | { kind: 'accepted' }
  /** The identifier exists: an earlier attempt was taken. */
  | { kind: 'duplicate' }
  /** Surely not taken, for a reason that lies not with the event (429, a wrong API key). */
  | { kind: 'put-off' }
  /** No answer, or one that leaves open whether it was taken (5xx). */
  | { kind: 'unknown' }
  | { kind: 'refused'; message: string }

export type Attempt =
  /** To be stored before the request leaves: the process may die while it is under way. */
  { action: 'send'; store: PendingDelivery } | { action: 'give-up'; store: Delivery }

/** Whether a window whose time has come may be sent, at `now`. */
export function attempt(delivery: PendingDelivery, windowEnd: number, now: number): Attempt {
  const refuse = (reason: RefusalReason, message: string): Attempt => ({
    action: 'give-up',
    store: { kind: 'refused', at: now, reason, message },
  })
  if (delivery.unsettledSince !== null && now - delivery.unsettledSince > IDENTIFIER_LIFE_MS)
    return refuse('outcome-unknown', 'Stripe may have taken this event: compare with its summaries.')
  if (now - windowEnd > OLDEST_EVENT_MS) return refuse('too-old', 'Older than the 35 days Stripe takes.')
  return { action: 'send', store: { ...delivery, unsettledSince: delivery.unsettledSince ?? now } }
}

/**
 * The state after an attempt. `before` is the state before {@link attempt}: an outcome that is surely
 * a "no" restores what was known then. `random`: 0 to 1.
 */
export function settle(
  before: PendingDelivery,
  sent: PendingDelivery,
  outcome: SendOutcome,
  now: number,
  random: number,
): Delivery {
  const failures = before.failures + 1
  const dueAt = now + backoffMs(failures, random)
  switch (outcome.kind) {
    case 'accepted':
    case 'duplicate':
      return { kind: 'delivered', at: now }
    case 'put-off':
      return { ...before, failures, dueAt }
    case 'unknown':
      return { ...sent, failures, dueAt }
    case 'refused':
      // A refusal says nothing about an earlier attempt whose answer was lost.
      return before.unsettledSince === null
        ? refusal('stripe', outcome.message, now)
        : refusal('outcome-unknown', outcome.message, now)
  }
}

const refusal = (reason: RefusalReason, message: string, at: number): Delivery => ({
  kind: 'refused',
  at,
  reason,
  message: message.slice(0, LONGEST_MESSAGE),
})

/** What Stripe's error says of the event; `status` is undefined when no answer came. */
export function outcomeOfError(error: {
  status: number | undefined
  code: string | undefined
  message: string
}): SendOutcome {
  const { status, code, message } = error
  if (status === undefined || status >= 500 || status < 400) return { kind: 'unknown' }
  // Stripe answers a repeated identifier with 400 `invalid_request_error`, this message and no code.
  if (
    code === 'duplicate_meter_event' ||
    (status === 400 && message.startsWith('An event already exists with identifier'))
  )
    return { kind: 'duplicate' }
  switch (status) {
    // The key, not the event: no event is set aside because of it.
    case 401:
    case 403:
    case 429:
      return { kind: 'put-off' }
    case 408:
    case 409:
      return { kind: 'unknown' }
    default:
      return { kind: 'refused', message }
  }
}
