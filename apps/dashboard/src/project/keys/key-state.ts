/** What keys are good for now, as the lists show it. */
import type { keysAnswerSchema } from '@radist-tech/protocol/dashboard'
import type { z } from 'zod'

export type SecretKeySummary = z.infer<typeof keysAnswerSchema>['secretKeys'][number]
export type PublicKeySummary = z.infer<typeof keysAnswerSchema>['publicKeys'][number]

/** `ending`: good until `expiresAt`, since another has taken its place. */
export type PublicKeyState = 'good' | 'ending' | 'expired' | 'revoked'

/** @param now milliseconds since 1970 */
export function publicKeyState({ expiresAt, revokedAt }: PublicKeySummary, now: number): PublicKeyState {
  if (revokedAt !== null) return 'revoked'
  if (expiresAt === null) return 'good'
  return Date.parse(expiresAt) > now ? 'ending' : 'expired'
}

/** Those in use first, the newest first within each. */
export const inUseFirst = <K extends { createdAt: string; revokedAt: string | null }>(
  keys: readonly K[],
): K[] =>
  keys.toSorted(
    (a, b) =>
      Number(a.revokedAt !== null) - Number(b.revokedAt !== null) ||
      Date.parse(b.createdAt) - Date.parse(a.createdAt),
  )

/** How long keys that are rolled stay good, in seconds; the middle one unless told. */
export const overlaps = [
  { value: '0', label: 'Not at all: old keys stop at once' },
  { value: '3600', label: '1 hour' },
  { value: '86400', label: '1 day' },
  { value: '604800', label: '7 days' },
  { value: '2592000', label: '30 days' },
] as const
export type Overlap = (typeof overlaps)[number]['value']
