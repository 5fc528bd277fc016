/** What Stripe's answers say of an account: which subscription counts, and since when it is overdue. */
import { type SubscriptionStatus, subscriptionStatusSchema } from '@radist-tech/protocol'

/** A subscription of the account's customer. Times are milliseconds since 1970. */
export interface SeenSubscription {
  id: string
  status: string
  createdAt: number
  /** Meters that its prices bill. */
  meterIds: readonly string[]
}

/** The best first: one that is paid for speaks for the account, whatever else it once had. */
const byWorth: readonly SubscriptionStatus[] = [
  'active',
  'trialing',
  'past_due',
  'unpaid',
  'paused',
  'incomplete',
  'canceled',
  'incomplete_expired',
]

/** Those that bill usage: a second one beside them would bill it twice. */
const billing: readonly (SubscriptionStatus | null)[] = ['active', 'trialing', 'past_due', 'unpaid', 'paused']

export const isBilling = (status: SubscriptionStatus | null): boolean => billing.includes(status)

export type KnownSubscription = SeenSubscription & { status: SubscriptionStatus }

/**
 * The subscriptions that bill the meter, the one that counts first. A status that Stripe adds later is
 * not known here, and such a subscription counts for nothing.
 */
export function subscriptionsOf(all: readonly SeenSubscription[], meterId: string): KnownSubscription[] {
  const known = all.flatMap((seen) => {
    const status = readStatus(seen.status)
    return status !== null && seen.meterIds.includes(meterId) ? [{ ...seen, status }] : []
  })
  const rank = ({ status }: KnownSubscription) => byWorth.indexOf(status)
  return known.sort((a, b) => rank(a) - rank(b) || b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1))
}

/** Null for none, and for what is none of Stripe's words. */
export const readStatus = (text: string | null): SubscriptionStatus | null =>
  subscriptionStatusSchema.safeParse(text).data ?? null

/** An invoice that waits for its payment. Times are milliseconds since 1970. */
export interface OpenInvoice {
  /** When it was to be paid; null for one that Stripe charges by itself, at once. */
  dueAt: number | null
  finalizedAt: number | null
  createdAt: number
}

/**
 * Since when payment is overdue, or null: that of the oldest open invoice. Without any, as while Stripe
 * is still booking, what was known before, else now.
 */
export function overdueSince(
  status: SubscriptionStatus | null,
  open: readonly OpenInvoice[],
  known: number | null,
  now: number,
): number | null {
  if (status !== 'past_due' && status !== 'unpaid') return null
  const times = open.map(({ dueAt, finalizedAt, createdAt }) => dueAt ?? finalizedAt ?? createdAt)
  return times.length > 0 ? Math.min(...times) : (known ?? now)
}
