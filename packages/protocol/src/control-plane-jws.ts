/**
 * What the control plane signs (EdDSA, compact JWS): room tokens for participants and room
 * assignments for hosts. Verifiers find the key by `kid` in `/.well-known/jwks.json`, so keys rotate
 * without a restart of any host.
 */
import {
  base64url,
  type CryptoKey,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type FlattenedJWSInput,
  type JWTHeaderParameters,
  SignJWT,
} from 'jose'
import { z } from 'zod'
import { hostIdSchema, newJti, projectIdSchema, roomIdSchema } from './ids.ts'
import { identitySchema, permissionsSchema } from './rest.ts'

export const JWKS_PATH = '/.well-known/jwks.json'
const ISSUER = 'radist'
const ALGORITHM = 'EdDSA'

/** A private key of the control plane; the first one configured signs, all of them are published. */
export interface SigningKey {
  kid: string
  privateKey: CryptoKey
}

export const roomTokenClaimsSchema = z.object({
  /** The token's id: the Room object consumes it once. */
  jti: z.string(),
  /** Seconds since 1970. */
  exp: z.int(),
  projectId: projectIdSchema,
  roomId: roomIdSchema,
  /** The room's host when the token was made; `signalingUrl` is that host's. */
  hostId: hostIdSchema,
  signalingUrl: z.url(),
  identity: identitySchema.optional(),
  permissions: permissionsSchema,
})
export type RoomTokenClaims = z.infer<typeof roomTokenClaimsSchema>

export const assignmentClaimsSchema = z.object({
  jti: z.string(),
  /** Seconds since 1970: until when a host may take the assignment (not how long the room lives). */
  exp: z.int(),
  /** The host that it is for. */
  aud: hostIdSchema,
  projectId: projectIdSchema,
  roomId: roomIdSchema,
  /** Rises by one each time that the room is assigned; a host drops a room whose epoch is overtaken. */
  epoch: z.int().positive(),
  /** Public keys with which participants may connect. */
  publicKeys: z.array(z.string()).min(1),
  maxParticipants: z.int().positive(),
  /** How long a participant's place is kept after its socket dropped, in seconds. */
  graceSeconds: z.int().positive(),
})
export type AssignmentClaims = z.infer<typeof assignmentClaimsSchema>

const ROOM_TOKEN_PREFIX = 'ct_'
const ROOM_TOKEN_TYPE = 'radist-room-token+jwt'
const ASSIGNMENT_TYPE = 'radist-assignment+jwt'
/** Time for an assignment to reach its host, clocks' difference included. */
const ASSIGNMENT_LIFETIME_SECONDS = 60
const CLOCK_TOLERANCE_SECONDS = 5

/** A room token: `ct_` and a compact JWS. `jti` is given when a token moves to another host with its room. */
export async function signRoomToken(
  key: SigningKey,
  claims: Omit<RoomTokenClaims, 'jti'> & { jti?: string },
): Promise<{ token: string; jti: string }> {
  const { jti = newJti(), exp, ...rest } = claims
  const jws = await new SignJWT(rest)
    .setProtectedHeader({ alg: ALGORITHM, kid: key.kid, typ: ROOM_TOKEN_TYPE })
    .setIssuer(ISSUER)
    .setJti(jti)
    .setExpirationTime(exp)
    .sign(key.privateKey)
  return { token: ROOM_TOKEN_PREFIX + jws, jti }
}

/** Finds the public key by a header's `kid`, as jose's key sets do. */
export type FindKey = (header: JWTHeaderParameters, token: FlattenedJWSInput) => Promise<CryptoKey>
/** Whether this is the key's Ed25519 signature (RFC 8032) of the data. */
export type CheckSignature = (
  key: CryptoKey,
  signature: Uint8Array<ArrayBuffer>,
  data: Uint8Array,
) => boolean | Promise<boolean>

const webCrypto: CheckSignature = (key, signature, data) =>
  crypto.subtle.verify('Ed25519', key, signature, new Uint8Array(data))

export type VerifiedRoomToken =
  | { ok: true; claims: RoomTokenClaims }
  | { ok: false; reason: 'invalid' | 'expired' }

