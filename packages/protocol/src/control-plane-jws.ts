/**
 * What the control plane signs (EdDSA, compact JWS): room tokens for participants and room
 * assignments for hosts. Verifiers find the key by `kid` in `/.well-known/jwks.json`, so keys rotate
 * without a restart of any host.
 */
import { type CryptoKey, errors, type JWTVerifyGetKey, jwtVerify, SignJWT } from 'jose'
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

export type VerifiedRoomToken =
  | { ok: true; claims: RoomTokenClaims }
  | { ok: false; reason: 'invalid' | 'expired' }

/** Checks signature, issuer, type and expiry. Rejects (throws) only when the keys themselves cannot be had. */
export async function verifyRoomToken(
  token: string,
  keys: JWTVerifyGetKey,
  now: Date,
): Promise<VerifiedRoomToken> {
  if (!token.startsWith(ROOM_TOKEN_PREFIX)) return { ok: false, reason: 'invalid' }
  const jws = token.slice(ROOM_TOKEN_PREFIX.length)
  const verified = await verify(jws, keys, { typ: ROOM_TOKEN_TYPE, currentDate: now })
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
  keys: JWTVerifyGetKey,
  hostId: string,
  now: Date,
): Promise<VerifiedAssignment> {
  const verified = await verify(jws, keys, { typ: ASSIGNMENT_TYPE, audience: hostId, currentDate: now })
  if (!verified.ok) return verified
  const claims = assignmentClaimsSchema.safeParse(verified.payload)
  return claims.success ? { ok: true, claims: claims.data } : { ok: false, reason: 'invalid' }
}

async function verify(
  jws: string,
  keys: JWTVerifyGetKey,
  options: { typ: string; audience?: string; currentDate: Date },
) {
  try {
    const { payload } = await jwtVerify(jws, keys, {
      ...options,
      issuer: ISSUER,
      algorithms: [ALGORITHM],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
    })
    return { ok: true, payload } as const
  } catch (error) {
    if (error instanceof errors.JWTExpired) return { ok: false, reason: 'expired' } as const
    if (isForgery(error)) return { ok: false, reason: 'invalid' } as const
    throw error
  }
}

/** Errors that say something about the token; any other (the key set out of reach) says nothing about it. */
const isForgery = (error: unknown): boolean =>
  error instanceof errors.JWSInvalid ||
  error instanceof errors.JWTInvalid ||
  error instanceof errors.JWTClaimValidationFailed ||
  error instanceof errors.JWSSignatureVerificationFailed ||
  error instanceof errors.JWKSNoMatchingKey ||
  error instanceof errors.JOSEAlgNotAllowed ||
  error instanceof errors.JOSENotSupported
