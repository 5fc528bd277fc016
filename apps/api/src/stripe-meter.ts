/** Sends meter events through Stripe's own SDK, and reads its answers as outcomes. */
import { METER_EVENT_NAME } from '@radist-tech/protocol'
import Stripe from 'stripe'
import { outcomeOfError, type SendOutcome } from './domain/delivery.ts'
import { configOf, type Env } from './env.ts'

/** How long one request may take before its outcome counts as unknown. */
const TIMEOUT_MS = 15_000

export interface MeterEvent {
  identifier: string
  customerId: string
  /** Whole seconds of participants' connected time. */
  seconds: number
  /** Milliseconds since 1970. */
  timestamp: number
}

/** One attempt. Never throws: whatever goes wrong is an outcome. */
export async function sendMeterEvent(env: Env, event: MeterEvent): Promise<SendOutcome> {
  try {
    await stripeOf(env).billing.meterEvents.create({
      event_name: METER_EVENT_NAME,
      identifier: event.identifier,
      timestamp: Math.floor(event.timestamp / 1000),
      payload: { stripe_customer_id: event.customerId, value: String(event.seconds) },
    })
    return { kind: 'accepted' }
  } catch (error) {
    if (error instanceof Stripe.errors.StripeError)
      return outcomeOfError({ status: error.statusCode, code: error.code, message: error.message })
    return { kind: 'unknown' }
  }
}

/**
 * The SDK makes a new idempotency key for each call, and must: Stripe answers a repeated key with the
 * first answer, a 500 too. What keeps an event from counting twice is its identifier.
 */
function stripeOf(env: Env): Stripe {
  const config = configOf(env)
  const address = new URL(config.STRIPE_API_BASE_URL)
  const secure = address.protocol === 'https:'
  return new Stripe(config.STRIPE_SECRET_KEY, {
    protocol: secure ? 'https' : 'http',
    host: address.hostname,
    port: address.port === '' ? (secure ? 443 : 80) : Number(address.port),
    httpClient: Stripe.createFetchHttpClient(),
    // Retries are the ledger's, which survive a restart.
    maxNetworkRetries: 0,
    timeout: TIMEOUT_MS,
    telemetry: false,
  })
}
