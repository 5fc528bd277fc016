/**
 * Signed requests between the control plane and SFU hosts, both ways.
 *
 * A request carries a short-lived JWS (EdDSA) in the `Radist-Signature` header, bound to the method,
 * the path with its query, and the SHA-256 of the body. The receiver remembers `jti` until `exp`
 * and refuses a second one.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { base64url, type CryptoKey, decodeJwt, errors, jwtVerify, SignJWT } from 'jose'
import { z } from 'zod'
import { hostIdSchema, newJti } from './ids.ts'

export const SIGNATURE_HEADER = 'radist-signature'
/** Who the control plane is, as issuer and as audience. */
export const CONTROL_PLANE = 'radist-control-plane'

const TYPE = 'radist-request+jwt'
const LIFETIME_SECONDS = 60
const CLOCK_TOLERANCE_SECONDS = 30

export interface RequestParts {
  method: string
  /** Path with query, e.g. `/api/v1/sfu/usage`. */
  path: string
  body: Uint8Array
}

export const requestSignatureClaimsSchema = z.object({
  iss: z.union([hostIdSchema, z.literal(CONTROL_PLANE)]),
  aud: z.union([hostIdSchema, z.literal(CONTROL_PLANE)]),
  jti: z.string().min(16).max(64),
  iat: z.int(),
  exp: z.int(),
  method: z.string(),
  path: z.string(),
  /** SHA-256 of the body, base64url. */
  bodyHash: z.string(),
  /** The host's region, by which the control plane finds the Fleet object that knows the host. */
  region: z.string().optional(),
})
export type RequestSignatureClaims = z.infer<typeof requestSignatureClaimsSchema>

export interface RequestSigner {
  issuer: string
  privateKey: CryptoKey
  /** The control plane's key id; hosts have one key and need none. */
  kid?: string
  region?: string
}

export async function signRequest(
  signer: RequestSigner,
  audience: string,
  request: RequestParts,
  now: Date,
): Promise<string> {
  const issuedAt = Math.floor(now.getTime() / 1000)
  return new SignJWT({
    method: request.method,
    path: request.path,
    bodyHash: hashBody(request.body),
    ...(signer.region === undefined ? {} : { region: signer.region }),
  })
    .setProtectedHeader({ alg: 'EdDSA', typ: TYPE, ...(signer.kid === undefined ? {} : { kid: signer.kid }) })
    .setIssuer(signer.issuer)
    .setAudience(audience)
    .setJti(newJti())
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + LIFETIME_SECONDS)
    .sign(signer.privateKey)
}

/** Issuer and region as claimed, not verified: only to find the key to verify with. */
export function readUnverifiedIssuer(jws: string): { issuer: string; region: string | undefined } | null {
  try {
    const claims = requestSignatureClaimsSchema.parse(decodeJwt(jws))
    return { issuer: claims.iss, region: claims.region }
  } catch {
    return null
  }
}

/**
 * The claims of a signature that is right for this request, or null. The caller still has to refuse
 * a `jti` that it has seen.
 */
export async function verifyRequest(
  jws: string,
  key: Parameters<typeof jwtVerify>[1],
  expected: { issuer: string; audience: string },
  request: RequestParts,
  now: Date,
): Promise<RequestSignatureClaims | null> {
  try {
    const { payload } = await jwtVerify(jws, key, {
      ...expected,
      typ: TYPE,
      algorithms: ['EdDSA'],
      currentDate: now,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      maxTokenAge: LIFETIME_SECONDS,
    })
    const claims = requestSignatureClaimsSchema.parse(payload)
    if (claims.exp - claims.iat > LIFETIME_SECONDS) return null
    const bound =
      claims.method === request.method &&
      claims.path === request.path &&
      claims.bodyHash === hashBody(request.body)
    return bound ? claims : null
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof z.ZodError) return null
    throw error
  }
}

const hashBody = (body: Uint8Array): string => base64url.encode(sha256(body))
