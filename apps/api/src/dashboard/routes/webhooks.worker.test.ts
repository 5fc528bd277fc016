import { env } from 'cloudflare:workers'
import {
  listWebhookDeliveriesAnswerSchema,
  listWebhookEndpointsAnswerSchema,
  webhookDeliveryAnswerSchema,
  webhookEventTypeSchema,
  webhookSecretAnswerSchema,
} from '@radist-tech/protocol/dashboard'
import { desc, eq } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { beforeEach, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { auditEntries } from '../../../../../drizzle/schema.ts'
import { eventually } from '../../testing/clock.ts'
import { organizationsProject, type SignedIn, signedIn } from '../../testing/dashboard-fixture.ts'
import { joined, objectOf } from '../../testing/webhook-fixture.ts'
import { TestReceiver } from '../../testing/webhook-receiver.ts'

let developer: SignedIn
let projectId: string
let receiver: TestReceiver

beforeEach(async () => {
  developer = await signedIn('developer')
  projectId = (await organizationsProject(developer.organizationId)).projectId
  receiver = new TestReceiver()
})

const ask = (path: string, body?: unknown, method?: string) =>
  developer.ask(`/projects/${projectId}/webhooks${path}`, {
    ...(body !== undefined && { body }),
    ...(method !== undefined && { method }),
  })
async function read<S extends z.ZodType>(
  schema: S,
  answer: Response | Promise<Response>,
): Promise<z.infer<S>> {
  const response = await answer
  expect(response.status).toBe(200)
  return schema.parse(await response.json())
}
async function expectRefused(answer: Response | Promise<Response>, status: number, code: string) {
  const response = await answer
  expect([response.status, await response.json()]).toEqual([status, { error: expect.any(String), code }])
}
const create = (body: object = {}) =>
  read(
    webhookSecretAnswerSchema,
    ask('', { url: receiver.url, eventTypes: webhookEventTypeSchema.options, ...body }),
  )
const list = async () => (await read(listWebhookEndpointsAnswerSchema, ask(''))).endpoints
const deliveries = (endpointId: string, query = '') =>
  read(listWebhookDeliveriesAnswerSchema, ask(`/${endpointId}/deliveries${query}`))

describe('endpoints', () => {
  it('are made with a secret that is shown once, changed and deleted, and the log knows who did it', async () => {
    const { endpoint, secret } = await create({ description: 'Ours', eventTypes: ['call.ended'] })
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    expect(endpoint).toMatchObject({ url: receiver.url, description: 'Ours', enabled: true })
    expect(await list()).toEqual([endpoint])
    expect(await (await ask('')).text()).not.toContain(secret.slice(6))

    const changed = await ask(
      `/${endpoint.endpointId}`,
      { enabled: false, eventTypes: ['room.ended'] },
      'PATCH',
    )
    expect(await changed.json()).toEqual({ ...endpoint, enabled: false, eventTypes: ['room.ended'] })
    await ask(`/${endpoint.endpointId}`, { description: '' }, 'PATCH')
    expect(await list()).toMatchObject([{ enabled: false, description: '', eventTypes: ['room.ended'] }])
    expect((await ask(`/${endpoint.endpointId}`, undefined, 'DELETE')).status).toBe(204)
    expect(await list()).toEqual([])
    await expectRefused(
      ask(`/${endpoint.endpointId}`, undefined, 'DELETE'),
      404,
      'webhook_endpoint_not_found',
    )

    const log = await drizzle(env.DB)
      .select()
      .from(auditEntries)
      .where(eq(auditEntries.projectId, projectId))
      .orderBy(desc(auditEntries.createdAt))
    expect(log.map(({ action }) => action).sort()).toEqual([
      'webhook.changed',
      'webhook.changed',
      'webhook.created',
      'webhook.deleted',
    ])
    expect(log[0]?.target).toBe(`${new URL(receiver.url).origin} (${endpoint.endpointId})`)
    expect(JSON.stringify(log)).not.toContain(secret.slice(6))
  })

  it('are twenty at most, however many are asked for at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 22 }, () => ask('', { url: receiver.url, eventTypes: ['call.ended'] })),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(20)
    const refused = answers.filter(({ status }) => status === 409)
    expect(refused).toHaveLength(2)
    for (const answer of refused) await expectRefused(answer, 409, 'too_many_webhook_endpoints')
    expect(await list()).toHaveLength(20)
  })

  it.each([
    ['no address', { eventTypes: ['call.ended'] }],
    ['no address at all', { url: 'example', eventTypes: ['call.ended'] }],
    ['another protocol', { url: 'ftp://example.com/', eventTypes: ['call.ended'] }],
    ['no events', { url: 'https://example.com/', eventTypes: [] }],
    ['unknown events', { url: 'https://example.com/', eventTypes: ['call.lost'] }],
    ['unknown members', { url: 'https://example.com/', eventTypes: ['call.ended'], secret: 'mine' }],
    [
      'long descriptions',
      { url: 'https://example.com/', eventTypes: ['call.ended'], description: 'x'.repeat(201) },
    ],
  ])('are refused with %s', async (_, body) => {
    await expectRefused(ask('', body), 400, 'invalid_body')
  })

  it('are refused with credentials in their address, when made and when changed', async () => {
    const url = 'https://me:secret@example.com/'
    await expectRefused(ask('', { url, eventTypes: ['call.ended'] }), 400, 'webhook_address_refused')
    const { endpoint } = await create()
    await expectRefused(ask(`/${endpoint.endpointId}`, { url }, 'PATCH'), 400, 'webhook_address_refused')
    expect(await list()).toEqual([endpoint])
  })

  it('are those of their project alone', async () => {
    const { endpoint } = await create()
    const other = await organizationsProject(developer.organizationId)
    const path = `/projects/${other.projectId}/webhooks/${endpoint.endpointId}`
    for (const [method, rest] of [
      ['PATCH', ''],
      ['DELETE', ''],
      ['POST', '/rotate'],
      ['POST', '/test'],
      ['GET', '/deliveries'],
    ] as const)
      await expectRefused(
        developer.ask(path + rest, method === 'GET' ? { method } : { method, body: {} }),
        404,
        'webhook_endpoint_not_found',
      )
    expect(await list()).toEqual([endpoint])
  })

  it('get another secret, with the old one good for as long as one likes', async () => {
    const { endpoint, secret } = await create()
    const path = `/${endpoint.endpointId}/rotate`
    const rotated = await read(webhookSecretAnswerSchema, ask(path, {}))
    expect(rotated.secret).not.toBe(secret)
    const until = Date.parse(rotated.endpoint.previousSecretExpiresAt ?? '')
    expect(Math.abs(until - Date.now() - 86_400_000)).toBeLessThan(60_000)
    const again = await read(webhookSecretAnswerSchema, ask(path, { overlapSeconds: 0 }))
    expect(again.endpoint.previousSecretExpiresAt).toBeNull()
    await expectRefused(ask(path, { overlapSeconds: 604_801 }), 400, 'invalid_body')
  })
})

