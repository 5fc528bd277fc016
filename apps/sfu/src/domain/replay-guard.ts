/**
 * Signed requests that were taken: each `jti` once.
 *
 * Ids are remembered until their signature has expired. What was signed before this process
 * started is refused, since an earlier process may have taken it.
 */

/** Clocks differ; a verifier that tolerates this much must remember this much longer. */
const CLOCK_TOLERANCE_SECONDS = 30

export interface SignedOnce {
  jti: string
  /** Seconds since 1970. */
  iat: number
  exp: number
}

export class ReplayGuard {
  readonly #startedAt: number
  /** `jti` → second from which it may be forgotten, in order of arrival. */
  readonly #taken = new Map<string, number>()

  /** @param startedAt start of the process, in seconds since 1970 */
  constructor(startedAt: number) {
    this.#startedAt = Math.floor(startedAt)
  }

  /** Whether this is the first time; remembers it. `now` is in seconds since 1970. */
  take(signature: SignedOnce, now: number): boolean {
    this.#forget(now)
    if (signature.iat < this.#startedAt || this.#taken.has(signature.jti)) return false
    this.#taken.set(signature.jti, signature.exp + CLOCK_TOLERANCE_SECONDS)
    return true
  }

  get remembered(): number {
    return this.#taken.size
  }

  /** Lifetimes are equal but for clock differences, so the oldest are first: few are looked at. */
  #forget(now: number): void {
    for (const [jti, until] of this.#taken) {
      if (until >= now) return
      this.#taken.delete(jti)
    }
  }
}
