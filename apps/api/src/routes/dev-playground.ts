/**
 * `/api/dev/playground`: what the playground page needs of a backend, on a developer's own machine.
 * It makes calls and rooms without a secret key, so it is not there in production, and no page of
 * another origin may use it.
 */
import {
  createCallBodySchema,
  createRoomBodySchema,
  identitySchema,
  mintRoomTokenBodySchema,
  projectIdSchema,
  roomIdSchema,
} from '@radist-tech/protocol'
import { Hono } from 'hono'
import { z } from 'zod'
import { ApiError } from '../api-error.ts'
import { authorize, type Backend } from '../backend.ts'
import { createCall } from '../call-access.ts'
import { configOf, type Env } from '../env.ts'
import { jsonBody } from '../json-body.ts'
import { createRoom, mintRoomToken } from '../room-access.ts'

export const devPlayground = new Hono<{ Bindings: Env; Variables: { demo: Backend } }>()

const mintBodySchema = z.strictObject({ identity: identitySchema.optional() })

devPlayground.use(async (c, next) => {
  const { RADIST_ENVIRONMENT, RADIST_DEMO_PROJECT_ID } = configOf(c.env)
  const projectId = projectIdSchema.safeParse(RADIST_DEMO_PROJECT_ID)
  if (RADIST_ENVIRONMENT !== 'development' || !projectId.success) throw new ApiError('not_found')
  const origin = c.req.header('origin')
  if (origin !== undefined && origin !== new URL(c.req.url).origin) throw new ApiError('not_found')
  c.header('cache-control', 'no-store')
  c.set('demo', { projectId: projectId.data, credential: { kind: 'trusted' } })
  await next()
})

devPlayground.get('/', async (c) => {
  const { projectId, publicKeys } = await authorize(c.env, c.get('demo'))
  const publicKey = publicKeys[0]
  if (publicKey === undefined) throw new ApiError('not_found')
  return c.json({ publicKey, projectId })
})

devPlayground.post('/calls', async (c) => {
  const { callId, callTokens } = await createCall(c.env, c.get('demo'), createCallBodySchema.parse({}))
  return c.json({ callId, callToken: callTokens[0] })
})

devPlayground.post('/rooms', async (c) => {
  const { roomId } = await createRoom(c.env, c.get('demo'), createRoomBodySchema.parse({}))
  return c.json({ roomId })
})

devPlayground.post('/rooms/:roomId/token', async (c) => {
  const roomId = roomIdSchema.safeParse(c.req.param('roomId'))
  if (!roomId.success) throw new ApiError('room_not_found')
  const body = mintRoomTokenBodySchema.parse(await jsonBody(c, mintBodySchema))
  return c.json(await mintRoomToken(c.env, c.get('demo').projectId, roomId.data, body))
})
