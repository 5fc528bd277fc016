/** What becomes of a subscription. Source: docs.stripe.com/billing/subscriptions/overview. */
import { type Account, inTransaction } from './account.ts'
import { cardOf } from './cards.ts'
import type { Customer } from './customers.ts'
import { nextBoundary } from './domain/billing-period.ts'
import { emit } from './events.ts'
import { type ChargedItem, type Invoice, totalOf } from './invoice-record.ts'
import {
  attemptPayment,
  cardDeclined,
  draftInvoice,
  finalizeInvoice,
  makeInvoice,
  stopCollecting,
} from './invoicing.ts'
import { newSubscriptionId, newSubscriptionItemId } from './object-id.ts'
import { intervalOf, type RecurringPrice, requireRecurringPrice } from './prices.ts'
import { allObjects, insertObject, requireObject } from './stored-objects.ts'
import { StripeError } from './stripe-error.ts'
import {
  hasEnded,
  presentSubscription,
  priceOf,
  SUBSCRIPTIONS,
  type Subscription,
  type SubscriptionItem,
} from './subscription-record.ts'
import { storeQuietly, updateSubscription } from './subscription-store.ts'
import { timeFor } from './test-clocks.ts'

export interface GivenItem {
  price: string
  quantity?: number | undefined
  metadata?: Record<string, string>
}

export interface NewSubscription {
  items: readonly GivenItem[]
  /** The parameter that lists the items. */
  itemsParam: string
  metadata: Record<string, string>
  description: string | null
  /** Seconds since the Unix epoch; null without a trial. */
  trialEnd: number | null
  billingCycleAnchor: number | null
  cancelAtPeriodEnd: boolean
  paymentBehavior: 'allow_incomplete' | 'default_incomplete' | 'error_if_incomplete'
}

/** @throws StripeError when the items do not go together, or the first payment is refused. */
export function createSubscription(
  account: Account,
  customer: Customer,
  given: NewSubscription,
): Subscription {
  const at = timeFor(account, customer)
  const prices = given.items.map(({ price }, index) =>
    requireRecurringPrice(account, price, `${given.itemsParam}[${index}][price]`),
  )
  const [first] = prices
  if (!first) throw invalid('A subscription needs at least one item.', given.itemsParam)
  checkTogether(prices, given.itemsParam)
  const anchor = anchorOf(given, prices, first, at)
  const periodEnd = given.trialEnd ?? nextBoundary(anchor, intervalOf(first), at)
  const isTrial = given.trialEnd !== null

  return inTransaction(account, () => {
    const drafted: Subscription = {
      id: newSubscriptionId(),
      billing_cycle_anchor: isTrial ? periodEnd : anchor,
      cancel_at: given.cancelAtPeriodEnd ? periodEnd : null,
      cancel_at_period_end: given.cancelAtPeriodEnd,
      canceled_at: given.cancelAtPeriodEnd ? at : null,
      cancellation_details: { comment: null, feedback: null, reason: null },
      created: at,
      currency: first.currency,
      customer: customer.id,
      description: given.description,
      due_at: null,
      ended_at: null,
      items: given.items.map((item, index) => newItem(item, prices[index] ?? first, at)),
      latest_invoice: null,
      metadata: given.metadata,
      period: { start: at, end: periodEnd },
      start_date: at,
      status: isTrial ? 'trialing' : 'active',
      test_clock: customer.test_clock,
      trial_end: given.trialEnd,
      trial_start: isTrial ? at : null,
    }
    return startSubscription(account, drafted, given.paymentBehavior, at)
  })
}

