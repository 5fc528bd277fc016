/** What Stripe tells by webhook: whether it is Stripe who tells it, whether it is news, and who acts on it. */
import type { FollowedStripeEvent } from '@radist-tech/protocol'
import { and, eq, inArray, isNotNull, lt } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import Stripe from 'stripe'
import { z } from 'zod'
import { stripeEvents } from '../../../drizzle/schema.ts'
import { ApiError } from './api-error.ts'
import { configOf, type Env } from './env.ts'
import { takeMeterErrorReport } from './meter-error-reports.ts'
import { followSubscription, forgetDeletedCustomer } from './subscription-state.ts'

/** How old a signature may be, in seconds: Stripe's own bound. */
const TOLERANCE_SECONDS = 300
/** Stripe sends an event again for three days; a person can for 30 (docs.stripe.com/webhooks#retries). */
const KEPT_MS = 30 * 86_400_000
/** Old rows deleted at once, so that no webhook waits for all of them. */
const DELETED_AT_ONCE = 100

/** Of a snapshot event, and of a thin one, which has no `data.object` (docs.stripe.com/event-destinations). */
const eventSchema = z.looseObject({
  id: z.string().min(1).max(255),
  type: z.string().min(1).max(255),
  data: z.unknown().optional(),
})
export type StripeEvent = z.infer<typeof eventSchema>

type Action = (env: Env, event: StripeEvent) => Promise<unknown>

const ofCustomerSchema = z.object({ object: z.object({ customer: z.string().nullish() }) })
const customerSchema = z.object({ object: z.object({ id: z.string() }) })

/** What the event says of it is not looked at: only whose it is. */
const subscriptionMayHaveChanged: Action = async (env, { data }) => {
  const { customer } = ofCustomerSchema.parse(data).object
  if (customer) await followSubscription(env, customer)
}

const accountActions: Readonly<Record<FollowedStripeEvent, Action>> = {
  'checkout.session.completed': subscriptionMayHaveChanged,
  'checkout.session.async_payment_succeeded': subscriptionMayHaveChanged,
  'checkout.session.async_payment_failed': subscriptionMayHaveChanged,
  'customer.subscription.created': subscriptionMayHaveChanged,
  'customer.subscription.updated': subscriptionMayHaveChanged,
  'customer.subscription.deleted': subscriptionMayHaveChanged,
  'customer.subscription.paused': subscriptionMayHaveChanged,
  'customer.subscription.resumed': subscriptionMayHaveChanged,
  'invoice.paid': subscriptionMayHaveChanged,
  'invoice.payment_failed': subscriptionMayHaveChanged,
  'invoice.voided': subscriptionMayHaveChanged,
  'invoice.marked_uncollectible': subscriptionMayHaveChanged,
  'customer.deleted': (env, { data }) => forgetDeletedCustomer(env, customerSchema.parse(data).object.id),
}

/** Each may come more than once, late, and in any order, so acting on it twice has to do no harm. */
const actions: Readonly<Record<string, Action>> = {
  ...accountActions,
  'v1.billing.meter.error_report_triggered': takeMeterErrorReport,
}

/**
 * The event in a webhook's body, exactly as it came.
 * @throws {ApiError} `invalid_stripe_signature` when none of our secrets signed it, or too long ago
 */
export async function verifiedEvent(
  env: Env,
  body: string,
  header: string | undefined,
): Promise<StripeEvent> {
  const secrets = configOf(env).STRIPE_WEBHOOK_SECRET
  if (secrets.length === 0) throw new Error('STRIPE_WEBHOOK_SECRET is not set')
  const crypto = Stripe.createSubtleCryptoProvider()
  // What constructEventAsync does for snapshot events; it refuses thin ones, which come here too.
  const { signature } = Stripe.webhooks
  if (!signature) throw new Error('The Stripe SDK cannot verify signatures')
  for (const secret of secrets)
    try {
      await signature.verifyHeaderAsync(body, header ?? '', secret, TOLERANCE_SECONDS, crypto)
      return eventSchema.parse(JSON.parse(body))
    } catch (error) {
      if (!(error instanceof Stripe.errors.StripeSignatureVerificationError)) throw error
    }
  throw new ApiError('invalid_stripe_signature')
}

/**
 * Acts on an event that was not acted on before. Throws when that fails: Stripe sends it again. A death
 * at any point is the same as such a failure, as the event is noted as done only at the end.
 */
export async function takeEvent(env: Env, event: StripeEvent): Promise<void> {
  const action = Object.hasOwn(actions, event.type) ? actions[event.type] : undefined
  if (!action) return
  const { id, type } = event
  const db = drizzle(env.DB)
  const now = Date.now()
  const [, done] = await db.batch([
    db.insert(stripeEvents).values({ id, type, receivedAt: now }).onConflictDoNothing(),
    db
      .select({ id: stripeEvents.id })
      .from(stripeEvents)
      .where(and(eq(stripeEvents.id, id), isNotNull(stripeEvents.processedAt))),
  ])
  if (done.length > 0) return
  await action(env, event)
  const old = db
    .select({ id: stripeEvents.id })
    .from(stripeEvents)
    .where(lt(stripeEvents.receivedAt, now - KEPT_MS))
    .limit(DELETED_AT_ONCE)
  await db.batch([
    db.update(stripeEvents).set({ processedAt: Date.now() }).where(eq(stripeEvents.id, id)),
    db.delete(stripeEvents).where(inArray(stripeEvents.id, old)),
  ])
}
