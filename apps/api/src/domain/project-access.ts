/** Who may come to a project's calls and rooms with a public key, and which servers its peers are told of. */
import { type IceServer, iceServerSchema } from '@radist-tech/protocol'
import { z } from 'zod'
import { type AllowedOrigins, isOriginAllowed, storedOriginsSchema } from './allowed-origins.ts'

/** `expiresAt`: from when on another has taken its place, in milliseconds since 1970; null while it stays. */
const publicKeySchema = z.object({ key: z.string(), expiresAt: z.int().nullable() })
export type PublicKey = z.infer<typeof publicKeySchema>

export interface ProjectAccess {
  /** Those that were not revoked; some may have expired. */
  publicKeys: readonly PublicKey[]
  allowedOrigins: AllowedOrigins
  iceServers: readonly IceServer[]
  isArchived: boolean
}

/** As a call or room keeps it. */
export const projectAccessSchema: z.ZodType<ProjectAccess> = z.object({
  publicKeys: z.array(publicKeySchema),
  allowedOrigins: storedOriginsSchema,
  iceServers: z.array(iceServerSchema),
  isArchived: z.boolean(),
})

/** Of calls and rooms that nobody can come to. */
export const NO_ACCESS: ProjectAccess = {
  publicKeys: [],
  allowedOrigins: [],
  iceServers: [],
  isArchived: false,
}

/** Who comes with a public key; `origin` is that of the page, null for who is not a browser. */
export interface Visitor {
  key: string
  origin: string | null
}

/** A key that is being replaced is good until it expires, not at that time any more. */
export const isGoodKey = (publicKeys: readonly PublicKey[], key: string, now: number): boolean =>
  publicKeys.some((known) => known.key === key && (known.expiresAt === null || now < known.expiresAt))

/** The good ones, in the same order. */
export const goodKeys = (publicKeys: readonly PublicKey[], now: number): string[] =>
  publicKeys.map(({ key }) => key).filter((key) => isGoodKey(publicKeys, key, now))

/** The key is looked at before the page. Null: both are good. */
export function accessRefusal(
  { publicKeys, allowedOrigins }: ProjectAccess,
  { key, origin }: Visitor,
  now: number,
): 'invalid_public_key' | 'origin_not_allowed' | null {
  if (!isGoodKey(publicKeys, key, now)) return 'invalid_public_key'
  return isOriginAllowed(allowedOrigins, origin) ? null : 'origin_not_allowed'
}