describe('a test', () => {
  it('sends an example, marked as one, and answers what came of it', async () => {
    const { endpoint, secret } = await create({ eventTypes: ['call.ended'] })
    await receiver.script({ secrets: [secret] })
    for (const type of webhookEventTypeSchema.options) {
      const answer = await read(webhookDeliveryAnswerSchema, ask(`/${endpoint.endpointId}/test`, { type }))
      expect(answer.delivery).toMatchObject({ state: 'delivered', event: { type, projectId, test: true } })
      expect(answer.attempts).toMatchObject([{ status: 200 }])
    }
    const unasked = await read(webhookDeliveryAnswerSchema, ask(`/${endpoint.endpointId}/test`, {}))
    expect(unasked.delivery.event.type).toBe('call.ended')
    const received = await receiver.received()
    expect(received).toHaveLength(9)
    expect(received.every(({ verified }) => verified)).toBe(true)
  })

  it('is tried once, and not at all where nothing is sent', async () => {
    const { endpoint } = await create()
    await receiver.script({ answers: [{ kind: 'answer', status: 500, body: 'No.' }] })
    const { delivery, attempts } = await read(
      webhookDeliveryAnswerSchema,
      ask(`/${endpoint.endpointId}/test`, {}),
    )
    expect(delivery).toMatchObject({ state: 'failed', nextAttemptAt: null })
    expect(attempts).toMatchObject([{ status: 500, answer: 'No.' }])
    await ask(`/${endpoint.endpointId}`, { enabled: false }, 'PATCH')
    await expectRefused(ask(`/${endpoint.endpointId}/test`, {}), 409, 'webhook_endpoint_disabled')
  })
})

