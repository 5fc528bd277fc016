/** `/api/v1/projects/:projectId/billing`: what of the project's usage Stripe has, for the customer's backend. */
import {
  type ListMeterEventsAnswer,
  meterEventStateSchema,
  resendMeterEventBodySchema,
} from '@radist-tech/protocol'
import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { ApiError } from '../api-error.ts'
import { authorize, authorizedBody, backendOf } from '../backend.ts'
import type { Env } from '../env.ts'
import { pageOf } from '../paging.ts'

export const meterEvents = new Hono<{ Bindings: Env }>()

meterEvents.get('/meter-events', async (c) => {
  const { project, projectId, credential } = projectOf(c)
  await authorize(c.env, { projectId, credential })
  const asked = { ...pageOf(c), state: stateOf(c) }
  const listed = await project.listMeterEvents(projectId, credential, asked)
  if (!listed.ok) throw new ApiError(listed.code)
  const { meterEvents, total } = listed
  const { page, limit } = asked
  return c.json({ meterEvents, page, limit, total } satisfies ListMeterEventsAnswer)
})

meterEvents.post('/meter-events/:identifier/resend', async (c) => {
  const { project, projectId, credential } = projectOf(c)
  const body = await authorizedBody(c, { projectId, credential }, resendMeterEventBodySchema)
  const identifier = c.req.param('identifier')
  const resent = await project.resendMeterEvent(projectId, credential, { identifier, ...body })
  if (!resent.ok) throw new ApiError(resent.code)
  return c.json(resent.meterEvent)
})

meterEvents.get('/reconciliation', (c) => reconciliation(c, 'last'))
meterEvents.post('/reconciliation', (c) => reconciliation(c, 'new'))

async function reconciliation(c: Context<{ Bindings: Env }>, asked: 'last' | 'new') {
  const { project, projectId, credential } = projectOf(c)
  const answer = await project.reconciliation(projectId, credential, asked)
  if (!answer.ok) throw new ApiError(answer.code)
  return c.json(answer.reconciliation)
}

function projectOf(c: Context<{ Bindings: Env }>) {
  const backend = backendOf(c)
  return { ...backend, project: c.env.PROJECT.getByName(backend.projectId) }
}

function stateOf(c: Context) {
  const values = c.req.queries('state')
  if (values === undefined) return null
  const result = z.tuple([meterEventStateSchema]).safeParse(values)
  if (!result.success) throw new ApiError('invalid_state')
  return result.data[0]
}
