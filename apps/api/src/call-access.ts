/** How calls and their tokens come to be, for whoever may make them. */
import {
  type AccessControl,
  CALL_TOKEN_SECRET_BYTES,
  type CallId,
  type CreateCallAnswer,
  callIdSchema,
  type createCallBodySchema,
  newCallId,
  newCallToken,
} from '@radist-tech/protocol'
import type { z } from 'zod'
import { ApiError } from './api-error.ts'
import { authorizeMaking, type Backend } from './backend.ts'
import type { ProjectAccess } from './domain/project-access.ts'
import type { Env } from './env.ts'
import { claimOnce, deriveBytes, openOnce, type RepeatableRequest } from './idempotency.ts'

type CallOptions = z.infer<typeof createCallBodySchema>
type CallToken = ReturnType<typeof newCallToken>
/** A call that its project has counted and numbered, and that is now to be made. */
interface OpenedCall {
  callId: CallId
  createdAt: number
  sequence: number
  access: ProjectAccess
  defaultAccessControl: AccessControl
  hasWebhooks: boolean
}

/**
 * Makes a call with two tokens. Two object calls; the Call object writes the row for the list.
 * @throws {ApiError} `invalid_secret_key`, `project_archived`, `connection_limit_reached`, `idempotency_key_reused`
 */
export async function createCall(
  env: Env,
  backend: Backend,
  options: CallOptions,
  repeatable: RepeatableRequest | null = null,
): Promise<CreateCallAnswer> {
  if (repeatable) return createCallOnce(env, backend, options, repeatable)
  const { projectId, credential } = backend
  const callId = newCallId()
  const createdAt = Date.now()
  const connection = { kind: 'call', id: callId, createdAt } as const
  const opened = await env.PROJECT.getByName(projectId).openConnection(projectId, credential, connection)
  if (!opened.ok) throw new ApiError(opened.code)
  const { sequence, access, defaultAccessControl, hasWebhooks } = opened
  const tokens: [CallToken, CallToken] = [newCallToken(callId), newCallToken(callId)]
  const call = { callId, createdAt, sequence, access, defaultAccessControl, hasWebhooks }
  const created = await makeCall(env, backend, call, options, tokens)
  if (!created.ok) throw new ApiError(created.code)
  return answerOf(callId, tokens)
}

function createCallOnce(
  env: Env,
  backend: Backend,
  options: CallOptions,
  repeatable: RepeatableRequest,
): Promise<CreateCallAnswer> {
  return openOnce(
    env,
    backend,
    () => ({ kind: 'call', id: newCallId() }),
    repeatable,
    async ({ id, seed, createdAt, sequence, access, defaultAccessControl, hasWebhooks }) => {
      const callId = callIdSchema.parse(id)
      const tokens: [CallToken, CallToken] = [
        await derivedToken(repeatable, seed, callId, 'call token 1'),
        await derivedToken(repeatable, seed, callId, 'call token 2'),
      ]
      const call = { callId, createdAt, sequence, access, defaultAccessControl, hasWebhooks }
      const created = await makeCall(env, backend, call, options, tokens)
      return created.ok ? answerOf(callId, tokens) : 'lapsed'
    },
  )
}

/**
 * One more token for a call of the backend's project.
 * @throws {ApiError} `invalid_secret_key`, `project_archived`, `call_not_found`, `call_terminated`, `all_peers_connected`,
 * `too_many_requests`, `idempotency_key_reused`
 */
export async function mintCallToken(
  env: Env,
  backend: Backend,
  callId: CallId,
  ttlMs: number,
  repeatable: RepeatableRequest | null,
): Promise<{ callToken: string }> {
  const { projectId } = backend
  const call = env.CALL.getByName(callId)
  if (!repeatable) {
    await authorizeMaking(env, backend)
    const minted = await call.mint({ kind: 'secret-key', projectId }, ttlMs)
    if (!minted.ok) throw new ApiError(minted.code)
    return { callToken: minted.callToken }
  }
  return claimOnce(env, backend, repeatable, async ({ seed, createdAt }) => {
    const { token, secretHash } = await derivedToken(repeatable, seed, callId, 'call token')
    const minted = await call.mintClaimed(projectId, { hash: secretHash, claimedAt: createdAt, ttlMs })
    if (minted.ok) return { callToken: token }
    if (minted.code === 'claim_lapsed') return 'lapsed'
    throw new ApiError(minted.code)
  })
}

const makeCall = (
  env: Env,
  { projectId }: Backend,
  { callId, createdAt, defaultAccessControl, ...opened }: OpenedCall,
  { accessControl = defaultAccessControl, tokenTtlSeconds }: CallOptions,
  tokens: readonly CallToken[],
) => {
  const expiresAt = createdAt + tokenTtlSeconds * 1000
  return env.CALL.getByName(callId).create({
    projectId,
    callId,
    createdAt,
    accessControl,
    ...opened,
    tokens: tokens.map(({ secretHash }) => ({ hash: secretHash, expiresAt })),
  })
}

const answerOf = (callId: CallId, [host, guest]: [CallToken, CallToken]): CreateCallAnswer => ({
  callId,
  callTokens: [host.token, guest.token],
})

const derivedToken = async (
  repeatable: RepeatableRequest,
  seed: string,
  callId: CallId,
  purpose: string,
): Promise<CallToken> =>
  newCallToken(callId, await deriveBytes(repeatable, seed, purpose, CALL_TOKEN_SECRET_BYTES))
