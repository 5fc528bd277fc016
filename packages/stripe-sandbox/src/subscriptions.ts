/** Subscriptions and their items. Source: docs.stripe.com/api/subscriptions and /api/subscription_items. */
import { Hono } from 'hono'
import { z } from 'zod'
import { type Account, inTransaction } from './account.ts'
import { livingCustomer } from './customers.ts'
import { listFromArray, listParameters } from './pagination.ts'
import {
  checkParameters,
  expand,
  formBoolean,
  formInteger,
  mergedMetadata,
  metadata,
  parseForm,
  parseQuery,
  unsettableText,
} from './parameters.ts'
import { allObjects, listObjects, requireObject } from './stored-objects.ts'
import { noSuch, StripeError } from './stripe-error.ts'
import { createSubscription, endSubscription, setCancelAtPeriodEnd } from './subscription-lifecycle.ts'
import {
  hasEnded,
  presentSubscription,
  presentSubscriptionItem,
  SUBSCRIPTIONS,
  type Subscription,
  subscriptionStatus,
} from './subscription-record.ts'
import { updateSubscription } from './subscription-store.ts'
import { timeFor } from './test-clocks.ts'

const PATH = '/v1/subscriptions'
const ITEMS_PATH = '/v1/subscription_items'
const DAY = 24 * 60 * 60
const MAX_TRIAL_DAYS = 730

/** The parameters of a trial; one at most is given. */
export const trialParameters = {
  trial_end: formInteger.optional(),
  trial_period_days: formInteger.pipe(z.number().min(1).max(MAX_TRIAL_DAYS)).optional(),
}

export const quantity = formInteger.pipe(z.number().min(0).max(999_999_999)).optional()

const cancellationDetails = z
  .strictObject({
    comment: unsettableText.optional(),
    feedback: z
      .enum([
        'customer_service',
        'low_quality',
        'missing_features',
        'other',
        'switched_service',
        'too_complex',
        'too_expensive',
        'unused',
      ])
      .optional(),
  })
  .optional()

const createParameters = z.strictObject({
  billing_cycle_anchor: formInteger.optional(),
  cancel_at_period_end: formBoolean.default(false),
  collection_method: z.literal('charge_automatically').optional(),
  customer: z.string().min(1),
  description: unsettableText.optional(),
  expand,
  items: z
    .array(z.strictObject({ metadata, price: z.string().min(1), quantity }))
    .min(1)
    .max(20),
  metadata,
  payment_behavior: z
    .enum(['allow_incomplete', 'default_incomplete', 'error_if_incomplete'])
    .default('allow_incomplete'),
  ...trialParameters,
})

const updateParameters = z.strictObject({
  cancel_at_period_end: formBoolean.optional(),
  cancellation_details: cancellationDetails,
  description: unsettableText.optional(),
  expand,
  metadata,
})

const cancelParameters = z.strictObject({
  cancellation_details: cancellationDetails,
  expand,
  invoice_now: formBoolean.default(false),
})

const listSubscriptionParameters = z.strictObject({
  ...listParameters,
  customer: z.string().optional(),
  expand,
  status: z.union([subscriptionStatus, z.enum(['all', 'ended'])]).optional(),
})

