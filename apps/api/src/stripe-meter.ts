/** Meter events and their summaries, through Stripe's own SDK. */
import { METER_EVENT_NAME } from '@radist-tech/protocol'
import Stripe from 'stripe'
import { outcomeOfError, type SendOutcome } from './domain/delivery.ts'
import { HOUR_MS } from './domain/ledger.ts'
import type { Env } from './env.ts'
import { stripeOf } from './stripe.ts'

export interface MeterEvent {
  identifier: string
  customerId: string
  /** Whole seconds of participants' connected time. */
  seconds: number
  /** Milliseconds since 1970. */
  timestamp: number
}

/**
 * One attempt. Never throws: whatever goes wrong is an outcome. What keeps an event from counting twice
 * is its identifier, not an idempotency key: Stripe answers a repeated key with the first answer, a 500 too.
 */
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
    if (!(error instanceof Stripe.errors.StripeError)) return { kind: 'unknown', waitMs: 0 }
    const { statusCode: status, code, message, headers } = error
    return outcomeOfError({ status, code, message, retryAfter: headers?.['retry-after'] })
  }
}

/** What Stripe has summed up for a customer. All of it throws when Stripe does not answer. */
export class MeterSummaries {
  readonly #stripe: Stripe
  #meterId: Promise<string> | null = null

  constructor(env: Env) {
    this.#stripe = stripeOf(env)
  }

  /** Seconds in the range, whose bounds are whole minutes, in milliseconds since 1970. */
  async total(customerId: string, start: number, end: number): Promise<number> {
    const { data } = await this.#stripe.billing.meters.listEventSummaries(await this.#meter(), {
      customer: customerId,
      start_time: start / 1000,
      end_time: end / 1000,
    })
    return data.reduce((sum, { aggregated_value }) => sum + aggregated_value, 0)
  }

  /** Seconds by hour; hours without any may be left out. The bounds are whole hours. */
  async byHour(customerId: string, start: number, end: number): Promise<Map<number, number>> {
    const hours = new Map<number, number>()
    const summaries = this.#stripe.billing.meters.listEventSummaries(await this.#meter(), {
      customer: customerId,
      start_time: start / 1000,
      end_time: end / 1000,
      value_grouping_window: 'hour',
      limit: 100,
    })
    for await (const { start_time, aggregated_value } of summaries) {
      const hour = Math.floor((start_time * 1000) / HOUR_MS) * HOUR_MS
      hours.set(hour, (hours.get(hour) ?? 0) + aggregated_value)
    }
    return hours
  }

  #meter(): Promise<string> {
    this.#meterId ??= this.#findMeter()
    return this.#meterId
  }

  /** A deactivated one if there is no active one: what it has counted can still be read. */
  async #findMeter(): Promise<string> {
    let found: string | null = null
    for await (const { id, event_name, status } of this.#stripe.billing.meters.list({ limit: 100 })) {
      if (event_name !== METER_EVENT_NAME) continue
      if (status === 'active') return id
      found ??= id
    }
    if (found === null) throw new Error(`Stripe has no meter for ${METER_EVENT_NAME}`)
    return found
  }
}
