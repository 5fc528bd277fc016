/**
 * Idempotency keys: what a project remembers of a creating request, so that a repetition gets the same
 * answer. A claim holds no answer and no token. Ids and times of what the request makes are taken from
 * it, tokens are derived from its seed and the secret key that comes with each repetition: so whatever
 * step the first attempt died at, the repetition does the same steps, and those that were done already
 * change nothing.
 */

/** How long a key is honoured, in milliseconds. */
export const CLAIM_MS = 86_400_000

/**
 * How long what was claimed may be made, in milliseconds. Of a claim that led to nothing by then,
 * nothing comes any more: it is begun anew, so that nobody gets a token that is old before it is given.
 */
export const FINISH_MS = 60_000

/** Claims that a project keeps at most, some 300 bytes each; a new key is then refused until one is over. */
export const MAX_CLAIMS = 1_000_000

export interface Claim {
  /** Of the request: path, body and secret key. */
  fingerprint: string
  /** Random; what tokens are derived from, with the secret key. */
  seed: string
  /** Milliseconds since 1970. */
  createdAt: number
  /** The call or room that was reserved, and its number in the project's list; null when none was asked for. */
  connection: { id: string; sequence: number } | null
}

export interface ClaimRequest {
  /** SHA-256 of the key. */
  keyHash: string
  fingerprint: string
  /** The claim's seed, should it be a new one. */
  newSeed: string
  /** The seed of a claim that was found to have led to nothing; null unless there was one. */
  lapsedSeed: string | null
}

export type ClaimRefusal = 'idempotency_key_reused' | 'too_many_requests'

export type ClaimJudgement =
  | { kind: 'repeats'; claim: Claim }
  /** A claim is to be put in the place of what was found. */
  | { kind: 'begins' }
  | { kind: 'refused'; code: ClaimRefusal }

/**
 * What becomes of a request with a key. `found` is what is remembered under the key, `kept` how many
 * claims there are. Of many that found the same claim lapsed, the first begins anew, the others repeat it.
 */
export function judgeClaim(
  found: Claim | null,
  request: ClaimRequest,
  kept: number,
  now: number,
): ClaimJudgement {
  if (!found || now - found.createdAt >= CLAIM_MS)
    return kept < MAX_CLAIMS || found ? { kind: 'begins' } : { kind: 'refused', code: 'too_many_requests' }
  if (found.fingerprint !== request.fingerprint) return { kind: 'refused', code: 'idempotency_key_reused' }
  return found.seed === request.lapsedSeed ? { kind: 'begins' } : { kind: 'repeats', claim: found }
}

/** Whether it is too late to make what was claimed then. */
export const hasLapsed = (claimedAt: number, now: number): boolean => now - claimedAt > FINISH_MS
