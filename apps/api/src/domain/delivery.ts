/**
 * What becomes of a closed window's meter event: when it may be sent, and what each outcome leads to.
 *
 * Stripe's rules (docs.stripe.com/api/billing/meter-event/create): an identifier is refused a second
 * time within a rolling window of at least 24 hours, and a timestamp lies at most 35 days back.
 */
import { backoffMs } from './backoff.ts'
import { HOUR_MS } from './ledger.ts'
import type { Presence } from './reconciliation.ts'

/** An hour less than Stripe allows, for clocks that differ and requests that take long. */
const OLDEST_EVENT_MS = (35 * 24 - 1) * HOUR_MS
const IDENTIFIER_LIFE_MS = 23 * HOUR_MS
/** From here on Stripe's summaries are asked before each attempt, while its identifier still protects. */
const ASK_AFTER_MS = 20 * HOUR_MS
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
  /** When the last attempt began. */
  sentAt: number | null
}

export type RefusalReason =
  /** Stripe refused it, in its answer or by a later report, and would again. */
  | 'stripe'
  /** Older than Stripe takes. */
  | 'too-old'
  /** Perhaps taken by Stripe: neither its identifier nor Stripe's summaries tell. */
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
  /**
   * Surely not taken, for a reason that lies not with the event (429, a wrong API key). `waitMs`: for how
   * long Stripe asked to be left alone, 0 when it did not.
   */
  | { kind: 'put-off'; waitMs: number }
  /** No answer, or one that leaves open whether it was taken (5xx). */
  | { kind: 'unknown'; waitMs: number }
  | { kind: 'refused'; message: string }

export type Attempt =
  /** To be stored before the request leaves: the process may die while it is under way. */
  | { action: 'send'; store: PendingDelivery }
  /** Whether Stripe has it, is asked of its summaries. `send`: what may be done if they do not tell. */
  | { action: 'ask'; send: PendingDelivery | null }
  | { action: 'give-up'; store: Delivery }

/** What is to be done with a window whose time has come, at `now`. `eventTime`: the timestamp of its event. */
export function attempt(delivery: PendingDelivery, eventTime: number, now: number): Attempt {
  const { unsettledSince } = delivery
  const store = { ...delivery, unsettledSince: unsettledSince ?? now, sentAt: now }
  const tooOld = isTooOld(eventTime, now)
  if (unsettledSince === null)
    return tooOld
      ? { action: 'give-up', store: refusal('too-old', 'Older than the 35 days Stripe takes.', now) }
      : { action: 'send', store }
  const open = now - unsettledSince
  if (open <= ASK_AFTER_MS && !tooOld) return { action: 'send', store }
  return { action: 'ask', send: open <= IDENTIFIER_LIFE_MS && !tooOld ? store : null }
}

const isTooOld = (eventTime: number, now: number): boolean => now - eventTime > OLDEST_EVENT_MS

/**
 * The state after Stripe's summaries were asked, when the event may not be sent otherwise. Null: they did
 * not answer. What is surely not there is sent on at once.
 */
export function settleByPresence(
  before: PendingDelivery,
  presence: Presence | null,
  now: number,
  random: number,
): Delivery {
  switch (presence?.kind) {
    case 'taken':
      return { kind: 'delivered', at: now }
    case 'not-taken':
      return { ...before, dueAt: now, unsettledSince: null }
    case 'too-early':
      return { ...before, dueAt: presence.askAgainAt }
    case 'unclear':
      return refusal('outcome-unknown', 'Stripe may have taken this event: its summaries do not tell.', now)
    case undefined: {
      const failures = before.failures + 1
      return { ...before, failures, dueAt: now + backoffMs(failures, random) }
    }
  }
}

/**
 * A refused event on its way again. One that Stripe may have taken stays open, so that it is sent only
 * while its identifier protects it, or once Stripe's summaries show that it is not there; unless a
 * person says that it is not. One that is too old for Stripe, and surely not there, gets the time of
 * now: it is billed in the period that runs now.
 */
export function resend(
  refused: { reason: RefusalReason; unsettledSince: number | null; sentAt: number | null },
  eventTime: number,
  confirmNotDelivered: boolean,
  now: number,
): { delivery: PendingDelivery; eventTime: number } {
  const isOpen = refused.reason === 'outcome-unknown' && !confirmNotDelivered
  const unsettledSince = isOpen ? refused.unsettledSince : null
  return {
    delivery: { kind: 'pending', failures: 0, dueAt: now, unsettledSince, sentAt: refused.sentAt },
    eventTime:
      unsettledSince === null && isTooOld(eventTime, now) ? Math.floor(now / 1000) * 1000 : eventTime,
  }
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
  const wait = outcome.kind === 'put-off' || outcome.kind === 'unknown' ? outcome.waitMs : 0
  const dueAt = now + Math.max(wait, backoffMs(failures, random))
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
  /** The header, if there is one: seconds, or a date, which is not heeded. */
  retryAfter: string | undefined
}): SendOutcome {
  const { status, code, message } = error
  const waitMs = waitOf(error.retryAfter)
  if (status === undefined || status >= 500 || status < 400) return { kind: 'unknown', waitMs }
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
      return { kind: 'put-off', waitMs }
    case 408:
    case 409:
      return { kind: 'unknown', waitMs }
    default:
      return { kind: 'refused', message }
  }
}

/** Longest wait that an answer can ask for. */
const LONGEST_WAIT_MS = HOUR_MS

const waitOf = (retryAfter: string | undefined): number =>
  retryAfter !== undefined && /^\d{1,9}$/.test(retryAfter)
    ? Math.min(Number(retryAfter) * 1000, LONGEST_WAIT_MS)
    : 0
