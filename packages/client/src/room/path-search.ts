/**
 * When a new path is looked for. Each search is a new beginning for the media, and a machine or a network that is
 * overloaded looks like a path that is gone: so they come further and further apart, until none was needed for a while.
 */

/** How long a new path may take to be found before it is looked for again. */
const FIRST_PAUSE_MS = 5000
const LONGEST_PAUSE_MS = 20_000
/** After so long without a search, the next trouble is another one. */
const CALM_AFTER_MS = 60_000

export class PathSearch {
  #pauseMs = 0
  #begunAt = Number.NEGATIVE_INFINITY

  /** The path is silent, at `now` in ms: whether to look for another one now. */
  begin(now: number): boolean {
    const since = now - this.#begunAt
    if (since < this.#pauseMs) return false
    this.#pauseMs = since < CALM_AFTER_MS ? Math.min(LONGEST_PAUSE_MS, 2 * this.#pauseMs) : FIRST_PAUSE_MS
    this.#begunAt = now
    return true
  }
}
