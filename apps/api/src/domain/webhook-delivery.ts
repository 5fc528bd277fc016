/**
 * What becomes of an event's delivery to an endpoint after each attempt, and of an endpoint that keeps
 * failing. Times are milliseconds since 1970.
 */

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/**
 * Waits after the first, second, … failed attempt, as the Standard Webhooks specification suggests. The
 * tenth and last attempt comes when the three days are over.
 */
const WAITS_MS = [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR]
/** No attempt is made later than this after the event, but for the first. */
export const GIVE_UP_AFTER_MS = 3 * DAY
/** Up to this share is taken off each wait, so that events that failed together do not come back together. */
const JITTER = 0.1
/** The longest wait that an answer can ask for with `Retry-After`. */
const LONGEST_ASKED_WAIT_MS = HOUR

const GONE = 410

/** A delivery that is attempted. */
export interface Tries {
  /** When its three days began; long ago for one that gets a single attempt. */
  since: number
  /** Attempts since then, this one among them. */
  tries: number
}

export interface AttemptResult {
  /** HTTP status; null when there was no answer. */
  status: number | null
  /** What `Retry-After` asks for; null when it was not there, or not understood. */
  retryAfterMs: number | null
}

export type Verdict = { state: 'delivered' } | { state: 'failed' } | { state: 'waiting'; dueAt: number }

export const isDelivered = ({ status }: AttemptResult): boolean =>
  status !== null && status >= 200 && status < 300

/** The endpoint says that it wants no events any more, ever. */
export const isGone = ({ status }: AttemptResult): boolean => status === GONE

/** What an attempt's result leads to. A redirection is a failure like any other. `random`: 0 to 1. */
export function judgeAttempt(
  { since, tries }: Tries,
  result: AttemptResult,
  now: number,
  random: number,
): Verdict {
  if (isDelivered(result)) return { state: 'delivered' }
  const deadline = since + GIVE_UP_AFTER_MS
  if (isGone(result) || now >= deadline) return { state: 'failed' }
  const planned = WAITS_MS[tries - 1] ?? GIVE_UP_AFTER_MS
  const asked = Math.min(result.retryAfterMs ?? 0, LONGEST_ASKED_WAIT_MS)
  const wait = Math.max(planned * (1 - JITTER * random), asked)
  return { state: 'waiting', dueAt: Math.min(deadline, Math.ceil(now + wait)) }
}

/** A `Retry-After` header (RFC 9110, 10.2.3), in milliseconds from `now`; null for none, or one that is neither form. */
export function readRetryAfter(header: string | null, now: number): number | null {
  if (header === null) return null
  if (/^\d{1,9}$/.test(header)) return Number(header) * SECOND
  // `Date.parse` alone takes many things for dates.
  const at = header.endsWith(' GMT') ? Date.parse(header) : Number.NaN
  return Number.isNaN(at) ? null : Math.max(0, at - now)
}

/** Failed attempts in a row, and when the first of them was; both 0 after one that was taken. */
export interface EndpointHealth {
  failures: number
  failingSince: number
}

export const HEALTHY: EndpointHealth = { failures: 0, failingSince: 0 }

export function healthAfter(health: EndpointHealth, result: AttemptResult, now: number): EndpointHealth {
  if (isDelivered(result)) return HEALTHY
  const { failures, failingSince } = health
  return { failures: failures + 1, failingSince: failures === 0 ? now : failingSince }
}

/** How long an endpoint may take nothing before it is disabled. */
export const DISABLE_AFTER_MS = 5 * DAY
/** With fewer failed attempts than this, hardly anything has happened that it could have taken. */
const DISABLE_AFTER_FAILURES = 10

export type DisableReason = 'gone' | 'failing'

/** Why nothing more is sent to an endpoint until somebody enables it again, or null. */
export function disableReason(
  { failures, failingSince }: EndpointHealth,
  result: AttemptResult,
  now: number,
): DisableReason | null {
  if (isGone(result)) return 'gone'
  const isDead = failures >= DISABLE_AFTER_FAILURES && now - failingSince >= DISABLE_AFTER_MS
  return isDead ? 'failing' : null
}
