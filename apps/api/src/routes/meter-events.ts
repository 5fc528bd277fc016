/** `/api/v1/projects/:projectId/billing`: what of the project's usage Stripe has, for the customer's backend. */
import {
  type ListMeterEventsAnswer,
  meterEventStateSchema,
  resendMeterEventBodySchema,
} from '@radist-tech/protocol'
import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { ApiError } from '../api-error.ts'
import { authorize, authorizedBody, type Backend, backendOf } from '../backend.ts'
import type { Env } from '../env.ts'
import { pageOf } from '../paging.ts'

export const meterEvents = new Hono<{ Bindings: Env }>()

meterEvents.get('/meter-events', (c) => listMeterEvents(c, backendOf(c)))
meterEvents.post('/meter-events/:identifier/resend', (c) => resendMeterEvent(c, backendOf(c)))
meterEvents.get('/reconciliation', (c) => reconciliation(c, backendOf(c), 'last'))
meterEvents.post('/reconciliation', (c) => reconciliation(c, backendOf(c), 'new'))

type MeterContext = Context<{ Bindings: Env }>

export async function listMeterEvents(c: MeterContext, backend: Backend): Promise<Response> {
  await authorize(c.env, backend)
  const { projectId, credential } = backend
  const asked = { ...pageOf(c), state: stateOf(c) }
  const listed = await c.env.PROJECT.getByName(projectId).listMeterEvents(projectId, credential, asked)
  if (!listed.ok) throw new ApiError(listed.code)
  const { meterEvents, total } = listed
  const { page, limit } = asked
  return c.json({ meterEvents, page, limit, total } satisfies ListMeterEventsAnswer)
}

export async function resendMeterEvent(c: MeterContext, backend: Backend): Promise<Response> {
  const body = await authorizedBody(c, backend, resendMeterEventBodySchema)
  const { projectId, credential } = backend
  const asked = { identifier: c.req.param('identifier') ?? '', ...body }
  const resent = await c.env.PROJECT.getByName(projectId).resendMeterEvent(projectId, credential, asked)
  if (!resent.ok) throw new ApiError(resent.code)
  return c.json(resent.meterEvent)
}

export async function reconciliation(
  c: MeterContext,
  { projectId, credential }: Backend,
  asked: 'last' | 'new',
): Promise<Response> {
  const answer = await c.env.PROJECT.getByName(projectId).reconciliation(projectId, credential, asked)
  if (!answer.ok) throw new ApiError(answer.code)
  return c.json(answer.reconciliation)
}

function stateOf(c: Context) {
  const values = c.req.queries('state')
  if (values === undefined) return null
  const result = z.tuple([meterEventStateSchema]).safeParse(values)
  if (!result.success) throw new ApiError('invalid_state')
  return result.data[0]
}
