/** What the stack needs in its Stripe account: meter, product and price, and a customer who pays for the demo project. */
import { SetupFailure } from '../setup/failure.ts'
import { connectToStripe, prepareBilling, type StripeAccount } from '../stripe/prepare.ts'
import { readPriceTerms } from '../stripe/terms.ts'

/**
 * Creates what is missing and returns the demo customer's id. May be repeated.
 * @param projectId makes the customer's creation idempotent.
 */
export async function prepareStripe(account: StripeAccount, projectId: string): Promise<string> {
  try {
    return await prepareBillingAndCustomer(account, projectId)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new SetupFailure(
      `Stripe, with the STRIPE_SECRET_KEY given, cannot be prepared: ${reason} Unset it to use the sandbox.`,
    )
  }
}

async function prepareBillingAndCustomer(account: StripeAccount, projectId: string): Promise<string> {
  const stripe = connectToStripe(account)
  await prepareBilling(stripe, readPriceTerms(process.env))
  const customer = await stripe.customers.create(
    { name: 'Radist demo project', metadata: { radist_account_id: projectId } },
    { idempotencyKey: `radist-demo-customer-${projectId}` },
  )
  return customer.id
}