describe('deliveries', () => {
  const roomId = crypto.randomUUID()
  const happen = async (count: number) => {
    const events = Array.from({ length: count }, () => joined(projectId, roomId))
    await objectOf(projectId).take(projectId, roomId, events)
    return events
  }

  it('are listed by pages, the newest first, and by state', async () => {
    const { endpoint } = await create()
    const path = endpoint.endpointId
    expect(await deliveries(path)).toEqual({ deliveries: [], next: null })
    await receiver.script({
      answers: Array.from({ length: 4 }, () => ({ kind: 'answer' })),
      afterwards: { kind: 'answer', status: 500 },
    })
    const events = await happen(5)
    await eventually(async () =>
      expect((await deliveries(path, '?state=waiting')).deliveries[0]?.attempts).toBe(1),
    )
    const ids = events.map(({ id }) => id).toReversed()
    const first = await deliveries(path, '?limit=2')
    expect(first.deliveries.map(({ event }) => event.id)).toEqual(ids.slice(0, 2))
    const second = await deliveries(path, `?limit=2&before=${first.next}`)
    expect(second.deliveries.map(({ event }) => event.id)).toEqual(ids.slice(2, 4))
    const third = await deliveries(path, `?limit=2&before=${second.next}`)
    expect(third).toMatchObject({ deliveries: [{ event: { id: ids[4] } }], next: null })
    expect((await deliveries(path, '?state=delivered')).deliveries).toHaveLength(4)
    expect((await deliveries(path, '?state=failed')).deliveries).toEqual([])
    expect((await deliveries(path, '?state=waiting')).deliveries[0]?.nextAttemptAt).not.toBeNull()
    await ask(`/${path}`, { enabled: false }, 'PATCH')
    expect((await deliveries(path, '?state=waiting')).deliveries[0]?.nextAttemptAt).toBeNull()
    await expectRefused(ask(`/${path}/deliveries?state=lost`), 400, 'invalid_state')
    await expectRefused(ask(`/${path}/deliveries?limit=101`), 400, 'invalid_limit')
    await expectRefused(ask(`/${path}/deliveries?before=x`), 400, 'invalid_query')
  })

  it('are sent again under the same id, once for each time it is asked for', async () => {
    const { endpoint } = await create()
    const [event] = await happen(1)
    const sent = await eventually(async () => {
      const [delivery] = (await deliveries(endpoint.endpointId, '?state=delivered')).deliveries
      if (!delivery) throw new Error('not yet')
      return delivery
    })
    await receiver.script({ answers: [{ kind: 'answer', status: 500 }] })
    const path = `/deliveries/${sent.deliveryId}`
    const attempted = (attempts: number) =>
      eventually(async () => {
        const answer = await read(webhookDeliveryAnswerSchema, ask(path))
        expect(answer.attempts).toHaveLength(attempts)
        return answer
      })
    await read(webhookDeliveryAnswerSchema, ask(`${path}/resend`, {}))
    expect((await attempted(2)).delivery).toMatchObject({ state: 'failed', attempts: 2, nextAttemptAt: null })
    await read(webhookDeliveryAnswerSchema, ask(`${path}/resend`, {}))
    expect((await attempted(3)).delivery.state).toBe('delivered')
    const received = await receiver.received(3)
    expect(received.map(({ headers }) => headers['webhook-id'])).toEqual([event?.id, event?.id, event?.id])
  })

  it('that are none, or of a deleted endpoint, are not found', async () => {
    for (const id of ['dlv_1', 'dlv_0', 'dlv_x', 'dlv_99999999999999999999', 'x']) {
      await expectRefused(ask(`/deliveries/${id}`), 404, 'delivery_not_found')
      await expectRefused(ask(`/deliveries/${id}/resend`, {}), 404, 'delivery_not_found')
    }
    const { endpoint } = await create()
    await happen(1)
    await receiver.received(1)
    const [delivery] = (await deliveries(endpoint.endpointId)).deliveries
    const path = `/deliveries/${delivery?.deliveryId}`
    await ask(`/${endpoint.endpointId}`, { enabled: false }, 'PATCH')
    await expectRefused(ask(`${path}/resend`, {}), 409, 'webhook_endpoint_disabled')
    await ask(`/${endpoint.endpointId}`, undefined, 'DELETE')
    await expectRefused(ask(path), 404, 'delivery_not_found')
    await expectRefused(ask(`${path}/resend`, {}), 404, 'webhook_endpoint_not_found')
  })
})
