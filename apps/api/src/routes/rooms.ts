/** Rooms, for a customer's backend: `/api/v1/projects/:projectId/rooms`. */
import { createRoomBodySchema, mintRoomTokenBodySchema, roomIdSchema } from '@radist-tech/protocol'
import { Hono } from 'hono'
import { ApiError } from '../api-error.ts'
import { authorize, authorizedBody, backendOf } from '../backend.ts'
import type { Env } from '../env.ts'
import { repeatableRequest } from '../idempotency.ts'
import { createRoom, mintRoomToken, mintRoomTokenOnce } from '../room-access.ts'

export const rooms = new Hono<{ Bindings: Env }>()

rooms.post('/', async (c) => {
  const backend = backendOf(c)
  const body = await authorizedBody(c, backend, createRoomBodySchema)
  const repeatable = await repeatableRequest(c, backend, body)
  return c.json(await createRoom(c.env, backend, body, repeatable))
})

rooms.post('/:roomId/token', async (c) => {
  const backend = backendOf(c)
  const body = await authorizedBody(c, backend, mintRoomTokenBodySchema)
  const repeatable = await repeatableRequest(c, backend, body)
  const roomId = roomIdSchema.safeParse(c.req.param('roomId').toLowerCase())
  if (repeatable && roomId.success)
    return c.json(await mintRoomTokenOnce(c.env, backend, roomId.data, body, repeatable))
  await authorize(c.env, backend)
  if (!roomId.success) throw new ApiError('room_not_found')
  return c.json(await mintRoomToken(c.env, backend.projectId, roomId.data, body))
})
