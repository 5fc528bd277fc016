/** Who of the fleet sends a request: its signature checked, its body read within a bound. */
import {
  CONTROL_PLANE,
  DEFAULT_REGION,
  type HostId,
  type HostPublicKey,
  hostIdSchema,
  readUnverifiedIssuer,
  regionSchema,
  SIGNATURE_HEADER,
  verifyRequest,
} from '@radist-tech/protocol'
import type { Context } from 'hono'
import { importJWK } from 'jose'
import type { z } from 'zod'
import { ApiError } from './api-error.ts'
import { readBytes } from './bounded-body.ts'
import type { Env } from './env.ts'
import type { FleetObject } from './objects/fleet-object.ts'
import type { RequestStamp } from './objects/taken-requests.ts'

export interface HostRequest<B> {
  hostId: HostId
  fleet: DurableObjectStub<FleetObject>
  /** To be given to the Fleet object, which takes each request once. */
  stamp: RequestStamp
  body: B
}

/** A host's key never changes, since its id is made from it: what was learned once stays true. */
const knownKeys = new Map<HostId, HostPublicKey>()
const MAX_KNOWN_KEYS = 10_000

/**
 * The host that signed this request, and its body. The request still has to be taken
 * (`FleetObject.acceptRequest`).
 * @throws {ApiError} `invalid_signature`, `host_not_found`, `body_too_large`, `invalid_body`
 */
export async function readHostRequest<S extends z.ZodType>(
  c: Context<{ Bindings: Env }>,
  schema: S,
  maxBytes: number,
): Promise<HostRequest<z.infer<S>>> {
  const signature = c.req.header(SIGNATURE_HEADER) ?? ''
  const claimed = readUnverifiedIssuer(signature)
  const hostId = hostIdSchema.safeParse(claimed?.issuer)
  const region = regionSchema.safeParse(claimed?.region ?? DEFAULT_REGION)
  if (!hostId.success || !region.success) throw new ApiError('invalid_signature')
  const bytes = await readBytes(c.req.raw, maxBytes)
  const fleet = c.env.FLEET.getByName(region.data)
  const key = await keyOf(fleet, hostId.data)
  if (!key) throw new ApiError('host_not_found')
  const stamp = await checkSignature(c, signature, hostId.data, key, bytes)
  return { hostId: hostId.data, fleet, stamp, body: parseBody(bytes, schema) }
}

/**
 * Checks that the holder of this key signed this request.
 * @throws {ApiError} `invalid_signature`
 */
export async function checkSignature(
  c: Context,
  signature: string,
  hostId: HostId,
  key: HostPublicKey,
  bytes: Uint8Array,
): Promise<RequestStamp> {
  const url = new URL(c.req.url)
  const claims = await verifyRequest(
    signature,
    await importJWK({ ...key, alg: 'EdDSA' }),
    { issuer: hostId, audience: CONTROL_PLANE },
    { method: c.req.method, path: url.pathname + url.search, body: bytes },
    new Date(),
  )
  if (!claims) throw new ApiError('invalid_signature')
  return { jti: claims.jti, exp: claims.exp }
}

/** @throws {ApiError} `invalid_body` */
export function parseBody<S extends z.ZodType>(bytes: Uint8Array, schema: S): z.infer<S> {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    throw new ApiError('invalid_body')
  }
  const result = schema.safeParse(value)
  if (!result.success) throw new ApiError('invalid_body')
  return result.data
}

async function keyOf(fleet: DurableObjectStub<FleetObject>, hostId: HostId): Promise<HostPublicKey | null> {
  const known = knownKeys.get(hostId)
  if (known) return known
  const key = await fleet.publicKeyOf(hostId)
  if (!key) return null
  if (knownKeys.size >= MAX_KNOWN_KEYS) knownKeys.clear()
  knownKeys.set(hostId, key)
  return key
}