/** Checks signature, issuer, type and expiry. Rejects (throws) only when the keys themselves cannot be had. */
export async function verifyRoomToken(
  token: string,
  keys: FindKey,
  now: Date,
  checkSignature: CheckSignature = webCrypto,
): Promise<VerifiedRoomToken> {
  if (!token.startsWith(ROOM_TOKEN_PREFIX)) return { ok: false, reason: 'invalid' }
  const jws = token.slice(ROOM_TOKEN_PREFIX.length)
  const verified = await verify(jws, keys, { typ: ROOM_TOKEN_TYPE, now, checkSignature })
  if (!verified.ok) return verified
  const claims = roomTokenClaimsSchema.safeParse(verified.payload)
  return claims.success ? { ok: true, claims: claims.data } : { ok: false, reason: 'invalid' }
}

/** An assignment of a room to one host; good for 60 s. */
export async function signAssignment(
  key: SigningKey,
  claims: Omit<AssignmentClaims, 'jti' | 'exp'>,
  now: Date,
): Promise<string> {
  const { aud, ...rest } = claims
  return new SignJWT(rest)
    .setProtectedHeader({ alg: ALGORITHM, kid: key.kid, typ: ASSIGNMENT_TYPE })
    .setIssuer(ISSUER)
    .setAudience(aud)
    .setJti(newJti())
    .setExpirationTime(Math.floor(now.getTime() / 1000) + ASSIGNMENT_LIFETIME_SECONDS)
    .sign(key.privateKey)
}

export type VerifiedAssignment =
  | { ok: true; claims: AssignmentClaims }
  | { ok: false; reason: 'invalid' | 'expired' }

/** Checks signature, issuer, type, expiry and that it is for `hostId`. */
export async function verifyAssignment(
  jws: string,
  keys: FindKey,
  hostId: string,
  now: Date,
): Promise<VerifiedAssignment> {
  const verified = await verify(jws, keys, { typ: ASSIGNMENT_TYPE, now, checkSignature: webCrypto })
  if (!verified.ok) return verified
  const claims = assignmentClaimsSchema.safeParse(verified.payload)
  const isOurs = claims.success && claims.data.aud === hostId
  return isOurs ? { ok: true, claims: claims.data } : { ok: false, reason: 'invalid' }
}

/** Nothing else may be in the header: an extension (`crit`) would have to be understood. */
const headerSchema = z.strictObject({ alg: z.literal(ALGORITHM), kid: z.string(), typ: z.string() })
const payloadSchema = z.looseObject({ iss: z.literal(ISSUER), exp: z.int() })

/** A compact JWS (RFC 7515, 5.2), of which one algorithm, one issuer and one type are taken. */
async function verify(
  jws: string,
  keys: FindKey,
  { typ, now, checkSignature }: { typ: string; now: Date; checkSignature: CheckSignature },
) {
  const read = readJws(jws)
  if (read?.header.typ !== typ) return invalid
  const key = await keyFor(read.header, read.encoded, keys)
  if (key === null || !(await checkSignature(key, read.signature, read.signed))) return invalid
  const earliest = Math.floor(now.getTime() / 1000) - CLOCK_TOLERANCE_SECONDS
  if (read.payload.exp <= earliest) return { ok: false, reason: 'expired' } as const
  return { ok: true, payload: read.payload } as const
}

const invalid = { ok: false, reason: 'invalid' } as const

/** What a JWS says, not verified; null when it cannot be one of ours. */
function readJws(jws: string) {
  try {
    const header = headerSchema.safeParse(decodeProtectedHeader(jws))
    // Takes three parts and no more.
    const payload = payloadSchema.safeParse(decodeJwt(jws))
    const [protectedPart = '', payloadPart = '', signature = ''] = jws.split('.')
    if (!header.success || !payload.success) return null
    return {
      header: header.data,
      payload: payload.data,
      encoded: { protected: protectedPart, payload: payloadPart, signature },
      signature: new Uint8Array(base64url.decode(signature)),
      signed: new TextEncoder().encode(`${protectedPart}.${payloadPart}`),
    }
  } catch {
    return null
  }
}

/** Null: there is no such key. Rejects when the key set cannot be had, which says nothing about the token. */
async function keyFor(
  header: JWTHeaderParameters,
  encoded: FlattenedJWSInput,
  keys: FindKey,
): Promise<CryptoKey | null> {
  try {
    return await keys(header, encoded)
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JOSENotSupported) return null
    throw error
  }
}
