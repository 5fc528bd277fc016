/** Changes of subscriptions, and the events that tell of them. */
import { type Account, inTransaction } from './account.ts'
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
  return inTransaction(account, () => {
    const after = storeQuietly(account, { ...before, ...change })
    const shown = presentSubscription(account, after)
    if (after.status === 'canceled' && !hasEnded(before)) {
      emit(account, 'customer.subscription.deleted', shown, { at })
    } else {
      const former = presentSubscription(account, before)
      emit(account, 'customer.subscription.updated', shown, { at, before: former })
    }
    return after
  })
}

/** Stores a change that other events tell of. */
export function storeQuietly(account: Account, subscription: Subscription): Subscription {
  return replaceObject(account, SUBSCRIPTIONS, { ...subscription, due_at: subscriptionDueAt(subscription) })
}
