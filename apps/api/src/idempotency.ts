/** `Idempotency-Key` as the Worker sees it: which request a key was used for, and what it leads to each time. */
import { type ApiErrorCode, hashSecret, idempotencyKeySchema } from '@radist-tech/protocol'
import type { Context } from 'hono'
import { ApiError } from './api-error.ts'
import { authorize, type Backend } from './backend.ts'
import { bearerToken } from './bearer.ts'
import type { ConnectionKind } from './domain/connections.ts'
import type { ClaimRequest } from './domain/idempotency.ts'
import type { Env } from './env.ts'
import type { Claimed, ClaimedConnection } from './objects/project-requests.ts'

/** A creating request that may come again. */
export interface RepeatableRequest {
  keyHash: string
  /** The same for the same path, body and secret key. */
  fingerprint: string
  /** As it was presented; it is stored nowhere. */
  secretKey: string
}

/**
 * What is to be done but once, or null when the request brings no key. `body` is the parsed one, so
 * that spaces, the order of members and defaults make no difference.
 * @throws {ApiError} `invalid_secret_key` before `invalid_idempotency_key`
 */
export async function repeatableRequest(
  c: Context<{ Bindings: Env }>,
  backend: Backend,
  body: object,
): Promise<RepeatableRequest | null> {
  const header = c.req.header('idempotency-key')
  if (header === undefined) return null
  const key = idempotencyKeySchema.safeParse(header)
  if (!key.success) {
    await authorize(c.env, backend)
    throw new ApiError('invalid_idempotency_key')
  }
  const secretKey = bearerToken(c)
  // Ids in a path may be written in capitals.
  const parts = [c.req.path.toLowerCase(), body, hashSecret(secretKey)]
  return { keyHash: hashSecret(key.data), fingerprint: hashSecret(JSON.stringify(parts)), secretKey }
}

type Granted<A> = Extract<A, { ok: true }>
type Refused = { ok: false; code: ApiErrorCode }

/**
 * Opens a connection once for each key, then acts on it.
 * @throws {ApiError} as `ProjectObject.openClaimedConnection` refuses
 */
export function openOnce<T>(
  env: Env,
  { projectId, credential }: Backend,
  newConnection: () => { kind: ConnectionKind; id: string },
  repeatable: RepeatableRequest,
  act: (opened: Granted<ClaimedConnection>) => Promise<T | 'lapsed'>,
): Promise<T> {
  return actOnClaim(
    repeatable,
    (request) =>
      env.PROJECT.getByName(projectId).openClaimedConnection(projectId, credential, newConnection(), request),
    act,
  )
}

/**
 * Claims the key for a request that opens no connection, then acts on it.
 * @throws {ApiError} as `ProjectObject.claim` refuses
 */
export function claimOnce<T>(
  env: Env,
  { projectId, credential }: Backend,
  repeatable: RepeatableRequest,
  act: (claimed: Granted<Claimed>) => Promise<T | 'lapsed'>,
): Promise<T> {
  return actOnClaim(
    repeatable,
    (request) => env.PROJECT.getByName(projectId).claim(projectId, credential, request),
    act,
  )
}

/**
 * Claims the key, then acts on the claim. When nothing has come of that claim and nothing can any
 * more, it is begun anew, under the same key.
 */
export async function actOnClaim<G extends { ok: true; seed: string }, T>(
  { keyHash, fingerprint }: RepeatableRequest,
  claim: (request: ClaimRequest) => Promise<G | Refused>,
  act: (claimed: G) => Promise<T | 'lapsed'>,
): Promise<T> {
  const begin = async (lapsedSeed: string | null): Promise<G> => {
    const answer = await claim({ keyHash, fingerprint, newSeed: crypto.randomUUID(), lapsedSeed })
    if (!answer.ok) throw new ApiError(answer.code)
    return answer
  }
  const claimed = await begin(null)
  const answer = await act(claimed)
  if (answer !== 'lapsed') return answer
  const second = await act(await begin(claimed.seed))
  if (second === 'lapsed') throw new Error('A claim that was begun anew has lapsed at once')
  return second
}

/**
 * Secret bytes for one purpose, the same at each repetition (HKDF-SHA-256, RFC 5869). Neither the
 * stored seed nor the secret key alone is enough to know them.
 */
export async function deriveBytes(
  { secretKey }: RepeatableRequest,
  seed: string,
  purpose: string,
  length: number,
): Promise<Uint8Array> {
  const bytes = (text: string) => new TextEncoder().encode(text)
  const key = await crypto.subtle.importKey('raw', bytes(secretKey), 'HKDF', false, ['deriveBits'])
  const algorithm = { name: 'HKDF', hash: 'SHA-256', salt: bytes(seed), info: bytes(`radist ${purpose}`) }
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, length * 8))
}
