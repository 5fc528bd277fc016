import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Stripe from 'stripe'
import { onTestFinished } from 'vitest'
import { z } from 'zod'
import { type Sandbox, type SandboxOptions, startSandbox } from '../sandbox.ts'

export const SECRET_KEY = 'sk_test_radist'
export const EVENT_NAME = 'radist_sfu_participant_seconds'

/** A whole UTC day's start, so that tests can count from it. */
export const MIDNIGHT = Date.UTC(2026, 10, 20) / 1000

/** A clock that stands still until a test moves it. */
export class TestClock {
  #milliseconds = MIDNIGHT * 1000

  readonly now = (): number => this.#milliseconds

  get seconds(): number {
    return Math.floor(this.#milliseconds / 1000)
  }

  forward(seconds: number): void {
    this.#milliseconds += seconds * 1000
  }
}

export interface StartedSandbox {
  sandbox: Sandbox
  stripe: Stripe
  clock: TestClock
}

/** A sandbox of the test's own, and Stripe's SDK against it; closed when the test ends. */
export async function startedSandbox(
  dataFile = ':memory:',
  options: Partial<SandboxOptions> = {},
): Promise<StartedSandbox> {
  const clock = new TestClock()
  const sandbox = await startSandbox({ host: '127.0.0.1', port: 0, dataFile, now: clock.now, ...options })
  onTestFinished(() => sandbox.close())
  return { sandbox, stripe: stripeFor(sandbox), clock }
}

/** Where a sandbox can keep its data until the test ends. */
export function temporaryFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'stripe-sandbox-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return join(folder, 'deep', 'stripe.sqlite')
}

/** Stripe's SDK, told by configuration alone to talk to the sandbox. */
export function stripeFor(sandbox: Sandbox, key = SECRET_KEY): Stripe {
  return new Stripe(key, {
    host: '127.0.0.1',
    port: sandbox.port,
    protocol: 'http',
    maxNetworkRetries: 0,
    telemetry: false,
  })
}

/** A meter that sums, and a customer. */
export async function meterAndCustomer(
  stripe: Stripe,
): Promise<{ meter: Stripe.Billing.Meter; customer: Stripe.Customer }> {
  const meter = await stripe.billing.meters.create({
    display_name: 'Participant seconds',
    event_name: EVENT_NAME,
    default_aggregation: { formula: 'sum' },
  })
  return { meter, customer: await stripe.customers.create({ name: 'Ada' }) }
}

export interface UsageOptions {
  identifier?: string
  timestamp?: number
}

/** Sends one event of the test meter. */
export function report(
  stripe: Stripe,
  customer: string,
  value: string,
  options: UsageOptions = {},
): Promise<Stripe.Billing.MeterEvent> {
  return stripe.billing.meterEvents.create({
    event_name: EVENT_NAME,
    payload: { stripe_customer_id: customer, value },
    ...options,
  })
}

/** What a client can tell of a refusal. */
export async function refusal(call: Promise<unknown>): Promise<{
  status: number | undefined
  type: string | undefined
  code: string | undefined
  message: string
  param: string | undefined
}> {
  try {
    await call
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeError)) throw error
    return {
      status: error.statusCode,
      type: error.rawType,
      code: error.code,
      message: error.message,
      param: error.param,
    }
  }
  throw new Error('Stripe accepted what it should have refused')
}

/** A product's metered price: the first 1,000 are free, then 0.25 of a cent each. */
export async function meteredPrice(stripe: Stripe, meter: string): Promise<Stripe.Price> {
  const product = await stripe.products.create({ name: 'Participant seconds' })
  return stripe.prices.create({
    product: product.id,
    currency: 'usd',
    billing_scheme: 'tiered',
    tiers_mode: 'graduated',
    tiers: [
      { up_to: 1000, unit_amount: 0 },
      { up_to: 'inf', unit_amount_decimal: Stripe.Decimal.from('0.25') },
    ],
    recurring: { interval: 'month', usage_type: 'metered', meter },
    lookup_key: 'participant_seconds',
  })
}

/** An answer as it is, which the SDK would change into its own types. */
export async function answered(sandbox: Sandbox, path: string): Promise<Record<string, unknown>> {
  const response = await fetch(sandbox.url + path, { headers: { authorization: `Bearer ${SECRET_KEY}` } })
  return z.record(z.string(), z.unknown()).parse(await response.json())
}

/** Sends a form as a page of the sandbox does. */
export function submit(page: string, fields: Record<string, string>): Promise<Response> {
  return fetch(page, {
    method: 'POST',
    headers: { origin: new URL(page).origin },
    body: new URLSearchParams(fields),
    redirect: 'manual',
  })
}

/** Asks the sandbox, as no one can ask Stripe. */
export function ask({ url }: Sandbox, path: string, body: unknown): Promise<Response> {
  return fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}