function startSubscription(
  account: Account,
  drafted: Subscription,
  behavior: NewSubscription['paymentBehavior'],
  at: number,
): Subscription {
  const charged = drafted.status === 'trialing' ? [] : licensedItems(account, drafted)
  const options = { reason: 'subscription_create' as const, charged, period: { start: at, end: at } }
  const owes = totalOf(draftInvoice(account, drafted, options, at)) > 0
  const card = cardOf(account, drafted.customer)
  if (owes && !card && behavior !== 'default_incomplete') throw noPaymentMethod()
  if (owes && card?.behaviour === 'declines' && behavior === 'error_if_incomplete') throw cardDeclined()

  insertObject(account, SUBSCRIPTIONS, drafted)
  const invoice = finalizeInvoice(account, makeInvoice(account, drafted, options, at), at)
  const subscription = storeQuietly(account, {
    ...drafted,
    latest_invoice: invoice.id,
    status: owes ? 'incomplete' : drafted.status,
  })
  emit(account, 'customer.subscription.created', presentSubscription(account, subscription), { at })
  if (!owes || behavior !== 'default_incomplete') attemptPayment(account, invoice, at)
  return requireObject(account, SUBSCRIPTIONS, subscription.id)
}

/** What happens to a subscription by itself when its time has come. */
export function advanceSubscription(account: Account, subscription: Subscription, at: number): void {
  if (subscription.status === 'incomplete') {
    updateSubscription(account, subscription, { status: 'incomplete_expired', ended_at: at }, at)
    stopCollecting(account, subscription.id)
  } else if (subscription.cancel_at !== null && subscription.cancel_at <= at) {
    endSubscription(account, subscription, { at, invoiceNow: true })
  } else {
    renew(account, subscription, at)
  }
}

export interface EndOptions {
  at: number
  /** Whether usage that no invoice has yet is charged for. */
  invoiceNow: boolean
  details?: Partial<Subscription['cancellation_details']>
}

/** Ends a subscription at once. */
export function endSubscription(
  account: Account,
  subscription: Subscription,
  options: EndOptions,
): Subscription {
  const { at, invoiceNow, details } = options
  return inTransaction(account, () => {
    stopCollecting(account, subscription.id)
    const period = { start: subscription.period.start, end: at }
    const charged = invoiceNow ? usedItems(account, subscription, period) : []
    const invoice =
      charged.length > 0
        ? makeInvoice(account, subscription, { reason: 'subscription_cycle', charged, period }, at)
        : undefined
    return updateSubscription(
      account,
      subscription,
      {
        cancel_at: null,
        canceled_at: subscription.canceled_at ?? at,
        cancellation_details: {
          ...subscription.cancellation_details,
          reason: 'cancellation_requested',
          ...details,
        },
        ended_at: at,
        status: 'canceled',
        ...(invoice && { latest_invoice: invoice.id }),
      },
      at,
    )
  })
}

/** Sets, or takes back, that the subscription ends with its period. */
export function setCancelAtPeriodEnd(
  account: Account,
  subscription: Subscription,
  cancels: boolean,
  at: number,
): Subscription {
  if (cancels === subscription.cancel_at_period_end) return subscription
  const { comment, feedback } = subscription.cancellation_details
  return updateSubscription(
    account,
    subscription,
    {
      cancel_at: cancels ? subscription.period.end : null,
      cancel_at_period_end: cancels,
      canceled_at: cancels ? at : null,
      cancellation_details: { comment, feedback, reason: cancels ? 'cancellation_requested' : null },
    },
    at,
  )
}

/** Ends all that the customer subscribed to, as Stripe does when the customer is deleted. */
export function endSubscriptionsOf(account: Account, customer: Customer): void {
  for (const subscription of allObjects(account, SUBSCRIPTIONS, { customer: customer.id })) {
    if (hasEnded(subscription)) continue
    endSubscription(account, subscription, { at: timeFor(account, customer), invoiceNow: false })
  }
}

/** What the next invoice charges: usage of the period that ends, and what is paid ahead for the next. */
export function nextInvoice(account: Account, subscription: Subscription): ChargedItem[] {
  const used = usedItems(account, subscription, subscription.period)
  return subscription.cancel_at_period_end
    ? used
    : [...used, ...licensedItems(account, nextPeriod(account, subscription))]
}

