/** Stripe's SDK, set up by configuration alone: for Stripe itself, or for the sandbox in its place. */
import Stripe from 'stripe'
import { configOf, type Env } from './env.ts'

/** How long one request may take before its outcome counts as unknown. */
const TIMEOUT_MS = 15_000

/** The SDK makes a new idempotency key for each call, unless the call names one. */
export function stripeOf(env: Env): Stripe {
  const config = configOf(env)
  const address = new URL(config.STRIPE_API_BASE_URL)
  const secure = address.protocol === 'https:'
  return new Stripe(config.STRIPE_SECRET_KEY, {
    protocol: secure ? 'https' : 'http',
    host: address.hostname,
    port: address.port === '' ? (secure ? 443 : 80) : Number(address.port),
    httpClient: Stripe.createFetchHttpClient(),
    // Who calls tries again, by means that survive a restart.
    maxNetworkRetries: 0,
    timeout: TIMEOUT_MS,
    telemetry: false,
  })
}
