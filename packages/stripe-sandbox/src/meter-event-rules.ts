/**
 * What Stripe requires of a meter event: pure rules, each with its source.
 *
 * Stripe finds some faults while it answers, others later, which it reports by the webhook event
 * `v1.billing.meter.error_report_triggered` with the codes below. The documentation does not say of
 * each code which of the two it is. This sandbox tells every fault at once, as a 400 with the
 * report's code, so that no wrong event passes unseen, unless a fault asks for reports
 * (`meter-error-reports.ts`); `docs/stripe-sandbox.md` has the table.
 */
import type { Meter } from './meters.ts'
import { StripeError } from './stripe-error.ts'

const MINUTE = 60
const DAY = 24 * 60 * MINUTE

/** docs.stripe.com/api/billing/meter-event/create: "within the past 35 calendar days". */
export const OLDEST_EVENT_SECONDS = 35 * DAY
/** docs.stripe.com/api/billing/meter-event/create: "or up to 5 minutes in the future". */
export const NEWEST_EVENT_SECONDS = 5 * MINUTE
/** docs.stripe.com/api/billing/meter-event/create: unique "within a rolling period of at least 24 hours". */
export const IDENTIFIER_WINDOW_MS = DAY * 1000
/** Beyond this many digits a total could not be told exactly (`meter_event_value_too_many_digits`). */
const MAX_VALUE_DIGITS = 15

/** Codes of docs.stripe.com/billing/subscriptions/usage-based/recording-usage-api, "Error codes". */
export type MeterEventFault =
  | 'archived_meter'
  | 'meter_event_customer_not_found'
  | 'meter_event_invalid_value'
  | 'meter_event_no_customer_defined'
  | 'meter_event_value_not_found'
  | 'meter_event_value_too_many_digits'
  | 'no_meter'
  | 'timestamp_in_future'
  | 'timestamp_too_far_in_past'

export function meterEventFault(code: MeterEventFault, message: string, param: string): StripeError {
  return new StripeError({ status: 400, code, message, param })
}

/**
 * The meter that takes events of this name.
 *
 * @param meters All meters of that event name, the active one first.
 * @throws StripeError when there is none, or it is deactivated. Stripe's message is one for both.
 */
export function activeMeter(meters: readonly Meter[], eventName: string): Meter {
  const [meter] = meters
  if (meter?.status === 'active') return meter
  throw meterEventFault(
    meter ? 'archived_meter' : 'no_meter',
    `No active meter found for event name "${eventName}".`,
    'event_name',
  )
}

/** @throws StripeError when the timestamp is out of Stripe's bounds, which are themselves allowed. */
export function checkTimestamp(timestamp: number, now: number): void {
  const oldest = now - OLDEST_EVENT_SECONDS
  if (timestamp < oldest) {
    throw meterEventFault(
      'timestamp_too_far_in_past',
      'The event timestamp cannot be more than 35 days in past. ' +
        `Expected a timestamp greater than or equal to ${oldest}.`,
      'timestamp',
    )
  }
  const newest = now + NEWEST_EVENT_SECONDS
  if (timestamp > newest) {
    throw meterEventFault(
      'timestamp_in_future',
      'The event timestamp cannot be more than 5 minutes in the future. ' +
        `Expected a timestamp less than or equal to ${newest}.`,
      'timestamp',
    )
  }
}

/** The id of the customer that the payload names by the meter's key. */
export function customerIn(payload: Readonly<Record<string, string>>, meter: Meter): string {
  const key = meter.customer_mapping.event_payload_key
  const customer = payload[key]
  if (customer) return customer
  throw meterEventFault(
    'meter_event_no_customer_defined',
    `Customer mapping key ${key} not found in payload.`,
    `payload[${key}]`,
  )
}

/**
 * The value that the payload has under the meter's key; 1 where the meter only counts events.
 *
 * Stripe: "only accepts whole number values". Of negative ones its page says only that a negative
 * total is billed as 0; they are refused here, since no caller of this sandbox can mean one.
 */
export function valueIn(payload: Readonly<Record<string, string>>, meter: Meter): number {
  if (meter.default_aggregation.formula === 'count') return 1
  const key = meter.value_settings.event_payload_key
  const param = `payload[${key}]`
  const text = payload[key]
  if (text === undefined || text === '') {
    throw meterEventFault('meter_event_value_not_found', `Value key ${key} not found in payload.`, param)
  }
  if (!/^\d+$/.test(text)) {
    throw meterEventFault(
      'meter_event_invalid_value',
      `Invalid value in payload: "${text}". The value of ${key} must be a whole number, 0 or greater.`,
      param,
    )
  }
  if (text.length > MAX_VALUE_DIGITS) {
    throw meterEventFault(
      'meter_event_value_too_many_digits',
      `Invalid value in payload: ${key} has more than ${MAX_VALUE_DIGITS} digits.`,
      param,
    )
  }
  return Number(text)
}

/**
 * Stripe's answer to an identifier that it has seen. It has no `code` and no `param`: clients tell it
 * by its message, and take it to mean that the event was delivered.
 */
export function identifierTaken(identifier: string): StripeError {
  return new StripeError({ status: 400, message: `An event already exists with identifier ${identifier}.` })
}