function renew(account: Account, subscription: Subscription, at: number): Invoice {
  return inTransaction(account, () => {
    const charged = nextInvoice(account, subscription)
    const { period, billing_cycle_anchor } = nextPeriod(account, subscription)
    const renewed: Subscription = {
      ...subscription,
      billing_cycle_anchor,
      period,
      status: subscription.status === 'trialing' ? 'active' : subscription.status,
    }
    // Stripe: of an unpaid subscription, invoices are made and left as drafts.
    const autoAdvance = subscription.status !== 'unpaid'
    const options = {
      reason: 'subscription_cycle' as const,
      charged,
      period: subscription.period,
      autoAdvance,
    }
    const invoice = makeInvoice(account, renewed, options, at)
    updateSubscription(account, subscription, { ...renewed, latest_invoice: invoice.id }, at)
    return invoice
  })
}

function nextPeriod(account: Account, subscription: Subscription): Subscription {
  const { items, period, billing_cycle_anchor } = subscription
  const [item] = items
  if (!item) return subscription
  const end = nextBoundary(billing_cycle_anchor, intervalOf(priceOf(account, item)), period.end)
  return { ...subscription, period: { start: period.end, end } }
}

/** Items that are charged for what was used. A trial's usage is free. */
function usedItems(account: Account, subscription: Subscription, period: Invoice['period']): ChargedItem[] {
  if (subscription.status === 'trialing') return []
  return subscription.items
    .filter((item) => priceOf(account, item).recurring.usage_type === 'metered')
    .map(({ id, price }) => ({ subscription_item: id, price, quantity: null, period }))
}

/** Items that are paid ahead, for the subscription's period. */
function licensedItems(account: Account, { items, period }: Subscription): ChargedItem[] {
  return items
    .filter((item) => priceOf(account, item).recurring.usage_type === 'licensed')
    .map(({ id, price, quantity }) => ({ subscription_item: id, price, quantity, period }))
}

function newItem(given: GivenItem, price: RecurringPrice, at: number): SubscriptionItem {
  return {
    id: newSubscriptionItemId(),
    created: at,
    metadata: given.metadata ?? {},
    price: price.id,
    quantity: price.recurring.usage_type === 'metered' ? null : (given.quantity ?? 1),
  }
}

function checkTogether(prices: readonly RecurringPrice[], param: string): void {
  const [first] = prices
  for (const price of prices) {
    if (price.currency !== first?.currency) throw invalid('All prices must have the same currency.', param)
    const { interval, interval_count } = price.recurring
    if (interval !== first.recurring.interval || interval_count !== first.recurring.interval_count) {
      throw invalid('All prices must have the same billing interval.', param)
    }
  }
  if (new Set(prices.map(({ id }) => id)).size < prices.length) {
    throw invalid('Each price can be subscribed to once.', param)
  }
}

function anchorOf(
  { billingCycleAnchor, trialEnd }: NewSubscription,
  prices: readonly RecurringPrice[],
  first: RecurringPrice,
  at: number,
): number {
  if (billingCycleAnchor === null) return at
  const param = 'billing_cycle_anchor'
  if (prices.some(({ recurring }) => recurring.usage_type === 'licensed')) {
    throw invalid('The sandbox does not prorate: a billing_cycle_anchor needs metered prices.', param)
  }
  if (trialEnd !== null) {
    throw invalid('In the sandbox a trial’s end is the anchor: give one or the other.', param)
  }
  if (billingCycleAnchor <= at) throw invalid('billing_cycle_anchor must be in the future.', param)
  if (billingCycleAnchor > nextBoundary(at, intervalOf(first), at)) {
    throw invalid('billing_cycle_anchor cannot be later than the next natural billing date.', param)
  }
  return billingCycleAnchor
}

function invalid(message: string, param: string): StripeError {
  return new StripeError({ status: 400, message, param })
}

function noPaymentMethod(): StripeError {
  return new StripeError({
    status: 400,
    code: 'resource_missing',
    message:
      'This customer has no attached payment source or default payment method. Please consider adding a ' +
      'default payment method. For more information, visit ' +
      'https://stripe.com/docs/billing/subscriptions/payment-methods-setting#payment-method-priority.',
  })
}
