/** A subscription as it is kept, and as Stripe shows it. Source: docs.stripe.com/api/subscriptions/object. */
import { z } from 'zod'
import type { Account } from './account.ts'
import { cardOf } from './cards.ts'
import { PRICES, type Price, presentPlan, presentPrice, type RecurringPrice } from './prices.ts'
import { type Resource, requireObject } from './stored-objects.ts'

export const subscriptionStatus = z.enum([
  'active',
  'canceled',
  'incomplete',
  'incomplete_expired',
  'past_due',
  'trialing',
  'unpaid',
])

const itemSchema = z.object({
  id: z.string(),
  created: z.number(),
  metadata: z.record(z.string(), z.string()),
  price: z.string(),
  /** Null of a metered price. */
  quantity: z.number().nullable(),
})

const cancellationReason = z.enum(['cancellation_requested', 'payment_failed'])

const subscriptionSchema = z.object({
  id: z.string(),
  billing_cycle_anchor: z.number(),
  cancel_at: z.number().nullable(),
  cancel_at_period_end: z.boolean(),
  canceled_at: z.number().nullable(),
  cancellation_details: z.object({
    comment: z.string().nullable(),
    feedback: z.string().nullable(),
    reason: cancellationReason.nullable(),
  }),
  created: z.number(),
  currency: z.string(),
  customer: z.string(),
  description: z.string().nullable(),
  /** When something happens to it by itself; null when nothing will. */
  due_at: z.number().nullable(),
  ended_at: z.number().nullable(),
  items: z.array(itemSchema),
  latest_invoice: z.string().nullable(),
  metadata: z.record(z.string(), z.string()),
  /** The current period, of all items: they have one interval. */
  period: z.object({ start: z.number(), end: z.number() }),
  start_date: z.number(),
  status: subscriptionStatus,
  test_clock: z.string().nullable(),
  trial_end: z.number().nullable(),
  trial_start: z.number().nullable(),
})

export type Subscription = z.infer<typeof subscriptionSchema>
export type SubscriptionItem = z.infer<typeof itemSchema>
export type SubscriptionStatus = z.infer<typeof subscriptionStatus>

export const SUBSCRIPTIONS: Resource<Subscription> = {
  table: 'subscriptions',
  kind: 'subscription',
  schema: subscriptionSchema,
}

const INCOMPLETE_SECONDS = 23 * 60 * 60

/** Whether it has come to its end, after which nothing changes it. */
export function hasEnded({ status }: Pick<Subscription, 'status'>): boolean {
  return status === 'canceled' || status === 'incomplete_expired'
}

/** When something happens to the subscription by itself. */
export function subscriptionDueAt(subscription: Subscription): number | null {
  const { status, created, period, cancel_at } = subscription
  if (hasEnded(subscription)) return null
  // Stripe: "If the first invoice is not paid within 23 hours, the subscription transitions to incomplete_expired."
  if (status === 'incomplete') return created + INCOMPLETE_SECONDS
  return cancel_at === null ? period.end : Math.min(period.end, cancel_at)
}

/** The price of an item, which was checked to be a recurring one when the item was made. */
export function priceOf(account: Account, { price: id }: Pick<SubscriptionItem, 'price'>): RecurringPrice {
  const price: Price = requireObject(account, PRICES, id)
  const { recurring } = price
  if (!recurring) throw new Error(`The price ${id} of a subscription item is not recurring.`)
  return { ...price, recurring }
}

export function presentSubscription(account: Account, subscription: Subscription): object {
  const { items, period: _, due_at: __, ...fields } = subscription
  return {
    ...fields,
    object: 'subscription',
    application: null,
    application_fee_percent: null,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null },
    billing_cycle_anchor_config: null,
    billing_mode: { flexible: null, type: 'classic' },
    billing_schedules: [],
    billing_thresholds: null,
    collection_method: 'charge_automatically',
    customer_account: null,
    days_until_due: null,
    default_payment_method: cardOf(account, subscription.customer)?.payment_method ?? null,
    default_source: null,
    default_tax_rates: [],
    discounts: [],
    invoice_settings: {
      account_tax_ids: null,
      custom_fields: null,
      description: null,
      footer: null,
      issuer: { type: 'self' },
    },
    items: {
      object: 'list',
      data: items.map((item) => presentSubscriptionItem(account, subscription, item)),
      has_more: false,
      url: `/v1/subscription_items?subscription=${subscription.id}`,
    },
    livemode: false,
    managed_payments: null,
    next_pending_invoice_item_invoice: null,
    on_behalf_of: null,
    pause_collection: null,
    payment_settings: {
      payment_method_options: null,
      payment_method_types: null,
      save_default_payment_method: 'off',
    },
    pending_invoice_item_interval: null,
    pending_setup_intent: null,
    pending_update: null,
    schedule: null,
    transfer_data: null,
    trial_settings: { end_behavior: { missing_payment_method: 'create_invoice' } },
  }
}

export function presentSubscriptionItem(
  account: Account,
  { id, period }: Subscription,
  item: SubscriptionItem,
): object {
  const price = priceOf(account, item)
  return {
    id: item.id,
    object: 'subscription_item',
    billing_thresholds: null,
    created: item.created,
    current_period_end: period.end,
    current_period_start: period.start,
    discounts: [],
    metadata: item.metadata,
    plan: presentPlan(price),
    price: presentPrice(price),
    // Stripe leaves a metered item's quantity out.
    ...(item.quantity !== null && { quantity: item.quantity }),
    subscription: id,
    tax_rates: [],
  }
}
