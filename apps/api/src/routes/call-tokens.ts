/** `/api/v1/p2p/calls`: what browsers do with the public key, from the origins that its project allows. */
import { callIdSchema, isWellFormedKey, mintCallTokenBodySchema } from '@radist-tech/protocol'
import { Hono } from 'hono'
import { ApiError } from '../api-error.ts'
import { bearerToken } from '../bearer.ts'
import type { Env } from '../env.ts'
import { jsonBody } from '../json-body.ts'
import { isPublicKeyInUse } from '../objects/public-key-registry.ts'

export const callTokens = new Hono<{ Bindings: Env }>()

callTokens.post('/:callId/token', async (c) => {
  const key = bearerToken(c)
  if (!isWellFormedKey('public', key)) throw new ApiError('invalid_public_key')
  const callId = callIdSchema.safeParse(c.req.param('callId').toLowerCase())
  if (!callId.success)
    throw new ApiError((await isPublicKeyInUse(c.env.DB, key)) ? 'call_not_found' : 'invalid_public_key')
  const { tokenTtlSeconds } = await jsonBody(c, mintCallTokenBodySchema)
  const origin = c.req.header('origin') ?? null
  const call = c.env.CALL.getByName(callId.data)
  const minted = await call.mint({ kind: 'public-key', key, origin }, tokenTtlSeconds * 1000)
  if (!minted.ok) throw new ApiError(minted.code)
  return c.json({ callToken: minted.callToken })
})
