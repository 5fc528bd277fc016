/**
 * Notices that nothing comes through a transport's path any more. Browsers take some 15 s to call a
 * path failed; their statistics show it earlier: ICE goes on checking the path, and nobody answers.
 * Pure, but for what it remembers.
 */

/** What the browser counts of the candidate pair in use. */
export interface PathCounts {
  pairId: string
  bytesReceived: number
  /** ICE checks sent, and answers that came. */
  requestsSent: number
  responsesReceived: number
}

/** Longer than an answer takes on a slow path, so that a check under way is no silence. */
const ANSWER_WITHIN_MS = 1000
/** One may get lost. */
const UNANSWERED_CHECKS = 2

export class PathWatch {
  /** At the last sign of life. */
  #heard: PathCounts | null = null
  /** When a check after that was seen first, in ms. */
  #askedAt: number | null = null
  #silent = false

  get silent(): boolean {
    return this.#silent
  }

  /** Takes what is counted now; null: no path is in use yet. */
  look(counts: PathCounts | null, now: number): void {
    const heard = this.#heard
    if (!counts || !heard || isSignOfLife(heard, counts)) {
      this.#heard = counts
      this.#askedAt = null
      this.#silent = false
      return
    }
    const unanswered = counts.requestsSent - heard.requestsSent
    if (unanswered > 0) this.#askedAt ??= now
    this.#silent = unanswered >= UNANSWERED_CHECKS && now - (this.#askedAt ?? now) >= ANSWER_WITHIN_MS
  }
}

function isSignOfLife(before: PathCounts, now: PathCounts): boolean {
  return (
    now.pairId !== before.pairId ||
    now.bytesReceived !== before.bytesReceived ||
    now.responsesReceived !== before.responsesReceived
  )
}

/** The counts of the pair in use, from a transport's statistics. */
export function pathCounts(stats: RTCStatsReport): PathCounts | null {
  for (const { type, selectedCandidatePairId } of stats.values()) {
    if (type !== 'transport' || selectedCandidatePairId === undefined) continue
    const pair = stats.get(selectedCandidatePairId)
    if (!pair) return null
    return {
      pairId: selectedCandidatePairId,
      bytesReceived: pair.bytesReceived ?? 0,
      requestsSent: pair.requestsSent ?? 0,
      responsesReceived: pair.responsesReceived ?? 0,
    }
  }
  return null
}
