/** A bound on how often something happens that allows bursts: costs two numbers, whatever comes. */

export interface BucketLimits {
  /** How many may come at once. */
  capacity: number
  /** How many a second may come for ever. */
  perSecond: number
}

export interface TokenBucket {
  /** What was left at `at`; 0 to the capacity. */
  tokens: number
  /** Milliseconds since 1970. */
  at: number
}

export const fullBucket = (limits: BucketLimits, now: number): TokenBucket => ({
  tokens: limits.capacity,
  at: now,
})

/** Takes one, if there is one. A clock that went back refills nothing. */
export function takeToken(
  bucket: TokenBucket,
  limits: BucketLimits,
  now: number,
): { ok: boolean; bucket: TokenBucket } {
  const refilled = (Math.max(0, now - bucket.at) / 1000) * limits.perSecond
  const tokens = Math.min(limits.capacity, bucket.tokens + refilled)
  return tokens >= 1
    ? { ok: true, bucket: { tokens: tokens - 1, at: now } }
    : { ok: false, bucket: { tokens, at: now } }
}
