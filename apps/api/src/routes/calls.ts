/** `/api/v1/projects/:projectId/calls`: what a customer's backend does with P2P calls. */
import {
  type CallId,
  callIdSchema,
  createCallBodySchema,
  type ListCallsAnswer,
  mintCallTokenBodySchema,
} from '@radist-tech/protocol'
import { and, desc, eq, gt, lte } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { type Context, Hono } from 'hono'
import { calls as callRows } from '../../../../drizzle/schema.ts'
import { ApiError } from '../api-error.ts'
import { authorize, authorizedBody, type Backend, backendOf } from '../backend.ts'
import { createCall, mintCallToken } from '../call-access.ts'
import type { Env } from '../env.ts'
import { repeatableRequest } from '../idempotency.ts'
import { newestOf, pageOf } from '../paging.ts'

export const calls = new Hono<{ Bindings: Env }>()

calls.post('/', async (c) => {
  const backend = backendOf(c)
  const options = await authorizedBody(c, backend, createCallBodySchema)
  const repeatable = await repeatableRequest(c, backend, options)
  return c.json(await createCall(c.env, backend, options, repeatable))
})

calls.get('/', async (c) => {
  const backend = backendOf(c)
  const { totals } = await authorize(c.env, backend)
  const { page, limit } = pageOf(c)
  const newest = newestOf({ page, limit }, totals.calls)
  return c.json({
    calls: newest > 0 ? await listCalls(c.env, backend.projectId, newest, limit) : [],
    page,
    limit,
    total: totals.calls,
  } satisfies Omit<ListCallsAnswer, 'calls'> & { calls: unknown[] })
})

calls.get('/:callId', async (c) => {
  const { projectId, call } = await callOf(c)
  const seen = await call.read(projectId)
  if (!seen.ok) throw new ApiError(seen.code)
  return c.json(seen.call)
})

calls.delete('/:callId', async (c) => {
  const { projectId, call } = await callOf(c)
  const ended = await call.end(projectId)
  if (!ended.ok) throw new ApiError(ended.code)
  return c.json(ended.call)
})

calls.post('/:callId/token', async (c) => {
  const backend = backendOf(c)
  const body = await authorizedBody(c, backend, mintCallTokenBodySchema)
  const repeatable = await repeatableRequest(c, backend, body)
  const callId = await callIdOf(c, backend)
  return c.json(await mintCallToken(c.env, backend, callId, body.tokenTtlSeconds * 1000, repeatable))
})

/** The call that the path names, when its project may be asked. */
async function callOf(c: Context<{ Bindings: Env }>) {
  const backend = backendOf(c)
  const callId = await callIdOf(c, backend)
  const { projectId } = await authorize(c.env, backend)
  return { projectId, call: c.env.CALL.getByName(callId) }
}

/** Whoever may not act for the project is told that first, whatever the path names. */
async function callIdOf(c: Context<{ Bindings: Env }>, backend: Backend): Promise<CallId> {
  const callId = callIdSchema.safeParse(c.req.param('callId')?.toLowerCase())
  if (callId.success) return callId.data
  await authorize(c.env, backend)
  throw new ApiError('call_not_found')
}

/** One page, newest first, from the call of this number on: a range on an index, whichever page it is. */
async function listCalls(env: Env, projectId: string, newest: number, limit: number) {
  const rows = await drizzle(env.DB)
    .select()
    .from(callRows)
    .where(
      and(
        eq(callRows.projectId, projectId),
        lte(callRows.sequence, newest),
        gt(callRows.sequence, newest - limit),
      ),
    )
    .orderBy(desc(callRows.sequence))
  return rows.map(({ callId, createdAt, tombstonedAt }) => ({
    callId,
    createdAt: new Date(createdAt).toISOString(),
    tombstonedAt: tombstonedAt === null ? null : new Date(tombstonedAt).toISOString(),
  }))
}
