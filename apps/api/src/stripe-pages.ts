/** Pages of Stripe's to which a customer's backend sends a browser: Checkout, and the customer portal. */
import { type CheckoutBody, hashSecret, type ProjectId, type StripePageAnswer } from '@radist-tech/protocol'
import Stripe from 'stripe'
import { ApiError } from './api-error.ts'
import { type Customer, customerOf } from './billing-account.ts'
import { isBilling } from './domain/subscription.ts'
import type { Env } from './env.ts'
import { createOnce, stripeOf } from './stripe.ts'
import { followSubscription, meteredPrice } from './subscription-state.ts'

/**
 * A page that adds a card and begins the subscription. An account never pays twice for its usage: one
 * with a subscription gets no page, and only the newest page can be completed. The same again is answered
 * with the same page while that is open.
 * @throws {ApiError} `already_subscribed`, `payments_unavailable`
 */
export const checkoutPage = (env: Env, projectId: ProjectId, back: CheckoutBody): Promise<StripePageAnswer> =>
  atStripe(async () => {
    const customer = await customerOf(env, projectId)
    // Not what D1 says: the webhook of a subscription that began just now may be on its way.
    if (isBilling(await followSubscription(env, customer.customerId)))
      throw new ApiError('already_subscribed')
    const { id: price } = await meteredPrice(env)
    return (await openCheckout(env, customer, back)) ?? newCheckout(env, customer, price, back)
  })

/**
 * A page for cards and invoices, and to end the subscription.
 * @throws {ApiError} `payments_unavailable`
 */
export const portalPage = (env: Env, projectId: ProjectId, returnUrl: string): Promise<StripePageAnswer> =>
  atStripe(async () => {
    const { customerId } = await customerOf(env, projectId)
    const session = await stripeOf(env).billingPortal.sessions.create({
      customer: customerId,
      return_url: returnUrl,
    })
    return { url: session.url }
  })

/** The page that is open already, if it leads back to the same places; any other is closed. */
async function openCheckout(
  env: Env,
  { customerId }: Customer,
  { successUrl, cancelUrl }: CheckoutBody,
): Promise<StripePageAnswer | null> {
  const { sessions } = stripeOf(env).checkout
  const { data } = await sessions.list({ customer: customerId, status: 'open', limit: 100 })
  const [same] = data.filter((one) => one.success_url === successUrl && one.cancel_url === cancelUrl)
  for (const other of data) if (other !== same) await sessions.expire(other.id)
  return same?.url ? { url: same.url } : null
}

async function newCheckout(
  env: Env,
  { accountId, customerId }: Customer,
  price: string,
  { successUrl, cancelUrl }: CheckoutBody,
): Promise<StripePageAnswer> {
  const { sessions } = stripeOf(env).checkout
  const before = (await sessions.list({ customer: customerId, limit: 1 })).data[0]?.id ?? 'none'
  // Of several requests at once that want the same, one makes the page that follows the last.
  const key = hashSecret(JSON.stringify([accountId, before, price, successUrl, cancelUrl]))
  const session = await createOnce(`radist-checkout-${key}`, (options) =>
    sessions.create(
      {
        mode: 'subscription',
        customer: customerId,
        client_reference_id: accountId,
        // A metered price has no quantity.
        line_items: [{ price }],
        subscription_data: { metadata: { radist_account_id: accountId } },
        success_url: successUrl,
        cancel_url: cancelUrl,
      },
      options,
    ),
  )
  if (session.url === null) throw new Error('Stripe made a Checkout session without a page')
  return { url: session.url }
}

/** Stripe's refusals, and its silence, are not the caller's fault: the log says which it was. */
export async function atStripe<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (error instanceof ApiError) throw error
    const code = error instanceof Stripe.errors.StripeError ? error.code : undefined
    console.error(
      JSON.stringify({ message: 'Stripe did not answer as it should', code, error: String(error) }),
    )
    throw new ApiError('payments_unavailable')
  }
}
