/** Takes meter events back. Source: docs.stripe.com/api/billing/meter-event-adjustment. */
import { Hono } from 'hono'
import { z } from 'zod'
import type { Account } from './account.ts'
import { activeMeter, IDENTIFIER_WINDOW_MS } from './meter-event-rules.ts'
import { metersOfEvent } from './meters.ts'
import { checkParameters, expand, parseForm } from './parameters.ts'
import { StripeError } from './stripe-error.ts'

const createParameters = z.strictObject({
  cancel: z.strictObject({ identifier: z.string().min(1).max(100) }),
  event_name: z.string().min(1).max(100),
  expand,
  type: z.literal('cancel'),
})

export function meterEventAdjustmentRoutes(account: Account): Hono {
  const routes = new Hono()
  routes.post('/v1/billing/meter_event_adjustments', async (c) => {
    const { cancel, event_name, type } = checkParameters(createParameters, parseForm(await c.req.text()))
    const meter = activeMeter(metersOfEvent(account, event_name), event_name)
    cancelEvent(account, meter.id, cancel.identifier)
    return c.json({
      object: 'billing.meter_event_adjustment',
      cancel,
      event_name,
      livemode: false,
      status: 'complete',
      type,
    })
  })
  return routes
}

/**
 * Has the event not count any more; its identifier stays taken.
 *
 * @throws StripeError when there is none. Stripe: "You can only cancel events within 24 hours of Stripe receiving them."
 */
function cancelEvent(account: Account, meter: string, identifier: string): void {
  const row = account.database
    .prepare(
      `SELECT sequence FROM counted_meter_events
       WHERE meter = ? AND identifier = ? AND accepted_at_ms > ? ORDER BY sequence DESC LIMIT 1`,
    )
    .get(meter, identifier, account.now() - IDENTIFIER_WINDOW_MS)
  if (!row) {
    throw new StripeError({
      status: 400,
      code: 'resource_missing',
      message: `No event of the last 24 hours has the identifier '${identifier}', or it is canceled.`,
      param: 'cancel[identifier]',
    })
  }
  const { sequence } = z.object({ sequence: z.number() }).parse(row)
  account.database.prepare('INSERT INTO canceled_meter_events VALUES (?)').run(sequence)
}
