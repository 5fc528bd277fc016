/**
 * Faults of meter events that are found after they were taken, told by the event
 * `v1.billing.meter.error_report_triggered`. Source: docs.stripe.com/billing/subscriptions/usage-based/recording-usage-api
 * and docs.stripe.com/api/v2/core/events/object.
 */
import { z } from 'zod'
import { type Account, inTransaction } from './account.ts'
import { emitThin } from './events.ts'
import type { StripeError } from './stripe-error.ts'

/** Stripe looks at the events of ten seconds at a time. */
const WINDOW_MS = 10_000
/** A report has samples of its errors only, as Stripe's word is; how many is not said. */
const MAX_SAMPLES = 10

const invalidEventSchema = z.object({
  sequence: z.number(),
  meter: z.string(),
  identifier: z.string(),
  code: z.string(),
  message: z.string(),
  accepted_at_ms: z.number(),
})

type InvalidEvent = z.infer<typeof invalidEventSchema>

/** Keeps an event that was taken and does not count, until it is reported. */
export function keepInvalidMeterEvent(
  account: Account,
  meter: string,
  identifier: string,
  { code, message }: StripeError,
): void {
  account.database
    .prepare(
      `INSERT INTO invalid_meter_events (meter, identifier, code, message, accepted_at_ms)
       VALUES (?, ?, ?, ?, ?)`,
    )
    .run(meter, identifier, code ?? '', message, account.now())
}

/** Tells of all invalid events that were not told of, in a report for each meter. */
export function reportInvalidMeterEvents(account: Account): void {
  const invalid = account.database
    .prepare('SELECT * FROM invalid_meter_events WHERE reported = 0 ORDER BY sequence')
    .all()
    .map((row) => invalidEventSchema.parse(row))
  for (const [meter, events] of Map.groupBy(invalid, (event) => event.meter)) {
    inTransaction(account, () => {
      emitThin(account, {
        type: 'v1.billing.meter.error_report_triggered',
        data: report(events),
        related_object: { id: meter, type: 'billing.meter', url: `/v1/billing/meters/${meter}` },
      })
      for (const { sequence } of events) {
        account.database
          .prepare('UPDATE invalid_meter_events SET reported = 1 WHERE sequence = ?')
          .run(sequence)
      }
    })
  }
}

function report(events: readonly InvalidEvent[]) {
  const times = events.map(({ accepted_at_ms }) => accepted_at_ms)
  const start = Math.floor(Math.min(...times) / WINDOW_MS) * WINDOW_MS
  const end = (Math.floor(Math.max(...times) / WINDOW_MS) + 1) * WINDOW_MS
  return {
    developer_message_summary:
      events.length === 1 ? 'There is 1 invalid event' : `There are ${events.length} invalid events`,
    reason: {
      error_count: events.length,
      error_types: [...Map.groupBy(events, ({ code }) => code)].map(([code, ofCode]) => ({
        code,
        error_count: ofCode.length,
        sample_errors: ofCode.slice(0, MAX_SAMPLES).map(({ identifier, message }) => ({
          error_message: message,
          request: { identifier },
        })),
      })),
    },
    validation_end: new Date(end).toISOString(),
    validation_start: new Date(start).toISOString(),
  }
}