export function subscriptionRoutes(account: Account): Hono {
  const routes = new Hono()

  routes.post(PATH, async (c) => {
    const parameters = checkParameters(createParameters, parseForm(await c.req.text()))
    const customer = livingCustomer(account, parameters.customer, 'customer')
    const subscription = createSubscription(account, customer, {
      items: parameters.items.map((item) => ({ ...item, metadata: mergedMetadata({}, item.metadata) })),
      itemsParam: 'items',
      metadata: mergedMetadata({}, parameters.metadata),
      description: parameters.description ?? null,
      trialEnd: trialEndOf(parameters, timeFor(account, customer)),
      billingCycleAnchor: parameters.billing_cycle_anchor ?? null,
      cancelAtPeriodEnd: parameters.cancel_at_period_end,
      paymentBehavior: parameters.payment_behavior,
    })
    return c.json(presentSubscription(account, subscription))
  })

  routes.get(PATH, (c) => {
    const { customer, status, ...page } = checkParameters(listSubscriptionParameters, parseQuery(c.req.url))
    const filter = { customer, status: statusesOf(status) }
    return c.json(
      listObjects(account, SUBSCRIPTIONS, page, PATH, filter, (subscription) =>
        presentSubscription(account, subscription),
      ),
    )
  })

  routes.get(`${PATH}/:id`, (c) =>
    c.json(presentSubscription(account, requireObject(account, SUBSCRIPTIONS, c.req.param('id')))),
  )

  routes.post(`${PATH}/:id`, async (c) => {
    const parameters = checkParameters(updateParameters, parseForm(await c.req.text()))
    const before = requireObject(account, SUBSCRIPTIONS, c.req.param('id'))
    const subscription = inTransaction(account, () => changed(account, before, parameters))
    return c.json(presentSubscription(account, subscription))
  })

  routes.delete(`${PATH}/:id`, async (c) => {
    // The SDK sends a DELETE's parameters in the query string.
    const parameters = checkParameters(cancelParameters, parseQuery(c.req.url))
    const subscription = livingSubscription(account, c.req.param('id'))
    const ended = endSubscription(account, subscription, {
      at: timeFor(account, subscription),
      invoiceNow: parameters.invoice_now,
      details: givenDetails(parameters.cancellation_details),
    })
    return c.json(presentSubscription(account, ended))
  })

  routes.get(ITEMS_PATH, (c) => {
    const { subscription: id, ...page } = checkParameters(
      z.strictObject({ ...listParameters, expand, subscription: z.string().min(1) }),
      parseQuery(c.req.url),
    )
    const subscription = requireObject(account, SUBSCRIPTIONS, id, 'subscription')
    const list = listFromArray(subscription.items, 'subscription item', page, ITEMS_PATH)
    const data = list.data.map((item) => presentSubscriptionItem(account, subscription, item))
    return c.json({ ...list, data })
  })

  routes.get(`${ITEMS_PATH}/:id`, (c) => {
    const id = c.req.param('id')
    for (const subscription of allObjects(account, SUBSCRIPTIONS)) {
      const item = subscription.items.find((candidate) => candidate.id === id)
      if (item) return c.json(presentSubscriptionItem(account, subscription, item))
    }
    throw noSuch('subscription item', id)
  })

  return routes
}

/**
 * When a trial ends, in seconds since the Unix epoch; null without one.
 *
 * @throws StripeError when both forms of it are given, or it is not within the next two years.
 */
export function trialEndOf(
  given: { trial_end?: number | undefined; trial_period_days?: number | undefined },
  at: number,
): number | null {
  const { trial_end, trial_period_days } = given
  const refused = (message: string) => new StripeError({ status: 400, message, param: 'trial_end' })
  if (trial_period_days !== undefined) {
    if (trial_end === undefined) return at + trial_period_days * DAY
    throw refused('Only one of trial_end and trial_period_days can be set.')
  }
  if (trial_end === undefined) return null
  if (trial_end > at && trial_end <= at + MAX_TRIAL_DAYS * DAY) return trial_end
  throw refused(`trial_end must be in the future, and at most ${MAX_TRIAL_DAYS} days ahead.`)
}

/** Stripe: without a status, all "that have not been canceled"; `ended` are those past everything. */
function statusesOf(status: z.output<typeof listSubscriptionParameters>['status']): string[] | undefined {
  if (status === 'all') return undefined
  if (status === 'ended') return ['canceled', 'incomplete_expired']
  if (status !== undefined) return [status]
  return subscriptionStatus.options.filter((option) => option !== 'canceled')
}

function changed(
  account: Account,
  before: Subscription,
  parameters: z.output<typeof updateParameters>,
): Subscription {
  const { cancel_at_period_end, cancellation_details, description, metadata: given } = parameters
  if (hasEnded(before) && cancel_at_period_end !== undefined) throw ended()
  const at = timeFor(account, before)
  const subscription =
    cancel_at_period_end === undefined
      ? before
      : setCancelAtPeriodEnd(account, before, cancel_at_period_end, at)
  const isMore = description !== undefined || given !== undefined || cancellation_details !== undefined
  if (!isMore) return subscription
  return updateSubscription(
    account,
    subscription,
    {
      ...(description !== undefined && { description }),
      cancellation_details: { ...subscription.cancellation_details, ...givenDetails(cancellation_details) },
      metadata: mergedMetadata(subscription.metadata, given),
    },
    at,
  )
}

function givenDetails(
  details: z.output<typeof cancellationDetails>,
): Partial<Subscription['cancellation_details']> {
  return {
    ...(details?.comment !== undefined && { comment: details.comment }),
    ...(details?.feedback !== undefined && { feedback: details.feedback }),
  }
}

function livingSubscription(account: Account, id: string): Subscription {
  const subscription = requireObject(account, SUBSCRIPTIONS, id)
  if (hasEnded(subscription)) throw noSuch('subscription', id)
  return subscription
}

function ended(): StripeError {
  return new StripeError({
    status: 400,
    message: 'A canceled subscription can only update its cancellation_details and metadata.',
  })
}
