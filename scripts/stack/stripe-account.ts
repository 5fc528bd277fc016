/** What Radist needs in its Stripe account: the meter, and a customer who pays for the demo project. */
import { METER_EVENT_NAME } from '@radist-tech/protocol'
import Stripe from 'stripe'
import { SetupFailure } from '../setup/failure.ts'

export type StripeAccount = { readonly secretKey: string; readonly apiBaseUrl: string | undefined }

/**
 * Creates what is missing and returns the demo customer's id. May be repeated.
 * @param projectId makes the customer's creation idempotent.
 */
export async function prepareStripe(account: StripeAccount, projectId: string): Promise<string> {
  try {
    return await prepareMeterAndCustomer(account, projectId)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new SetupFailure(
      `Stripe, with the STRIPE_SECRET_KEY given, cannot be prepared: ${reason} Unset it to use the sandbox.`,
    )
  }
}

async function prepareMeterAndCustomer(account: StripeAccount, projectId: string): Promise<string> {
  const stripe = connect(account)
  const meters = await stripe.billing.meters.list({ status: 'active', limit: 100 })
  if (!meters.data.some((meter) => meter.event_name === METER_EVENT_NAME)) {
    await stripe.billing.meters.create({
      display_name: 'Radist SFU participant seconds',
      event_name: METER_EVENT_NAME,
      default_aggregation: { formula: 'sum' },
      customer_mapping: { type: 'by_id', event_payload_key: 'stripe_customer_id' },
      value_settings: { event_payload_key: 'value' },
    })
  }
  const customer = await stripe.customers.create(
    { name: 'Radist demo project', metadata: { radist_project_id: projectId } },
    { idempotencyKey: `radist-demo-customer-${projectId}` },
  )
  return customer.id
}

function connect({ secretKey, apiBaseUrl }: StripeAccount): Stripe {
  if (!apiBaseUrl) return new Stripe(secretKey, { telemetry: false })
  const { protocol, hostname, port } = new URL(apiBaseUrl)
  return new Stripe(secretKey, {
    protocol: protocol === 'http:' ? 'http' : 'https',
    host: hostname,
    port: port || (protocol === 'http:' ? 80 : 443),
    telemetry: false,
  })
}
