/** Waits between retries: exponential, capped, with full jitter so that a fleet does not retry in step. */

export interface BackOff {
  /** Longest first wait, in ms. */
  firstMs: number
  /** Longest wait of all, in ms. */
  maxMs: number
}

/**
 * How long to wait after the n-th failure in a row (from 1), in ms: between half and all of the
 * exponential step. `random` is from 0 to 1.
 */
export function waitAfter(failures: number, backOff: BackOff, random: number): number {
  // 2^30 is beyond any maximum; the bound keeps the power finite after days of failures.
  const step = Math.min(backOff.maxMs, backOff.firstMs * 2 ** Math.min(failures - 1, 30))
  return Math.round(step / 2 + (step / 2) * random)
}
