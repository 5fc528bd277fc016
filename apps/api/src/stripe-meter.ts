/** Sends meter events through Stripe's own SDK, and reads its answers as outcomes. */
import { METER_EVENT_NAME } from '@radist-tech/protocol'
import Stripe from 'stripe'
import { outcomeOfError, type SendOutcome } from './domain/delivery.ts'
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
    if (error instanceof Stripe.errors.StripeError)
      return outcomeOfError({ status: error.statusCode, code: error.code, message: error.message })
    return { kind: 'unknown' }
  }
}
