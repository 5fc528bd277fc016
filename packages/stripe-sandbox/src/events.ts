/** What happened in the account. Source: docs.stripe.com/api/events and docs.stripe.com/api/v2/core/events. */
import { Hono } from 'hono'
import { z } from 'zod'
import { type Account, inTransaction, nowInSeconds } from './account.ts'
import { API_VERSION } from './api-version.ts'
import { newEventId, newThinEventId } from './object-id.ts'
import { listParameters } from './pagination.ts'
import { checkParameters, expand, parseQuery } from './parameters.ts'
import { allObjects, insertObject, listObjects, type Resource, requireObject } from './stored-objects.ts'
import { noSuch } from './stripe-error.ts'
import { listensTo, WEBHOOK_ENDPOINTS } from './webhook-endpoints.ts'

const PATH = '/v1/events'

export type EventType =
  | 'checkout.session.completed'
  | 'checkout.session.expired'
  | 'customer.created'
  | 'customer.deleted'
  | 'customer.subscription.created'
  | 'customer.subscription.deleted'
  | 'customer.subscription.updated'
  | 'customer.updated'
  | 'invoice.created'
  | 'invoice.finalized'
  | 'invoice.paid'
  | 'invoice.payment_failed'
  | 'price.created'
  | 'price.updated'
  | 'product.created'
  | 'product.updated'
  | 'test_helpers.test_clock.created'
  | 'test_helpers.test_clock.deleted'
  | 'test_helpers.test_clock.ready'

const jsonObject = z.record(z.string(), z.json())

const snapshotEventSchema = z.object({
  id: z.string(),
  object: z.literal('event'),
  type: z.string(),
  created: z.number(),
  data: z.object({ object: jsonObject, previous_attributes: jsonObject.optional() }),
})

const thinEventSchema = z.object({
  id: z.string(),
  object: z.literal('v2.core.event'),
  type: z.string(),
  /** ISO 8601, as all of version 2. */
  created: z.string(),
  data: jsonObject,
  related_object: z.object({ id: z.string(), type: z.string(), url: z.string() }),
})

const EVENTS: Resource<StoredEvent> = {
  table: 'events',
  kind: 'event',
  schema: z.discriminatedUnion('object', [snapshotEventSchema, thinEventSchema]),
}

type SnapshotEvent = z.infer<typeof snapshotEventSchema>
type ThinEvent = z.infer<typeof thinEventSchema>
export type StoredEvent = SnapshotEvent | ThinEvent

const eventListParameters = z.strictObject({
  ...listParameters,
  expand,
  type: z.string().optional(),
})

export function eventRoutes(account: Account): Hono {
  const routes = new Hono()

  routes.get(PATH, (c) => {
    const { type, ...page } = checkParameters(eventListParameters, parseQuery(c.req.url))
    const filter = { object: 'event', type }
    return c.json(listObjects(account, EVENTS, page, PATH, filter, (event) => presentEvent(account, event)))
  })

  routes.get(`${PATH}/:id`, (c) =>
    c.json(presentEvent(account, eventOf(account, 'event', c.req.param('id')))),
  )

  routes.get('/v2/core/events/:id', (c) =>
    c.json(presentEvent(account, eventOf(account, 'v2.core.event', c.req.param('id')))),
  )

  return routes
}

export interface EventOptions {
  /** When it happened, in seconds since the Unix epoch; now when absent. */
  at?: number
  /** The object before the change that the event tells of. */
  before?: object
}

/** Stores an event and a delivery of it to each endpoint that listens to its type. */
export function emit(account: Account, type: EventType, object: object, options: EventOptions = {}): void {
  const { at = nowInSeconds(account), before } = options
  const after = jsonObject.parse(JSON.parse(JSON.stringify(object)))
  const previous = before && changedAttributes(jsonObject.parse(JSON.parse(JSON.stringify(before))), after)
  store(account, {
    id: newEventId(),
    object: 'event',
    type,
    created: at,
    data: { object: after, ...(previous && { previous_attributes: previous }) },
  })
}

/** Stores an event of version 2, whose deliveries have no data: the receiver asks for it. */
export function emitThin(account: Account, event: Omit<ThinEvent, 'id' | 'object' | 'created'>): void {
  store(account, {
    ...event,
    id: newThinEventId(),
    object: 'v2.core.event',
    created: new Date(account.now()).toISOString(),
  })
}

function store(account: Account, event: StoredEvent): void {
  inTransaction(account, () => {
    insertObject(account, EVENTS, event)
    for (const endpoint of allObjects(account, WEBHOOK_ENDPOINTS, { status: 'enabled' })) {
      if (listensTo(endpoint, event.type)) queueDelivery(account, event.id, endpoint.id)
    }
  })
  account.eventStored()
}

/** Has the event sent to the endpoint, also when it was sent before. Deliveries go by the machine's clock. */
export function queueDelivery(account: Account, event: string, endpoint: string): void {
  const now = Date.now()
  account.database
    .prepare(
      'INSERT INTO deliveries (event, endpoint, created_at_ms, next_attempt_at_ms) VALUES (?, ?, ?, ?)',
    )
    .run(event, endpoint, now, now)
}

export function requireEvent(account: Account, id: string): StoredEvent {
  return requireObject(account, EVENTS, id)
}

/** Events of one version of the API are not found by the other. */
function eventOf(account: Account, object: StoredEvent['object'], id: string): StoredEvent {
  const event = requireEvent(account, id)
  if (event.object !== object) throw noSuch(EVENTS.kind, id)
  return event
}

/** The event as Stripe's API answers it. */
export function presentEvent(account: Account, event: StoredEvent): object {
  if (event.object === 'v2.core.event') return { ...notification(event), data: event.data }
  return {
    ...event,
    api_version: API_VERSION,
    livemode: false,
    pending_webhooks: pendingDeliveries(account, event.id),
    request: { id: null, idempotency_key: null },
  }
}

/** The event as an endpoint gets it: of version 2 without its data. */
export function deliveredEvent(account: Account, event: StoredEvent): object {
  return event.object === 'event' ? presentEvent(account, event) : notification(event)
}

function notification({ id, object, type, created, related_object }: ThinEvent): object {
  return { id, object, type, livemode: false, created, context: null, reason: null, related_object }
}

function pendingDeliveries(account: Account, event: string): number {
  const row = account.database
    .prepare('SELECT COUNT(*) AS pending FROM deliveries WHERE event = ? AND next_attempt_at_ms IS NOT NULL')
    .get(event)
  return z.object({ pending: z.number() }).parse(row).pending
}

type JsonObject = z.infer<typeof jsonObject>

/** The former values of what changed. */
function changedAttributes(before: JsonObject, after: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(before).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(after[key])),
  )
}
