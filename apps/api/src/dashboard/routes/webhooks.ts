/** A project's webhook endpoints, and what became of the events that went there. */
import { limitSchema } from '@radist-tech/protocol'
import {
  rotateWebhookSecretBodySchema,
  testWebhookBodySchema,
  updateWebhookEndpointBodySchema,
  type WebhookDelivery,
  type WebhookEndpoint,
  webhookDeliveryStateSchema,
  webhookEndpointBodySchema,
} from '@radist-tech/protocol/dashboard'
import { base64url } from 'jose'
import { ApiError } from '../../api-error.ts'
import { sampleEvent } from '../../domain/webhook-samples.ts'
import type { Env } from '../../env.ts'
import { jsonBody } from '../../json-body.ts'
import type { EndpointChange } from '../../objects/webhook-object.ts'
import { queryValue } from '../../paging.ts'
import { WebhookEndpointRows } from '../../webhook-endpoint-rows.ts'
import { addressFault } from '../../webhook-request.ts'
import { audit } from '../audit.ts'
import type { Actor, DashboardContext, DashboardRoutes } from '../router.ts'

/** How long the resolver may take to say what a new address stands for, in milliseconds. */
const LOOK_UP_MS = 5000
const DEFAULT_LIMIT = 20

export function webhookRoutes(routes: DashboardRoutes): void {
  endpointRoutes(routes)
  deliveryRoutes(routes)
}

function endpointRoutes(routes: DashboardRoutes): void {
  routes.project('get', '/webhooks', 'webhooks:read', async (c, { project: { projectId } }) =>
    c.json({ endpoints: await rowsOf(c, projectId).list(Date.now()) }),
  )

  routes.project('post', '/webhooks', 'webhooks:manage', async (c, { actor, project }) => {
    const { projectId, archivedAt } = project
    const settings = await jsonBody(c, webhookEndpointBodySchema)
    if (archivedAt !== null) throw new ApiError('project_archived')
    await requireAddress(c.env, settings.url)
    const created = await rowsOf(c, projectId).create(settings, Date.now())
    if (!created) throw new ApiError('too_many_webhook_endpoints')
    await tellObjects(c.env, projectId, created.endpoint.endpointId, 'changed')
    await note(c.env, actor, projectId, 'created', created.endpoint)
    return c.json(created)
  })

  routes.project('patch', '/webhooks/:endpointId', 'webhooks:manage', async (c, { actor, project }) => {
    const { projectId } = project
    const change = await jsonBody(c, updateWebhookEndpointBodySchema)
    if (change.url !== undefined) await requireAddress(c.env, change.url)
    const endpoint = found(await rowsOf(c, projectId).update(endpointIdOf(c), change, Date.now()))
    await tellObjects(c.env, projectId, endpoint.endpointId, change.enabled ? 'enabled' : 'changed')
    await note(c.env, actor, projectId, 'changed', endpoint)
    return c.json(endpoint)
  })

  routes.project('delete', '/webhooks/:endpointId', 'webhooks:manage', async (c, { actor, project }) => {
    const { projectId } = project
    const endpointId = endpointIdOf(c)
    const deleted = await rowsOf(c, projectId).delete(endpointId, Date.now())
    // Told in any case: the last time it was asked for, that may not have come off.
    await tellObjects(c.env, projectId, endpointId, 'deleted')
    await note(c.env, actor, projectId, 'deleted', found(deleted))
    return c.body(null, 204)
  })

  routes.project('post', '/webhooks/:endpointId/rotate', 'webhooks:manage', async (c, { actor, project }) => {
    const { projectId } = project
    const { overlapSeconds } = await jsonBody(c, rotateWebhookSecretBodySchema)
    const rotated = await rowsOf(c, projectId).rotate(endpointIdOf(c), overlapSeconds * 1000, Date.now())
    if (!rotated) throw new ApiError('webhook_endpoint_not_found')
    await tellObjects(c.env, projectId, rotated.endpoint.endpointId, 'changed')
    await note(c.env, actor, projectId, 'rotated', rotated.endpoint)
    return c.json(rotated)
  })

  routes.project('post', '/webhooks/:endpointId/test', 'webhooks:manage', async (c, { actor, project }) => {
    const { projectId } = project
    const body = await jsonBody(c, testWebhookBodySchema)
    const endpoint = await enabledEndpoint(c, projectId, endpointIdOf(c))
    const type = body.type ?? endpoint.eventTypes[0] ?? 'call.started'
    const id = `evt_test_${base64url.encode(crypto.getRandomValues(new Uint8Array(16)))}`
    const event = sampleEvent(type, id, projectId, Date.now())
    await note(c.env, actor, projectId, 'tested', endpoint)
    const answer = await objectOf(c.env, projectId).sendTest(projectId, endpoint.endpointId, event)
    if (!answer) throw new ApiError('delivery_not_found')
    return c.json(answer)
  })
}

