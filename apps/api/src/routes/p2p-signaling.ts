/** `/api/v1/p2p/signaling/ws`: hands a peer's WebSocket to its Call object, which the token names. */
import type { ApiErrorCode } from '@radist-tech/protocol'
import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { ApiError, isApiErrorCode, refuseSocket } from '../api-error.ts'
import { readSignalingQuery } from '../domain/signaling-query.ts'
import type { Env } from '../env.ts'
import { isBeyondLimit } from '../failed-attempts.ts'

export const p2pSignaling = new Hono<{ Bindings: Env }>()

const refusalSchema = z.object({ code: z.string() })

p2pSignaling.get('/ws', async (c) => {
  if (c.req.header('upgrade')?.toLowerCase() !== 'websocket') throw new ApiError('upgrade_required')
  const result = readSignalingQuery(new URL(c.req.url).searchParams)
  if (!result.ok) return refused(c, result.code)
  const answer = await c.env.CALL.getByName(result.query.callId).fetch(c.req.raw)
  if (answer.webSocket) return answer
  const { code } = refusalSchema.parse(await answer.json())
  return refused(c, isApiErrorCode(code) ? code : 'internal')
})

const refused = async (c: Context<{ Bindings: Env }>, code: ApiErrorCode): Promise<Response> =>
  refuseSocket((await isBeyondLimit(c, code, 'public')) ? 'too_many_requests' : code)
