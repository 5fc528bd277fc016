/** Checkout sessions. Source: docs.stripe.com/api/checkout/sessions. */
import { Hono } from 'hono'
import { z } from 'zod'
import { type Account, inTransaction, nowInSeconds } from './account.ts'
import type { CardBehaviour } from './cards.ts'
import {
  CHECKOUT_SESSIONS,
  type CheckoutSession,
  expireSession,
  presentLineItems,
  presentSession,
  storeSession,
} from './checkout-record.ts'
import { createCustomer, giveCard, livingCustomer } from './customers.ts'
import { emit } from './events.ts'
import { newCheckoutSessionId, newInvoiceLineId, newSetupIntentId } from './object-id.ts'
import { listParameters } from './pagination.ts'
import {
  checkParameters,
  expand,
  formInteger,
  mergedMetadata,
  metadata,
  noParameters,
  parseForm,
  parseQuery,
  webAddress,
} from './parameters.ts'
import { requireRecurringPrice } from './prices.ts'
import { insertObject, listObjects, requireObject } from './stored-objects.ts'
import { StripeError } from './stripe-error.ts'
import { createSubscription } from './subscription-lifecycle.ts'
import { quantity, trialEndOf, trialParameters } from './subscriptions.ts'
import { timeFor } from './test-clocks.ts'

const PATH = '/v1/checkout/sessions'
const HOUR = 60 * 60

const createParameters = z.strictObject({
  cancel_url: webAddress.optional(),
  client_reference_id: z.string().max(200).optional(),
  currency: z.string().length(3).optional(),
  customer: z.string().min(1).optional(),
  customer_email: z.string().max(512).optional(),
  expand,
  expires_at: formInteger.optional(),
  line_items: z
    .array(z.strictObject({ price: z.string().min(1), quantity }))
    .min(1)
    .max(20)
    .optional(),
  locale: z.string().optional(),
  metadata,
  mode: z.enum(['setup', 'subscription']),
  payment_method_collection: z.literal('always').optional(),
  payment_method_types: z.array(z.literal('card')).max(1).optional(),
  subscription_data: z
    .strictObject({
      billing_cycle_anchor: formInteger.optional(),
      description: z.string().max(500).optional(),
      metadata,
      ...trialParameters,
    })
    .optional(),
  success_url: webAddress,
  ui_mode: z.literal('hosted_page').optional(),
})

type CreateParameters = z.output<typeof createParameters>

const listSessionParameters = z.strictObject({
  ...listParameters,
  customer: z.string().optional(),
  expand,
  status: z.enum(['complete', 'expired', 'open']).optional(),
  subscription: z.string().optional(),
})

export function checkoutSessionRoutes(account: Account): Hono {
  const routes = new Hono()
  const show = (session: CheckoutSession): object => presentSession(account, session)

  routes.post(PATH, async (c) => {
    const parameters = checkParameters(createParameters, parseForm(await c.req.text()))
    return c.json(show(createSession(account, parameters)))
  })

  routes.get(PATH, (c) => {
    const { customer, status, subscription, ...page } = checkParameters(
      listSessionParameters,
      parseQuery(c.req.url),
    )
    const filter = { customer, status, subscription }
    return c.json(listObjects(account, CHECKOUT_SESSIONS, page, PATH, filter, show))
  })

  routes.get(`${PATH}/:id`, (c) => c.json(show(requireObject(account, CHECKOUT_SESSIONS, c.req.param('id')))))

  routes.get(`${PATH}/:id/line_items`, (c) =>
    c.json(presentLineItems(account, requireObject(account, CHECKOUT_SESSIONS, c.req.param('id')))),
  )

  routes.post(`${PATH}/:id/expire`, async (c) => {
    checkParameters(noParameters, parseForm(await c.req.text()))
    const session = requireObject(account, CHECKOUT_SESSIONS, c.req.param('id'))
    if (session.status !== 'open') {
      throw new StripeError({
        status: 400,
        message: `Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of ${session.status}.`,
      })
    }
    return c.json(show(inTransaction(account, () => expireSession(account, session))))
  })

  return routes
}

/**
 * What happens when the customer presses "Pay" on the session's page.
 *
 * @throws StripeError when the session is not open any more, or the card is declined at once.
 */
export function completeSession(account: Account, id: string, card: CardBehaviour): CheckoutSession {
  return inTransaction(account, () => {
    const session = requireObject(account, CHECKOUT_SESSIONS, id)
    if (session.status !== 'open') {
      throw new StripeError({ status: 400, message: `This Checkout session is ${session.status}.` })
    }
    const customer =
      session.customer === null
        ? createCustomer(account, { email: session.customer_email }).id
        : livingCustomer(account, session.customer).id
    const payer = giveCard(account, customer, card)
    const completed = storeSession(account, {
      ...session,
      customer,
      status: 'complete',
      ...(session.mode === 'setup'
        ? { setup_intent: newSetupIntentId() }
        : subscriptionOf(account, session, payer)),
    })
    emit(account, 'checkout.session.completed', presentSession(account, completed))
    return completed
  })
}

