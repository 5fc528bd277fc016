/** A Checkout session as it is kept, and as Stripe shows it. Source: docs.stripe.com/api/checkout/sessions. */
import { z } from 'zod'
import type { Account } from './account.ts'
import { findCustomer } from './customers.ts'
import { roundedToMinorUnit } from './domain/money.ts'
import { charges } from './domain/pricing.ts'
import { emit } from './events.ts'
import { pricingOf } from './price-rules.ts'
import { PRICES, presentPrice } from './prices.ts'
import { PRODUCTS } from './products.ts'
import { type Resource, replaceObject, requireObject } from './stored-objects.ts'

const lineItemSchema = z.object({
  id: z.string(),
  price: z.string(),
  /** Null of a metered price. */
  quantity: z.number().nullable(),
})

const checkoutSessionSchema = z.object({
  id: z.string(),
  cancel_url: z.string().nullable(),
  client_reference_id: z.string().nullable(),
  created: z.number(),
  currency: z.string().nullable(),
  customer: z.string().nullable(),
  customer_email: z.string().nullable(),
  due_at: z.number().nullable(),
  expires_at: z.number(),
  invoice: z.string().nullable(),
  line_items: z.array(lineItemSchema),
  locale: z.string().nullable(),
  metadata: z.record(z.string(), z.string()),
  mode: z.enum(['setup', 'subscription']),
  payment_status: z.enum(['no_payment_required', 'paid', 'unpaid']),
  setup_intent: z.string().nullable(),
  status: z.enum(['complete', 'expired', 'open']),
  subscription: z.string().nullable(),
  subscription_data: z.object({
    billing_cycle_anchor: z.number().nullable(),
    description: z.string().nullable(),
    metadata: z.record(z.string(), z.string()),
    trial_end: z.number().nullable(),
    trial_period_days: z.number().nullable(),
  }),
  success_url: z.string(),
  /** Sessions expire by the account's clock, whatever the customer's. */
  test_clock: z.null(),
})

export type CheckoutSession = z.infer<typeof checkoutSessionSchema>

export const CHECKOUT_SESSIONS: Resource<CheckoutSession> = {
  table: 'checkout_sessions',
  kind: 'checkout.session',
  schema: checkoutSessionSchema,
}

export function storeSession(account: Account, session: CheckoutSession): CheckoutSession {
  const due_at = session.status === 'open' ? session.expires_at : null
  return replaceObject(account, CHECKOUT_SESSIONS, { ...session, due_at })
}

export function expireSession(account: Account, session: CheckoutSession): CheckoutSession {
  const expired = storeSession(account, { ...session, status: 'expired' })
  emit(account, 'checkout.session.expired', presentSession(account, expired))
  return expired
}

/** Where the customer goes after paying. Stripe puts the session's id in place of the template. */
export function successUrl({ success_url, id }: CheckoutSession): string {
  return success_url.replaceAll('{CHECKOUT_SESSION_ID}', id)
}

/** What is paid at once, in minor units: metered prices are paid afterwards. */
export function amountDue(account: Account, { line_items }: CheckoutSession): number {
  return line_items.reduce((sum, { price, quantity }) => {
    if (quantity === null) return sum
    const parts = charges(pricingOf(requireObject(account, PRICES, price)), BigInt(quantity))
    return sum + parts.reduce((part, { amount }) => part + roundedToMinorUnit(amount), 0)
  }, 0)
}

export function presentSession(account: Account, session: CheckoutSession): object {
  const { due_at: _, line_items: __, subscription_data: ___, test_clock: ____, ...fields } = session
  const total = session.mode === 'setup' ? null : amountDue(account, session)
  return {
    ...fields,
    object: 'checkout.session',
    adaptive_pricing: null,
    after_expiration: null,
    allow_promotion_codes: null,
    amount_subtotal: total,
    amount_total: total,
    automatic_tax: { enabled: false, liability: null, provider: null, status: null },
    billing_address_collection: null,
    client_secret: null,
    collected_information: null,
    consent: null,
    consent_collection: null,
    currency_conversion: null,
    custom_fields: [],
    custom_text: {
      after_submit: null,
      shipping_address: null,
      submit: null,
      terms_of_service_acceptance: null,
    },
    customer_account: null,
    customer_creation: session.mode === 'setup' ? null : 'always',
    customer_details: customerDetails(account, session),
    discounts: [],
    integration_identifier: null,
    invoice_creation: null,
    livemode: false,
    managed_payments: null,
    origin_context: null,
    payment_intent: null,
    payment_link: null,
    payment_method_collection: session.mode === 'setup' ? null : 'always',
    payment_method_configuration_details: null,
    payment_method_options: null,
    payment_method_types: ['card'],
    permissions: null,
    phone_number_collection: { enabled: false },
    recovered_from: null,
    saved_payment_method_options: null,
    shipping_address_collection: null,
    shipping_cost: null,
    shipping_options: [],
    submit_type: null,
    total_details: total === null ? null : { amount_discount: 0, amount_shipping: 0, amount_tax: 0 },
    ui_mode: 'hosted_page',
    // Stripe: the page is there only while the session is open.
    url: session.status === 'open' ? `${account.url()}/checkout/${session.id}` : null,
    wallet_options: null,
  }
}

/** The session's line items, which Stripe shows when asked for. */
export function presentLineItems(account: Account, session: CheckoutSession): object {
  return {
    object: 'list',
    data: session.line_items.map(({ id, price: priceId, quantity }) => {
      const price = requireObject(account, PRICES, priceId)
      const amount = amountDue(account, { ...session, line_items: [{ id, price: priceId, quantity }] })
      return {
        id,
        object: 'item',
        adjustable_quantity: null,
        amount_discount: 0,
        amount_subtotal: amount,
        amount_tax: 0,
        amount_total: amount,
        currency: price.currency,
        description: requireObject(account, PRODUCTS, price.product).name,
        metadata: {},
        price: presentPrice(price),
        quantity,
      }
    }),
    has_more: false,
    url: `/v1/checkout/sessions/${session.id}/line_items`,
  }
}

function customerDetails(account: Account, session: CheckoutSession): object | null {
  const found = session.customer === null ? undefined : findCustomer(account, session.customer)
  const customer = found && !('deleted' in found) ? found : undefined
  if (!customer && session.customer_email === null) return null
  return {
    address: customer?.address ?? null,
    business_name: null,
    email: customer?.email ?? session.customer_email,
    individual_name: null,
    name: customer?.name ?? null,
    phone: customer?.phone ?? null,
    tax_exempt: customer?.tax_exempt ?? 'none',
    tax_ids: null,
  }
}
