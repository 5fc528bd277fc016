/**
 * An account's subscription as Stripe has it now, copied to D1. Webhooks only say that something has
 * changed; so their order, their number and their age do not matter.
 */
import type { SubscriptionStatus } from '@radist-tech/protocol'
import { and, eq, isNull, lte, or, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import type Stripe from 'stripe'
import { billingAccounts } from '../../../drizzle/schema.ts'
import { forgetFacts } from './billing-account.ts'
import {
  isBilling,
  type KnownSubscription,
  overdueSince,
  type SeenSubscription,
  subscriptionsOf,
} from './domain/subscription.ts'
import { configOf, type Env } from './env.ts'
import { stripeOf } from './stripe.ts'

/** More than any account has. */
const MOST_LISTED = 1000

/**
 * Orders reads by when they began, in D1's clock, which all Workers share: what Stripe changed before a
 * webhook is in every read that begins after it.
 */
const databaseTime = sql<number>`cast(unixepoch('subsec') * 1000 AS integer)`

/**
 * Reads the customer's subscription and stores it, unless a later read has been stored. Answers its
 * status; null when there is none, or when the customer is none of ours. Throws when Stripe, D1 or a
 * Project object does not answer: then it is to be done again.
 */
export async function followSubscription(env: Env, customerId: string): Promise<SubscriptionStatus | null> {
  const db = drizzle(env.DB)
  const [account] = await db
    .select({
      id: billingAccounts.id,
      pastDueSince: billingAccounts.pastDueSince,
      readAt: databaseTime,
    })
    .from(billingAccounts)
    .where(eq(billingAccounts.stripeCustomerId, customerId))
  if (!account) return null
  const { id, readAt } = account
  const stripe = stripeOf(env)
  const { recurring } = await meteredPrice(env)
  const subscriptions = subscriptionsOf(await seenSubscriptions(stripe, customerId), recurring.meter)
  warnOfSeveral(id, subscriptions)
  const [subscription] = subscriptions
  const status = subscription?.status ?? null
  const open = subscription && isOverdue(status) ? await openInvoices(stripe, subscription.id) : []
  await db
    .update(billingAccounts)
    .set({
      subscriptionId: subscription?.id ?? null,
      subscriptionStatus: status,
      pastDueSince: overdueSince(status, open, account.pastDueSince, readAt),
      subscriptionReadAt: readAt,
    })
    .where(
      and(
        eq(billingAccounts.stripeCustomerId, customerId),
        or(isNull(billingAccounts.subscriptionReadAt), lte(billingAccounts.subscriptionReadAt, readAt)),
      ),
    )
  await forgetFacts(env, id)
  return status
}

/** The customer is no more: its account gets another one when one is needed, and usage waits for it. */
export async function forgetDeletedCustomer(env: Env, customerId: string): Promise<void> {
  const customer = await stripeOf(env).customers.retrieve(customerId)
  if (!customer.deleted) return
  const changed = await drizzle(env.DB)
    .update(billingAccounts)
    .set({
      stripeCustomerId: null,
      subscriptionId: null,
      subscriptionStatus: null,
      pastDueSince: null,
      subscriptionReadAt: databaseTime,
    })
    .where(eq(billingAccounts.stripeCustomerId, customerId))
    .returning({ id: billingAccounts.id })
  for (const { id } of changed) await forgetFacts(env, id)
}

/**
 * The price that new subscriptions are made with, which names the meter.
 * @throws when `stripe:setup` was not run, or not with the same lookup key
 */
export async function meteredPrice(env: Env) {
  const key = configOf(env).STRIPE_PRICE_LOOKUP_KEY
  const { data } = await stripeOf(env).prices.list({ lookup_keys: [key], active: true, limit: 1 })
  const meter = data[0]?.recurring?.meter
  if (!data[0] || !meter) throw new Error(`Stripe has no metered price with the lookup key ${key}`)
  return { id: data[0].id, recurring: { meter } }
}

async function seenSubscriptions(stripe: Stripe, customerId: string): Promise<SeenSubscription[]> {
  const all = await stripe.subscriptions
    .list({ customer: customerId, status: 'all', limit: 100 })
    .autoPagingToArray({ limit: MOST_LISTED })
  return all.map(({ id, status, created, items }) => ({
    id,
    status,
    createdAt: created * 1000,
    meterIds: items.data.flatMap(({ price }) => price.recurring?.meter ?? []),
  }))
}

const isOverdue = (status: SubscriptionStatus | null): boolean => status === 'past_due' || status === 'unpaid'

async function openInvoices(stripe: Stripe, subscription: string) {
  const open = await stripe.invoices
    .list({ subscription, status: 'open', limit: 100 })
    .autoPagingToArray({ limit: MOST_LISTED })
  return open.map(({ due_date, status_transitions, created }) => ({
    dueAt: milliseconds(due_date),
    finalizedAt: milliseconds(status_transitions.finalized_at),
    createdAt: created * 1000,
  }))
}

const milliseconds = (seconds: number | null): number | null => (seconds === null ? null : seconds * 1000)

/** Each of them is billed for the same usage: which one to end, a person has to say. */
function warnOfSeveral(accountId: string, subscriptions: readonly KnownSubscription[]): void {
  const ids = subscriptions.filter(({ status }) => isBilling(status)).map(({ id }) => id)
  if (ids.length > 1)
    console.error(JSON.stringify({ message: 'several subscriptions bill one account', accountId, ids }))
}
