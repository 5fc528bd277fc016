/** Bodies of the billing endpoints: what the account may do, and where it pays. */
import { z } from 'zod'
import { apiErrors } from './errors.ts'

/** Stripe's words (docs.stripe.com/api/subscriptions/object#subscription_object-status). */
export const subscriptionStatusSchema = z.enum([
  'active',
  'trialing',
  'past_due',
  'unpaid',
  'canceled',
  'incomplete',
  'incomplete_expired',
  'paused',
])
export type SubscriptionStatus = z.infer<typeof subscriptionStatusSchema>

const isoTimeSchema = z.iso.datetime()
const billingRefusals = ['payment_required', 'payment_overdue', 'usage_limit_reached'] as const
export type BillingRefusal = (typeof billingRefusals)[number]

export const billingAnswerSchema = z.object({
  /** Who pays for the project; null until its backend first asks for Checkout or the portal. */
  account: z.object({ accountId: z.string(), name: z.string() }).nullable(),
  subscription: z.object({
    /** Null when there never was one. */
    status: subscriptionStatusSchema.nullable(),
    /** Since when a payment is overdue; null while none is. */
    pastDueSince: isoTimeSchema.nullable(),
    /** From when on creating is refused unless it is paid; null while nothing is overdue. */
    graceEndsAt: isoTimeSchema.nullable(),
  }),
  mayCreate: z.object({ calls: z.boolean(), rooms: z.boolean() }),
  /** How what may not be created is refused; null while everything may. */
  refusal: z.object({ error: z.string(), code: z.enum(billingRefusals) }).nullable(),
  /** Participant seconds of all the account's projects in the calendar month, in UTC. */
  month: z.object({
    start: isoTimeSchema,
    end: isoTimeSchema,
    usedSeconds: z.int().min(0),
    /** What an account without a subscription may use. */
    allowanceSeconds: z.int().min(0),
    remainingSeconds: z.int().min(0),
  }),
})
export type BillingAnswer = z.infer<typeof billingAnswerSchema>

export const billingRefusalBody = (code: BillingRefusal): NonNullable<BillingAnswer['refusal']> => ({
  error: apiErrors[code].error,
  code,
})

/**
 * Where Stripe's page sends the customer's browser back to: absolute; in production https only. Stripe refuses
 * the white space that URL parsers pass over.
 */
const returnAddressSchema = z
  .url({ protocol: /^https?$/ })
  .regex(/^\S*$/)
  .max(2048)

export const checkoutBodySchema = z.strictObject({
  successUrl: returnAddressSchema,
  cancelUrl: returnAddressSchema,
})
export type CheckoutBody = z.infer<typeof checkoutBodySchema>

export const portalBodySchema = z.strictObject({ returnUrl: returnAddressSchema })

/** A page of Stripe's to which the customer's browser is to be sent. */
export const stripePageAnswerSchema = z.object({ url: z.url() })
export type StripePageAnswer = z.infer<typeof stripePageAnswerSchema>

/** Events after which an account's subscription, or its customer, may be another (docs.stripe.com/api/events/types). */
export const followedStripeEvents = [
  'checkout.session.completed',
  'checkout.session.async_payment_succeeded',
  'checkout.session.async_payment_failed',
  'customer.subscription.created',
  'customer.subscription.updated',
  'customer.subscription.deleted',
  'customer.subscription.paused',
  'customer.subscription.resumed',
  'invoice.paid',
  'invoice.payment_failed',
  'invoice.voided',
  'invoice.marked_uncollectible',
  'customer.deleted',
] as const
export type FollowedStripeEvent = (typeof followedStripeEvents)[number]

export const webhookAnswerSchema = z.object({ received: z.literal(true) })
