/** `Idempotency-Key` as the Worker sees it: which request a key was used for, and what it leads to each time. */
import { hashSecret, idempotencyKeySchema } from '@radist-tech/protocol'
import type { Context } from 'hono'
import { ApiError } from './api-error.ts'
import { authorize, type Backend } from './backend.ts'
import { bearerToken } from './bearer.ts'
import type { ClaimRequest } from './domain/idempotency.ts'
import type { Env } from './env.ts'

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

export const claimRequestOf = (
  { keyHash, fingerprint }: RepeatableRequest,
  lapsedSeed: string | null,
): ClaimRequest => ({ keyHash, fingerprint, newSeed: crypto.randomUUID(), lapsedSeed })

/**
 * Claims the key, then acts on the claim. When nothing has come of that claim and nothing can any
 * more, it is begun anew, under the same key.
 */
export async function actOnClaim<C extends { seed: string }, T>(
  claim: (lapsedSeed: string | null) => Promise<C>,
  act: (claimed: C) => Promise<T | 'lapsed'>,
): Promise<T> {
  const claimed = await claim(null)
  const answer = await act(claimed)
  if (answer !== 'lapsed') return answer
  const second = await act(await claim(claimed.seed))
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
