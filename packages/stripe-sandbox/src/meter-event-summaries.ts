/** Sums of meter events over time. Source: docs.stripe.com/api/billing/meter-event-summary. */
import { createHash } from 'node:crypto'
import { Hono } from 'hono'
import { z } from 'zod'
import type { Account } from './account.ts'
import { findCustomer } from './customers.ts'
import { METERS_PATH, type Meter, requireMeter } from './meters.ts'
import { listFromArray, listParameters } from './pagination.ts'
import { checkParameters, expand, formInteger, parseQuery } from './parameters.ts'
import { noSuch, StripeError } from './stripe-error.ts'

const MINUTE = 60
const WINDOW_SECONDS = { hour: 60 * MINUTE, day: 24 * 60 * MINUTE } as const

const summaryParameters = z.strictObject({
  ...listParameters,
  customer: z.string().min(1),
  end_time: formInteger,
  expand,
  start_time: formInteger,
  value_grouping_window: z.enum(['hour', 'day']).optional(),
})

type SummaryParameters = z.output<typeof summaryParameters>

export interface MeterEventSummary {
  id: string
  object: 'billing.meter_event_summary'
  aggregated_value: number
  /** Exclusive. */
  end_time: number
  livemode: false
  meter: string
  /** Inclusive. */
  start_time: number
}

export function meterEventSummaryRoutes(account: Account): Hono {
  const routes = new Hono()
  routes.get(`${METERS_PATH}/:id/event_summaries`, (c) => {
    const parameters = checkParameters(summaryParameters, parseQuery(c.req.url))
    checkBounds(parameters)
    const meter = requireMeter(account, c.req.param('id'))
    // A deleted customer's usage stays readable: it may still have to be reconciled.
    if (!findCustomer(account, parameters.customer)) throw noSuch('customer', parameters.customer, 'customer')
    const url = `${METERS_PATH}/${meter.id}/event_summaries`
    const summaries = summarize(account, meter, parameters)
    return c.json(listFromArray(summaries, 'billing meter event summary', parameters, url))
  })
  return routes
}

/**
 * Stripe: both bounds "must be aligned with minute boundaries", with a grouping window to those of the
 * hour, or of the UTC day.
 */
function checkBounds({ start_time, end_time, value_grouping_window }: SummaryParameters): void {
  const alignment = value_grouping_window ? WINDOW_SECONDS[value_grouping_window] : MINUTE
  for (const [param, time] of Object.entries({ start_time, end_time })) {
    if (time % alignment === 0) continue
    throw new StripeError({
      status: 400,
      message: `The ${param} must be aligned with ${value_grouping_window ?? 'minute'} boundaries.`,
      param,
    })
  }
  if (end_time <= start_time) {
    throw new StripeError({
      status: 400,
      message: 'The end_time must be greater than the start_time.',
      param: 'end_time',
    })
  }
}

/**
 * One summary for the whole range, also of no events; with a grouping window one for each window that
 * has events, newest first.
 */
function summarize(account: Account, meter: Meter, parameters: SummaryParameters): MeterEventSummary[] {
  const { customer, start_time, end_time, value_grouping_window } = parameters
  const length = value_grouping_window ? WINDOW_SECONDS[value_grouping_window] : end_time - start_time
  const values = new Map<number, number>()
  if (!value_grouping_window) values.set(start_time, 0)
  // JavaScript's numbers reach SQLite as reals, so that the division has to be cut to a whole window.
  const rows = account.database
    .prepare(
      `SELECT CAST((timestamp - :start) / :length AS INTEGER) AS position,
              ${AGGREGATE[meter.default_aggregation.formula]} AS value
       FROM counted_meter_events
       WHERE meter = :meter AND customer = :customer AND timestamp >= :start AND timestamp < :end
       GROUP BY position`,
    )
    .all({ start: start_time, length, meter: meter.id, customer, end: end_time })
  for (const row of rows) {
    const { position, value } = aggregateRow.parse(row)
    values.set(start_time + position * length, value)
  }
  return [...values]
    .sort(([a], [b]) => b - a)
    .map(([start, value]) => summary(meter, customer, start, start + length, value))
}

const aggregateRow = z.object({ position: z.number(), value: z.number() })

/** How a meter's formula aggregates, in SQL. Of equally old events the one accepted last is the last. */
const AGGREGATE: Record<Meter['default_aggregation']['formula'], string> = {
  sum: 'TOTAL(value)',
  count: 'COUNT(*)',
  last: "CAST(SUBSTR(MAX(PRINTF('%020d%020d%015d', timestamp, sequence, value)), 41) AS INTEGER)",
}

function summary(
  meter: Meter,
  customer: string,
  start: number,
  end: number,
  value: number,
): MeterEventSummary {
  // The same window has the same id in every answer, so that it can be a cursor.
  const hash = createHash('sha256').update(`${meter.id} ${customer} ${start} ${end}`).digest('hex')
  return {
    id: `mtrusg_test_${hash.slice(0, 32)}`,
    object: 'billing.meter_event_summary',
    aggregated_value: value,
    end_time: end,
    livemode: false,
    meter: meter.id,
    start_time: start,
  }
}
