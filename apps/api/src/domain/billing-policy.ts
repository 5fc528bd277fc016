/**
 * What an account's standing with Stripe, and its usage, mean for creating calls and rooms. Nothing else
 * depends on it: what is open goes on, and whoever has a token joins.
 */
import type { BillingRefusal, SubscriptionStatus } from '@radist-tech/protocol'
import type { ConnectionKind } from './connections.ts'

export interface BillingTerms {
  /** Participant seconds that an account without a subscription may use in a calendar month (UTC). */
  freeSecondsPerMonth: number
  /** How long an overdue payment changes nothing. */
  pastDueGraceMs: number
  /** What is refused to an account that has to pay first. */
  refuses: readonly ConnectionKind[]
}

/** An account as Stripe describes it; no account, and one without a subscription, have null in both. */
export interface Payer {
  subscriptionStatus: SubscriptionStatus | null
  /** Milliseconds since 1970; null while nothing is overdue. */
  pastDueSince: number | null
}

/**
 * Why one more call or room may not be created, or null. `secondsThisMonth` is asked only when the
 * answer depends on it.
 */
export function refusalOf(
  kind: ConnectionKind,
  payer: Payer,
  secondsThisMonth: () => number,
  terms: BillingTerms,
  now: number,
): BillingRefusal | null {
  if (!terms.refuses.includes(kind)) return null
  switch (payer.subscriptionStatus) {
    case 'active':
    case 'trialing':
      return null
    case 'past_due': {
      const graceEndsAt = graceEnd(payer, terms)
      return graceEndsAt === null || now < graceEndsAt ? null : 'payment_overdue'
    }
    // Stripe has given up collecting: the grace is over, however long it was.
    case 'unpaid':
      return 'payment_overdue'
    case 'canceled':
    case 'incomplete':
    case 'incomplete_expired':
    case 'paused':
    case null:
      return secondsThisMonth() < terms.freeSecondsPerMonth ? null : 'payment_required'
  }
}

export interface Standing {
  mayCreate: { calls: boolean; rooms: boolean }
  /** How what may not be created is refused. */
  refusal: BillingRefusal | null
  graceEndsAt: number | null
  /** Of the free allowance; never negative. */
  remainingSeconds: number
}

/** The same, as it is shown to the account's people. */
export function standingOf(
  payer: Payer,
  secondsThisMonth: number,
  terms: BillingTerms,
  now: number,
): Standing {
  const refusal = (kind: ConnectionKind) => refusalOf(kind, payer, () => secondsThisMonth, terms, now)
  const [calls, rooms] = [refusal('call'), refusal('room')]
  return {
    mayCreate: { calls: calls === null, rooms: rooms === null },
    refusal: rooms ?? calls,
    graceEndsAt: graceEnd(payer, terms),
    remainingSeconds: Math.max(0, terms.freeSecondsPerMonth - secondsThisMonth),
  }
}

const graceEnd = ({ pastDueSince }: Payer, { pastDueGraceMs }: BillingTerms): number | null =>
  pastDueSince === null ? null : pastDueSince + pastDueGraceMs

/** The calendar month (UTC) in which a time lies; `end` is the first moment of the next. */
export function monthOf(time: number): { start: number; end: number } {
  const date = new Date(time)
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()]
  return { start: Date.UTC(year, month, 1), end: Date.UTC(year, month + 1, 1) }
}
