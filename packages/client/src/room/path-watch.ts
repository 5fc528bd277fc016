/**
 * Notices that nothing comes through a transport's path any more. Browsers take some 15 s to call a
 * path failed; their statistics show it earlier: what is sent brings no feedback any more, or, where
 * little is sent, ICE goes on checking the path and nobody answers. Of a path that only brings, the host is asked
 * whether it still sends. Pure, but for what it remembers.
 */

/** What the browser counts of the candidate pair in use. */
export interface PathCounts {
  /** When it was counted, in ms: a busy page learns of it later. */
  at: number
  pairId: string
  packetsSent: number
  bytesReceived: number
  /** ICE checks sent, and answers that came. */
  requestsSent: number
  responsesReceived: number
  /** As measured by the last check, in ms. */
  roundTripMs: number
}

/** Longer than an answer takes on a slow path, so that a check under way is no silence. */
const ANSWER_WITHIN_MS = 1000
/** One may get lost. */
const UNANSWERED_CHECKS = 2
/** A host tells a sender each 100 ms what has come (transport-wide congestion control). Beside two round trips. */
const FEEDBACK_WITHIN_MS = 750
/** Fewer may be a track's last, or get lost themselves. Sound alone is 50 packets a second. */
const UNACKNOWLEDGED_PACKETS = 10
/** Only where feedback came for so long, its absence means something: not every browser asks for it. */
const TALKS_AFTER_MS = 2000
/** Where it comes less often than this, it is not that kind of feedback. */
const TALKS_EVERY_MS = 1000

/** How often the host is asked in one silence: it may well have nothing to send. */
const MOST_ASKED = 4

/** A look that comes later, since the page's timers are throttled, has not watched all the time since the last. */
const LONGEST_STEP_MS = 500
/** The page slept: nothing was sent, and what was under way has come to nobody. The watch begins anew. */
const ASLEEP_MS = 1500

/** How much of a pause that ended by itself is remembered at the next look: half of it after some 9 s. */
const PAUSE_KEPT = 0.98

export class PathWatch {
  readonly #sendsMedia: boolean
  /** Of the time that was watched, in ms; and when the last look was counted. */
  #watchedMs = 0
  #countedAt = 0
  /** At the last sign of life, and when it was seen, in ms. */
  #heard: PathCounts | null = null
  #heardAt = 0
  /** Since when signs of life came one soon after the other. */
  #talksSince = 0
  /** The longest pause between signs of life lately, in ms: what a busy machine or a bad network takes for no fault. */
  #pauseMs = 0
  /** When a check after the last sign of life was seen first, in ms. */
  #askedAt: number | null = null
  /** The last look before anything was sent after the last sign of life, in ms. */
  #sentAfter: number | null = null
  #silent = false
  #quiet = false
  /** What the host had sent when it was asked first in this silence; how often it was asked; whether it goes on to send. */
  #hostHadSent: number | null = null
  #askedHost = 0
  #hostSends = false

  /**
   * @param sendsMedia else feedback is no duty of the other side: it falls silent when nobody publishes or all is
   *   paused, while this side goes on to report
   */
  constructor({ sendsMedia }: { sendsMedia: boolean }) {
    this.#sendsMedia = sendsMedia
  }

  get silent(): boolean {
    return this.#silent
  }

  /** What came steadily comes no more: the host is to be asked how much it has sent, at most once for each look. */
  get asksHost(): boolean {
    return this.#quiet && this.#askedHost < MOST_ASKED
  }

  /** The host's answer: how many bytes it has sent over this path. */
  hostHasSent(bytes: number): void {
    if (!this.asksHost) return
    this.#askedHost += 1
    this.#hostHadSent ??= bytes
    this.#hostSends = bytes > this.#hostHadSent
  }

  /** Takes what is counted now; null: no path is in use yet. */
  look(counts: PathCounts | null): void {
    const heard = this.#heard
    if (!counts) {
      this.#heard = null
      this.#calm()
      return
    }
    const sinceMs = Math.max(0, counts.at - this.#countedAt)
    this.#countedAt = counts.at
    const before = this.#watchedMs
    this.#watchedMs += Math.min(LONGEST_STEP_MS, sinceMs)
    const now = this.#watchedMs
    const goesOn = counts.pairId === heard?.pairId && sinceMs <= ASLEEP_MS
    if (!heard || !goesOn || isSignOfLife(heard, counts)) {
      const pauseMs = now - this.#heardAt
      this.#pauseMs = Math.max(this.#pauseMs * PAUSE_KEPT, goesOn ? pauseMs : 0)
      if (!goesOn || pauseMs > TALKS_EVERY_MS) this.#talksSince = now
      this.#heard = counts
      this.#heardAt = now
      this.#calm()
      return
    }
    const unanswered = counts.requestsSent - heard.requestsSent
    if (unanswered > 0) this.#askedAt ??= now
    if (counts.packetsSent > heard.packetsSent) this.#sentAfter ??= before
    const hasStopped = this.#hasStopped(heard, this.#heardAt, now)
    this.#quiet = !this.#sendsMedia && hasStopped
    this.#silent =
      // It sends what has not come by this look, which is after its answer.
      this.#hostSends ||
      this.#isUnacknowledged(heard, counts, now) ||
      (unanswered >= UNANSWERED_CHECKS && now - (this.#askedAt ?? now) >= ANSWER_WITHIN_MS)
  }

  #calm(): void {
    this.#askedAt = null
    this.#sentAfter = null
    this.#silent = false
    this.#quiet = false
    this.#hostHadSent = null
    this.#askedHost = 0
    this.#hostSends = false
  }

  /** Whether what came steadily has not come since then, for longer than it may take. */
  #hasStopped(heard: PathCounts, since: number, now: number): boolean {
    return (
      this.#heardAt - this.#talksSince >= TALKS_AFTER_MS &&
      now - since >= Math.max(FEEDBACK_WITHIN_MS + 2 * heard.roundTripMs, 2 * this.#pauseMs)
    )
  }

  /** Whether what is sent has stopped to bring feedback. */
  #isUnacknowledged(heard: PathCounts, counts: PathCounts, now: number): boolean {
    return (
      this.#sendsMedia &&
      counts.packetsSent - heard.packetsSent >= UNACKNOWLEDGED_PACKETS &&
      this.#sentAfter !== null &&
      this.#hasStopped(heard, this.#sentAfter, now)
    )
  }
}

function isSignOfLife(before: PathCounts, now: PathCounts): boolean {
  return now.bytesReceived !== before.bytesReceived || now.responsesReceived !== before.responsesReceived
}

/** The counts of the pair in use, from a transport's statistics. */
export function pathCounts(stats: RTCStatsReport): PathCounts | null {
  for (const { type, timestamp, selectedCandidatePairId } of stats.values()) {
    if (type !== 'transport' || selectedCandidatePairId === undefined) continue
    const pair = stats.get(selectedCandidatePairId)
    if (!pair) return null
    return {
      at: timestamp,
      pairId: selectedCandidatePairId,
      packetsSent: pair.packetsSent ?? 0,
      bytesReceived: pair.bytesReceived ?? 0,
      requestsSent: pair.requestsSent ?? 0,
      responsesReceived: pair.responsesReceived ?? 0,
      roundTripMs: (pair.currentRoundTripTime ?? 0) * 1000,
    }
  }
  return null
}