function deliveryRoutes(routes: DashboardRoutes): void {
  routes.project('get', '/webhooks/:endpointId/deliveries', 'webhooks:read', async (c, { project }) => {
    const { projectId } = project
    const asked = deliveriesAsked(c)
    const endpoint = found(await rowsOf(c, projectId).find(endpointIdOf(c), Date.now()))
    const { deliveries, next } = await objectOf(c.env, projectId).list(endpoint.endpointId, asked)
    return c.json({ deliveries: deliveries.map((delivery) => planned(delivery, endpoint)), next })
  })

  routes.project('get', '/webhooks/deliveries/:deliveryId', 'webhooks:read', async (c, { project }) => {
    const { projectId } = project
    const seen = await objectOf(c.env, projectId).read(deliveryIdOf(c))
    const endpoint = seen && (await rowsOf(c, projectId).find(seen.delivery.endpointId, Date.now()))
    // Those of an endpoint that was deleted go with it.
    if (!endpoint) throw new ApiError('delivery_not_found')
    return c.json({ ...seen, delivery: planned(seen.delivery, endpoint) })
  })

  routes.project(
    'post',
    '/webhooks/deliveries/:deliveryId/resend',
    'webhooks:manage',
    async (c, { actor, project: { projectId } }) => {
      const object = objectOf(c.env, projectId)
      const before = await object.read(deliveryIdOf(c))
      if (!before) throw new ApiError('delivery_not_found')
      const endpoint = await enabledEndpoint(c, projectId, before.delivery.endpointId)
      await note(c.env, actor, projectId, 'resent', endpoint)
      const seen = await object.resend(before.delivery.deliveryId)
      if (!seen) throw new ApiError('delivery_not_found')
      return c.json(seen)
    },
  )
}

const rowsOf = (c: DashboardContext, projectId: string) => new WebhookEndpointRows(c.env.DB, projectId)
const objectOf = (env: Env, projectId: string) => env.WEBHOOK.getByName(projectId)
const endpointIdOf = (c: DashboardContext): string => c.req.param('endpointId') ?? ''
const deliveryIdOf = (c: DashboardContext): string => c.req.param('deliveryId') ?? ''

/** @throws {ApiError} `webhook_endpoint_not_found` */
function found(endpoint: WebhookEndpoint | null): WebhookEndpoint {
  if (!endpoint) throw new ApiError('webhook_endpoint_not_found')
  return endpoint
}

/** @throws {ApiError} `webhook_endpoint_not_found`, `webhook_endpoint_disabled` */
async function enabledEndpoint(
  c: DashboardContext,
  projectId: string,
  endpointId: string,
): Promise<WebhookEndpoint> {
  const endpoint = found(await rowsOf(c, projectId).find(endpointId, Date.now()))
  if (!endpoint.enabled) throw new ApiError('webhook_endpoint_disabled')
  return endpoint
}

/**
 * A name that cannot be looked up now is let in: each attempt looks again.
 * @throws {ApiError} `webhook_address_refused`
 */
async function requireAddress(env: Env, url: string): Promise<void> {
  const signal = AbortSignal.timeout(LOOK_UP_MS)
  const fault = await addressFault(env, url, signal).catch(() => null)
  if (fault?.kind === 'private') throw new ApiError('webhook_address_refused')
}

/** Before the answer, so that a change holds at once. */
async function tellObjects(
  env: Env,
  projectId: string,
  endpointId: string,
  change: EndpointChange,
): Promise<void> {
  await Promise.all([
    objectOf(env, projectId).endpointChanged(endpointId, change),
    // It knows whether there is any endpoint at all.
    env.PROJECT.getByName(projectId).invalidateCache(),
  ])
}

/** The address without its path: that may be a secret. */
const note = (
  env: Env,
  actor: Actor,
  projectId: string,
  deed: string,
  { endpointId, url }: WebhookEndpoint,
) =>
  audit(env, actor, {
    action: `webhook.${deed}`,
    target: `${new URL(url).origin} (${endpointId})`,
    projectId,
  })

/** Nothing is planned for an endpoint that is disabled. */
const planned = (delivery: WebhookDelivery, { enabled }: WebhookEndpoint): WebhookDelivery =>
  enabled ? delivery : { ...delivery, nextAttemptAt: null }

/** @throws {ApiError} `invalid_state`, `invalid_limit`, `invalid_query` */
function deliveriesAsked(c: DashboardContext) {
  const state = queryValue(c, 'state', 'invalid_state')
  const limit = queryValue(c, 'limit', 'invalid_limit')
  const before = queryValue(c, 'before', 'invalid_query')
  const readState = webhookDeliveryStateSchema.optional().safeParse(state)
  if (!readState.success) throw new ApiError('invalid_state')
  const readLimit = limitSchema.optional().safeParse(limit)
  if (!readLimit.success) throw new ApiError('invalid_limit')
  if (before !== undefined && !/^\d{1,15}$/.test(before)) throw new ApiError('invalid_query')
  return {
    state: readState.data ?? null,
    limit: readLimit.data ?? DEFAULT_LIMIT,
    before: before === undefined ? null : Number(before),
  }
}
