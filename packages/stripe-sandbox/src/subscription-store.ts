/** Changes of subscriptions, and the events that tell of them. */
import type { Account } from './account.ts'
import { emit } from './events.ts'
import { replaceObject } from './stored-objects.ts'
import {
  hasEnded,
  presentSubscription,
  SUBSCRIPTIONS,
  type Subscription,
  subscriptionDueAt,
} from './subscription-record.ts'

/** @param at When it changed, in seconds since the Unix epoch. */
export function updateSubscription(
  account: Account,
  before: Subscription,
  change: Partial<Subscription>,
  at: number,
): Subscription {
  const after = storeQuietly(account, { ...before, ...change })
  const shown = presentSubscription(account, after)
  const isDeleted = after.status === 'canceled' && !hasEnded(before)
  if (isDeleted) emit(account, 'customer.subscription.deleted', shown, { at })
  else {
    emit(account, 'customer.subscription.updated', shown, {
      at,
      before: presentSubscription(account, before),
    })
  }
  return after
}

export function storeQuietly(account: Account, subscription: Subscription): Subscription {
  return replaceObject(account, SUBSCRIPTIONS, { ...subscription, due_at: subscriptionDueAt(subscription) })
}
