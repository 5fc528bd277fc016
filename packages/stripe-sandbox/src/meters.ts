/** Billing meters. Source: docs.stripe.com/api/billing/meter. */
import { Hono } from 'hono'
import { z } from 'zod'
import { type Account, nowInSeconds } from './account.ts'
import { newMeterId } from './object-id.ts'
import { listFromTable, listParameters } from './pagination.ts'
import { checkParameters, expand, noParameters, parseForm, parseQuery } from './parameters.ts'
import { noSuch, StripeError } from './stripe-error.ts'

export const METERS_PATH = '/v1/billing/meters'

const meterStatus = z.enum(['active', 'inactive'])
const formula = z.enum(['sum', 'count', 'last'])
const displayName = z.string().min(1).max(250)
const eventName = z.string().min(1).max(100)
const payloadKey = z.string().min(1).max(100)

const createParameters = z.strictObject({
  customer_mapping: z.strictObject({ event_payload_key: payloadKey, type: z.literal('by_id') }).optional(),
  default_aggregation: z.strictObject({ formula }),
  display_name: displayName,
  event_name: eventName,
  event_time_window: z.enum(['day', 'hour']).optional(),
  expand,
  value_settings: z.strictObject({ event_payload_key: payloadKey }).optional(),
})

const updateParameters = z.strictObject({ display_name: displayName.optional(), expand })

const meterSchema = z.object({
  id: z.string(),
  object: z.literal('billing.meter'),
  created: z.number(),
  customer_mapping: z.object({ event_payload_key: z.string(), type: z.literal('by_id') }),
  default_aggregation: z.object({ formula }),
  display_name: z.string(),
  event_name: z.string(),
  event_time_window: z.enum(['day', 'hour']).nullable(),
  livemode: z.literal(false),
  status: meterStatus,
  status_transitions: z.object({ deactivated_at: z.number().nullable() }),
  updated: z.number(),
  value_settings: z.object({ event_payload_key: z.string() }),
})

export type Meter = z.infer<typeof meterSchema>

export function meterRoutes(account: Account): Hono {
  const routes = new Hono()

  routes.post(METERS_PATH, async (c) => {
    const parameters = checkParameters(createParameters, parseForm(await c.req.text()))
    refuseSecondActiveMeter(account, parameters.event_name)
    const created = nowInSeconds(account)
    const meter: Meter = {
      id: newMeterId(),
      object: 'billing.meter',
      created,
      customer_mapping: parameters.customer_mapping ?? {
        event_payload_key: 'stripe_customer_id',
        type: 'by_id',
      },
      default_aggregation: parameters.default_aggregation,
      display_name: parameters.display_name,
      event_name: parameters.event_name,
      event_time_window: parameters.event_time_window ?? null,
      livemode: false,
      status: 'active',
      status_transitions: { deactivated_at: null },
      updated: created,
      value_settings: parameters.value_settings ?? { event_payload_key: 'value' },
    }
    account.database
      .prepare('INSERT INTO meters (id, event_name, status, object) VALUES (?, ?, ?, ?)')
      .run(meter.id, meter.event_name, meter.status, JSON.stringify(meter))
    return c.json(meter)
  })

  routes.get(METERS_PATH, (c) => {
    const parameters = checkParameters(
      z.strictObject({ ...listParameters, expand, status: meterStatus.optional() }),
      parseQuery(c.req.url),
    )
    const table = {
      name: 'meters' as const,
      kind: 'billing meter',
      where: parameters.status === undefined ? 'TRUE' : 'status = ?',
      values: parameters.status === undefined ? [] : [parameters.status],
    }
    return c.json(listFromTable(account, table, parameters, METERS_PATH, readMeter))
  })

  routes.get(`${METERS_PATH}/:id`, (c) => c.json(requireMeter(account, c.req.param('id'))))

  routes.post(`${METERS_PATH}/:id`, async (c) => {
    const parameters = checkParameters(updateParameters, parseForm(await c.req.text()))
    const meter = requireMeter(account, c.req.param('id'))
    return c.json(store(account, { ...meter, display_name: parameters.display_name ?? meter.display_name }))
  })

  routes.post(`${METERS_PATH}/:id/deactivate`, async (c) => {
    checkParameters(noParameters, parseForm(await c.req.text()))
    const meter = requireMeter(account, c.req.param('id'))
    if (meter.status === 'inactive') throw wrongState('This meter is already inactive.')
    const deactivated_at = nowInSeconds(account)
    return c.json(store(account, { ...meter, status: 'inactive', status_transitions: { deactivated_at } }))
  })

  routes.post(`${METERS_PATH}/:id/reactivate`, async (c) => {
    checkParameters(noParameters, parseForm(await c.req.text()))
    const meter = requireMeter(account, c.req.param('id'))
    if (meter.status === 'active') throw wrongState('This meter is already active.')
    refuseSecondActiveMeter(account, meter.event_name)
    return c.json(
      store(account, { ...meter, status: 'active', status_transitions: { deactivated_at: null } }),
    )
  })

  return routes
}

/**
 * @param param The parameter that names the meter; `id` when the address does.
 * @throws StripeError when there is no such meter.
 */
export function requireMeter(account: Account, id: string, param = 'id'): Meter {
  const row = account.database.prepare('SELECT object FROM meters WHERE id = ?').get(id)
  if (!row) throw noSuch('billing meter', id, param)
  return readMeterRow(row)
}

/** The meters that took, or take, events of this name; the active one first, if there is one. */
export function metersOfEvent(account: Account, name: string): Meter[] {
  return account.database
    .prepare("SELECT object FROM meters WHERE event_name = ? ORDER BY status = 'active' DESC, sequence DESC")
    .all(name)
    .map(readMeterRow)
}

/** All meters, newest first. */
export function allMeters(account: Account): Meter[] {
  return account.database.prepare('SELECT object FROM meters ORDER BY sequence DESC').all().map(readMeterRow)
}

function readMeterRow(row: unknown): Meter {
  return readMeter(z.object({ object: z.string() }).parse(row).object)
}

function readMeter(json: string): Meter {
  return meterSchema.parse(JSON.parse(json))
}

function store(account: Account, meter: Meter): Meter {
  const updated: Meter = { ...meter, updated: nowInSeconds(account) }
  account.database
    .prepare('UPDATE meters SET status = ?, object = ? WHERE id = ?')
    .run(updated.status, JSON.stringify(updated), updated.id)
  return updated
}

/** Stripe's set-up page: "You can only use a specific event name with a single meter." */
function refuseSecondActiveMeter(account: Account, name: string): void {
  const [meter] = metersOfEvent(account, name)
  if (meter?.status !== 'active') return
  throw new StripeError({
    status: 400,
    message: `An active meter already exists with event name "${name}": ${meter.id}.`,
    param: 'event_name',
  })
}

function wrongState(message: string): StripeError {
  return new StripeError({ status: 400, message })
}
