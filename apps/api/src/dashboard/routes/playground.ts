/** Calls and rooms that members make in the playground: without a key, in their project's name. */
import {
  callIdSchema,
  createCallBodySchema,
  createRoomBodySchema,
  mintCallTokenBodySchema,
  mintRoomTokenBodySchema,
  roomIdSchema,
} from '@radist-tech/protocol'
import { ApiError } from '../../api-error.ts'
import { authorizeMaking } from '../../backend.ts'
import { createCall, mintCallToken } from '../../call-access.ts'
import { jsonBody } from '../../json-body.ts'
import { createRoom, mintRoomToken } from '../../room-access.ts'
import { audit } from '../audit.ts'
import { ownBackend } from '../own-backend.ts'
import type { DashboardRoutes } from '../router.ts'

export function playgroundRoutes(routes: DashboardRoutes): void {
  routes.project('post', '/playground/calls', 'media:control', async (c, { actor, project }) => {
    const call = await createCall(c.env, ownBackend(project), await jsonBody(c, createCallBodySchema))
    const { projectId } = project
    await audit(c.env, actor, { action: 'call.created', target: call.callId, projectId })
    return c.json(call)
  })

  routes.project('post', '/playground/rooms', 'media:control', async (c, { actor, project }) => {
    const room = await createRoom(c.env, ownBackend(project), await jsonBody(c, createRoomBodySchema))
    const { projectId } = project
    await audit(c.env, actor, { action: 'room.created', target: room.roomId, projectId })
    return c.json(room)
  })

  routes.project(
    'post',
    '/playground/calls/:callId/token',
    'media:control',
    async (c, { actor, project }) => {
      const { tokenTtlSeconds } = await jsonBody(c, mintCallTokenBodySchema)
      const callId = callIdSchema.safeParse(c.req.param('callId')?.toLowerCase())
      if (!callId.success) throw new ApiError('call_not_found')
      const minted = await mintCallToken(
        c.env,
        ownBackend(project),
        callId.data,
        tokenTtlSeconds * 1000,
        null,
      )
      const { projectId } = project
      await audit(c.env, actor, { action: 'call.token_minted', target: callId.data, projectId })
      return c.json(minted)
    },
  )

  routes.project(
    'post',
    '/playground/rooms/:roomId/token',
    'media:control',
    async (c, { actor, project }) => {
      const body = await jsonBody(c, mintRoomTokenBodySchema)
      const roomId = roomIdSchema.safeParse(c.req.param('roomId')?.toLowerCase())
      if (!roomId.success) throw new ApiError('room_not_found')
      const { projectId } = await authorizeMaking(c.env, ownBackend(project))
      const minted = await mintRoomToken(c.env, project.projectId, roomId.data, body)
      await audit(c.env, actor, { action: 'room.token_minted', target: roomId.data, projectId })
      return c.json(minted)
    },
  )
}
