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

/** Failed attempts under one key, one after the other, that are passed over. */
const MOST_KEYS = 10

/**
 * Creates something once for each `key`, which is at most 250 characters, within the 24 hours that Stripe
 * remembers keys. Stripe repeats failures too, 500s among them: a repeated failure is tried under the next key.
 */
export async function createOnce<T>(
  key: string,
  create: (options: { idempotencyKey: string }) => Promise<T>,
): Promise<T> {
  for (let n = 0; ; n++)
    try {
      return await create({ idempotencyKey: `${key}-${n}` })
    } catch (error) {
      if (n === MOST_KEYS || !isOfEarlierRequest(error)) throw error
    }
}

/** Also when that asked for something else, such as another name. */
const isOfEarlierRequest = (error: unknown): boolean =>
  error instanceof Stripe.errors.StripeIdempotencyError ||
  (error instanceof Stripe.errors.StripeError && error.headers?.['idempotent-replayed'] === 'true')
