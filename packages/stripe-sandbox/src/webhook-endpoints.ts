/** Where events are sent. Source: docs.stripe.com/api/webhook_endpoints. */
import { Hono } from 'hono'
import { z } from 'zod'
import { type Account, nowInSeconds } from './account.ts'
import { newWebhookEndpointId, newWebhookSecret } from './object-id.ts'
import { listParameters } from './pagination.ts'
import {
  checkParameters,
  expand,
  formBoolean,
  mergedMetadata,
  metadata,
  parseForm,
  parseQuery,
  unsettableText,
  webAddress,
} from './parameters.ts'
import {
  deleteObject,
  findObject,
  insertObject,
  listObjects,
  type Resource,
  replaceObject,
  requireObject,
} from './stored-objects.ts'

const PATH = '/v1/webhook_endpoints'

/** The endpoint that the sandbox's own settings name. */
const CONFIGURED_ENDPOINT = 'we_ofTheSandboxSettings'

const enabledEvents = z.array(z.string().min(1).max(100)).min(1)

const createParameters = z.strictObject({
  api_version: z.string().optional(),
  description: unsettableText.optional(),
  enabled_events: enabledEvents,
  expand,
  metadata,
  url: webAddress,
})

const updateParameters = z.strictObject({
  description: unsettableText.optional(),
  disabled: formBoolean.optional(),
  enabled_events: enabledEvents.optional(),
  expand,
  metadata,
  url: webAddress.optional(),
})

const webhookEndpointSchema = z.object({
  id: z.string(),
  api_version: z.string().nullable(),
  created: z.number(),
  description: z.string().nullable(),
  enabled_events: z.array(z.string()),
  metadata: z.record(z.string(), z.string()),
  secret: z.string(),
  status: z.enum(['enabled', 'disabled']),
  url: z.string(),
})

export type WebhookEndpoint = z.infer<typeof webhookEndpointSchema>

export const WEBHOOK_ENDPOINTS: Resource<WebhookEndpoint> = {
  table: 'webhook_endpoints',
  kind: 'webhook endpoint',
  schema: webhookEndpointSchema,
}

export function webhookEndpointRoutes(account: Account): Hono {
  const routes = new Hono()

  routes.post(PATH, async (c) => {
    const parameters = checkParameters(createParameters, parseForm(await c.req.text()))
    const endpoint = insertObject(account, WEBHOOK_ENDPOINTS, {
      id: newWebhookEndpointId(),
      api_version: parameters.api_version ?? null,
      created: nowInSeconds(account),
      description: parameters.description ?? null,
      enabled_events: parameters.enabled_events,
      metadata: mergedMetadata({}, parameters.metadata),
      secret: newWebhookSecret(),
      status: 'enabled',
      url: parameters.url,
    })
    // Stripe: the secret is "only returned at creation".
    return c.json({ ...present(endpoint), secret: endpoint.secret })
  })

  routes.get(PATH, (c) => {
    const page = checkParameters(z.strictObject({ ...listParameters, expand }), parseQuery(c.req.url))
    return c.json(listObjects(account, WEBHOOK_ENDPOINTS, page, PATH, {}, present))
  })

  routes.get(`${PATH}/:id`, (c) =>
    c.json(present(requireObject(account, WEBHOOK_ENDPOINTS, c.req.param('id')))),
  )

  routes.post(`${PATH}/:id`, async (c) => {
    const parameters = checkParameters(updateParameters, parseForm(await c.req.text()))
    const { description, disabled, enabled_events, url } = parameters
    const endpoint = requireObject(account, WEBHOOK_ENDPOINTS, c.req.param('id'))
    const updated = replaceObject(account, WEBHOOK_ENDPOINTS, {
      ...endpoint,
      ...(description !== undefined && { description }),
      ...(disabled !== undefined && { status: disabled ? ('disabled' as const) : ('enabled' as const) }),
      ...(enabled_events && { enabled_events }),
      ...(url && { url }),
      metadata: mergedMetadata(endpoint.metadata, parameters.metadata),
    })
    return c.json(present(updated))
  })

  routes.delete(`${PATH}/:id`, (c) => {
    const { id } = requireObject(account, WEBHOOK_ENDPOINTS, c.req.param('id'))
    deleteObject(account, WEBHOOK_ENDPOINTS, id)
    return c.json({ id, object: 'webhook_endpoint', deleted: true })
  })

  return routes
}

/** Whether the endpoint asked for events of the type; `*` asks for all. */
export function listensTo(endpoint: WebhookEndpoint, type: string): boolean {
  return endpoint.enabled_events.some((enabled) => enabled === '*' || enabled === type)
}

export interface ConfiguredWebhook {
  url: string
  /** What its deliveries are signed with. */
  secret: string
}

/** Has one endpoint for all events where the settings say, and none of settings that are gone. */
export function configureWebhook(account: Account, webhook: ConfiguredWebhook | undefined): void {
  if (!webhook) {
    deleteObject(account, WEBHOOK_ENDPOINTS, CONFIGURED_ENDPOINT)
    return
  }
  const former = findObject(account, WEBHOOK_ENDPOINTS, CONFIGURED_ENDPOINT)
  const endpoint: WebhookEndpoint = {
    id: CONFIGURED_ENDPOINT,
    api_version: null,
    created: former?.created ?? nowInSeconds(account),
    description: 'From the settings of the sandbox',
    enabled_events: ['*'],
    metadata: {},
    status: 'enabled',
    ...webhook,
  }
  if (former) replaceObject(account, WEBHOOK_ENDPOINTS, endpoint)
  else insertObject(account, WEBHOOK_ENDPOINTS, endpoint)
}

function present({ secret: _, ...endpoint }: WebhookEndpoint): object {
  return { ...endpoint, object: 'webhook_endpoint', application: null, livemode: false }
}
