/** Meter events, version 1. Source: docs.stripe.com/api/billing/meter-event. */
import { randomUUID } from 'node:crypto'
import { Hono } from 'hono'
import { z } from 'zod'
import type { Account } from './account.ts'
import { findCustomer } from './customers.ts'
import type { FaultVariables } from './faults.ts'
import { keepInvalidMeterEvent } from './meter-error-reports.ts'
import {
  activeMeter,
  checkTimestamp,
  customerIn,
  IDENTIFIER_WINDOW_MS,
  identifierTaken,
  meterEventFault,
  valueIn,
} from './meter-event-rules.ts'
import { type Meter, metersOfEvent } from './meters.ts'
import { checkParameters, expand, formInteger, parseForm } from './parameters.ts'
import { StripeError } from './stripe-error.ts'
import { timeFor } from './test-clocks.ts'

const createParameters = z.strictObject({
  event_name: z.string().min(1).max(100),
  expand,
  identifier: z.string().min(1).max(100).optional(),
  payload: z.record(z.string().max(100), z.string()),
  timestamp: formInteger.optional(),
})

/** Stripe's answer to an accepted event. It has no id: the identifier is its handle. */
export interface MeterEvent {
  object: 'billing.meter_event'
  created: number
  event_name: string
  identifier: string
  livemode: false
  payload: Record<string, string>
  timestamp: number
}

const acceptedEventSchema = z.object({
  meter: z.string(),
  customer: z.string(),
  event_name: z.string(),
  identifier: z.string(),
  value: z.number(),
  /** When the usage happened, in seconds since the Unix epoch. */
  timestamp: z.number(),
  /** When the event was accepted, in milliseconds since the Unix epoch. */
  accepted_at_ms: z.number(),
})

/** What Stripe keeps of an accepted event, and never shows but in sums. */
export type AcceptedMeterEvent = z.infer<typeof acceptedEventSchema>

type MeterEventParameters = z.output<typeof createParameters>

export function meterEventRoutes(account: Account): Hono<{ Variables: FaultVariables }> {
  const routes = new Hono<{ Variables: FaultVariables }>()
  routes.post('/v1/billing/meter_events', async (c) => {
    const parameters = checkParameters(createParameters, parseForm(await c.req.text()))
    return c.json(acceptMeterEvent(account, parameters, c.get('reportLater') ?? false))
  })
  return routes
}

/**
 * Takes one event, or throws the StripeError that says why not. Nothing is kept of a refused one.
 *
 * @param reportLater Whether a wrong customer or value is told by an error report only.
 */
function acceptMeterEvent(
  account: Account,
  parameters: MeterEventParameters,
  reportLater: boolean,
): MeterEvent {
  const { event_name, payload } = parameters
  const meter = activeMeter(metersOfEvent(account, event_name), event_name)
  const created = timeFor(account, { test_clock: testClockOf(account, payload, meter) })
  const timestamp = parameters.timestamp ?? created
  checkTimestamp(timestamp, created)

  const identifier = parameters.identifier ?? randomUUID()
  const usage = usageIn(account, payload, meter)
  if (usage instanceof StripeError && !reportLater) throw usage
  if (isIdentifierTaken(account, identifier)) throw identifierTaken(identifier)
  if (usage instanceof StripeError) {
    keepInvalidMeterEvent(account, meter.id, identifier, usage)
  } else {
    account.database
      .prepare(
        `INSERT INTO meter_events
         (meter, customer, event_name, identifier, value, timestamp, accepted_at_ms, payload)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        meter.id,
        usage.customer,
        event_name,
        identifier,
        usage.value,
        timestamp,
        account.now(),
        JSON.stringify(payload),
      )
  }
  return {
    object: 'billing.meter_event',
    created,
    event_name,
    identifier,
    livemode: false,
    payload: { ...payload },
    timestamp,
  }
}

type Payload = MeterEventParameters['payload']

/** Who used how much, or what is wrong with what the payload says of it. */
function usageIn(
  account: Account,
  payload: Payload,
  meter: Meter,
): { customer: string; value: number } | StripeError {
  try {
    const customer = customerIn(payload, meter)
    const known = findCustomer(account, customer)
    if (!known || 'deleted' in known) {
      const param = `payload[${meter.customer_mapping.event_payload_key}]`
      throw meterEventFault('meter_event_customer_not_found', `No such customer: '${customer}'`, param)
    }
    return { customer, value: valueIn(payload, meter) }
  } catch (error) {
    if (error instanceof StripeError) return error
    throw error
  }
}

/** Stripe: a customer with a test clock has its usage checked by that clock. */
function testClockOf(account: Account, payload: Payload, meter: Meter): string | null {
  const customer = findCustomer(account, payload[meter.customer_mapping.event_payload_key] ?? '')
  return customer && !('deleted' in customer) ? customer.test_clock : null
}

/** Whether the identifier was used in the last 24 hours, by any meter's event: Stripe names no scope. */
function isIdentifierTaken(account: Account, identifier: string): boolean {
  const since = account.now() - IDENTIFIER_WINDOW_MS
  const row = account.database
    .prepare(
      `SELECT 1 FROM meter_events WHERE identifier = :identifier AND accepted_at_ms > :since
       UNION ALL
       SELECT 1 FROM invalid_meter_events WHERE identifier = :identifier AND accepted_at_ms > :since
       LIMIT 1`,
    )
    .get({ identifier, since })
  return row !== undefined
}

export interface AcceptedEventFilter {
  eventName?: string | undefined
  customer?: string | undefined
  /** At most this many, the latest; all when absent. */
  latest?: number
}

/** Accepted events in the order they were accepted. */
export function acceptedMeterEvents(
  account: Account,
  filter: AcceptedEventFilter = {},
): AcceptedMeterEvent[] {
  return account.database
    .prepare(
      `SELECT meter, customer, event_name, identifier, value, timestamp, accepted_at_ms FROM counted_meter_events
       WHERE (:eventName IS NULL OR event_name = :eventName) AND (:customer IS NULL OR customer = :customer)
       ORDER BY sequence DESC LIMIT :latest`,
    )
    .all({
      eventName: filter.eventName ?? null,
      customer: filter.customer ?? null,
      latest: filter.latest ?? -1,
    })
    .map((row) => acceptedEventSchema.parse(row))
    .reverse()
}

export interface MeterTotal {
  meter: string
  customer: string
  events: number
  /** Sum of the values of all events. */
  value: number
}

const totalSchema = z.object({
  meter: z.string(),
  customer: z.string(),
  events: z.number(),
  value: z.number(),
})

/** What each customer used of each meter, over all time. */
export function meterTotals(account: Account): MeterTotal[] {
  return account.database
    .prepare(
      `SELECT meter, customer, COUNT(*) AS events, TOTAL(value) AS value FROM counted_meter_events
       GROUP BY meter, customer ORDER BY meter, customer`,
    )
    .all()
    .map((row) => totalSchema.parse(row))
}
