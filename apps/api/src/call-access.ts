/** How calls come to be, for whoever may make them. */
import {
  type CreateCallAnswer,
  type createCallBodySchema,
  newCallId,
  newCallToken,
} from '@radist-tech/protocol'
import type { z } from 'zod'
import { ApiError } from './api-error.ts'
import type { Backend } from './backend.ts'
import type { Env } from './env.ts'

/** Makes a call with two tokens. Two object calls; the Call object writes the row for the list. */
export async function createCall(
  env: Env,
  { projectId, credential }: Backend,
  { accessControl, tokenTtlSeconds }: z.infer<typeof createCallBodySchema>,
): Promise<CreateCallAnswer> {
  const callId = newCallId()
  const createdAt = Date.now()
  const opened = await env.PROJECT.getByName(projectId).openConnection(projectId, credential, {
    kind: 'call',
    id: callId,
    createdAt,
  })
  if (!opened.ok) throw new ApiError(opened.code)
  const { sequence, publicKeys, allowedOrigins } = opened
  const [host, guest] = [newCallToken(callId), newCallToken(callId)]
  const expiresAt = createdAt + tokenTtlSeconds * 1000
  const created = await env.CALL.getByName(callId).create({
    projectId,
    callId,
    sequence,
    createdAt,
    accessControl,
    publicKeys,
    allowedOrigins,
    tokens: [host, guest].map(({ secretHash }) => ({ hash: secretHash, expiresAt })),
  })
  if (!created.ok) throw new ApiError(created.code)
  return { callId, callTokens: [host.token, guest.token] }
}