function subscriptionOf(
  account: Account,
  session: CheckoutSession,
  customer: ReturnType<typeof livingCustomer>,
): Pick<CheckoutSession, 'invoice' | 'payment_status' | 'subscription'> {
  const { billing_cycle_anchor, description, metadata, trial_end, trial_period_days } =
    session.subscription_data
  const trial = {
    ...(trial_end !== null && { trial_end }),
    ...(trial_period_days !== null && { trial_period_days }),
  }
  const trialEnd = trialEndOf(trial, timeFor(account, customer))
  const subscription = createSubscription(account, customer, {
    items: session.line_items.map(({ price, quantity }) => ({ price, quantity: quantity ?? undefined })),
    itemsParam: 'line_items',
    metadata,
    description,
    trialEnd,
    billingCycleAnchor: billing_cycle_anchor,
    cancelAtPeriodEnd: false,
    // A card that is declined at once leaves the session as it was, to try another.
    paymentBehavior: 'error_if_incomplete',
  })
  return {
    invoice: subscription.latest_invoice,
    payment_status: trialEnd === null ? 'paid' : 'no_payment_required',
    subscription: subscription.id,
  }
}

function createSession(account: Account, parameters: CreateParameters): CheckoutSession {
  const created = nowInSeconds(account)
  const { customer, customer_email, expires_at = created + 24 * HOUR, subscription_data } = parameters
  if (customer !== undefined) {
    livingCustomer(account, customer, 'customer')
    if (customer_email !== undefined) {
      throw invalid('You may only specify one of these parameters: customer, customer_email.', 'customer')
    }
  }
  if (expires_at < created + HOUR / 2 || expires_at > created + 24 * HOUR) {
    throw invalid(
      'The `expires_at` timestamp must be from 30 minutes to 24 hours from Checkout Session creation.',
      'expires_at',
    )
  }
  const trial = subscription_data ?? {}
  trialEndOf(trial, created)
  return insertObject(account, CHECKOUT_SESSIONS, {
    id: newCheckoutSessionId(),
    cancel_url: parameters.cancel_url ?? null,
    client_reference_id: parameters.client_reference_id ?? null,
    created,
    ...itemsOf(account, parameters),
    customer: customer ?? null,
    customer_email: customer_email ?? null,
    due_at: expires_at,
    expires_at,
    invoice: null,
    locale: parameters.locale ?? null,
    metadata: mergedMetadata({}, parameters.metadata),
    mode: parameters.mode,
    payment_status: parameters.mode === 'setup' ? 'no_payment_required' : 'unpaid',
    setup_intent: null,
    status: 'open',
    subscription: null,
    subscription_data: {
      billing_cycle_anchor: subscription_data?.billing_cycle_anchor ?? null,
      description: subscription_data?.description ?? null,
      metadata: mergedMetadata({}, subscription_data?.metadata),
      trial_end: trial.trial_end ?? null,
      trial_period_days: trial.trial_period_days ?? null,
    },
    success_url: parameters.success_url,
    test_clock: null,
  })
}

function itemsOf(
  account: Account,
  { line_items, mode, currency, subscription_data }: CreateParameters,
): Pick<CheckoutSession, 'currency' | 'line_items'> {
  if (mode === 'setup') {
    if (line_items) throw invalid('You can not pass `line_items` in `setup` mode.', 'line_items')
    if (subscription_data) {
      throw invalid('You can not pass `subscription_data` in `setup` mode.', 'subscription_data')
    }
    return { currency: currency?.toLowerCase() ?? null, line_items: [] }
  }
  if (!line_items) throw invalid('`line_items` are required in `subscription` mode.', 'line_items')
  const prices = line_items.map(({ price }, index) =>
    requireRecurringPrice(account, price, `line_items[${index}][price]`),
  )
  return {
    currency: prices[0]?.currency ?? null,
    line_items: line_items.map(({ price, quantity }, index) => {
      const isMetered = prices[index]?.recurring.usage_type === 'metered'
      const param = `line_items[${index}][quantity]`
      if (isMetered && quantity !== undefined) {
        throw invalid('Quantity should not be specified where usage_type is `metered`.', param)
      }
      if (!isMetered && quantity === undefined) {
        throw invalid('Quantity is required. Add `quantity` to the line item.', param)
      }
      return { id: newInvoiceLineId().replace('il_', 'li_'), price, quantity: quantity ?? null }
    }),
  }
}

function invalid(message: string, param: string): StripeError {
  return new StripeError({ status: 400, message, param })
}
