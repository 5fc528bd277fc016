/**
 * One direction of a bad network path: what becomes of each datagram. Pure, but for the random
 * numbers that it is given.
 */

export interface LinkConditions {
  /** Share of datagrams that get lost: 0 to 1. */
  loss: number
  /** Time on the way, in ms. */
  delayMs: number
  /** Share of datagrams that are overtaken by later ones: 0 to 1. */
  reordered: number
  /** Bits a second that pass; what comes faster waits in a queue, and is dropped when that is full. */
  bitsPerSecond: number
}

export const perfectLink: LinkConditions = {
  loss: 0,
  delayMs: 0,
  reordered: 0,
  bitsPerSecond: Number.POSITIVE_INFINITY,
}

/** How long a datagram waits in the queue at most, in ms: that of a home router with a modest buffer. */
const MAX_QUEUE_MS = 250
/** How much later an overtaken datagram comes, in ms. */
const OVERTAKEN_MS = 30

export class Link {
  conditions: LinkConditions = perfectLink
  readonly #random: () => number
  /** When the last datagram in the queue will have been sent, in ms. */
  #freeAt = 0

  constructor(random: () => number = Math.random) {
    this.#random = random
  }

  /** When a datagram of this many bytes that is sent now arrives, in ms; null when it gets lost. */
  arrival(bytes: number, now: number): number | null {
    const { loss, delayMs, reordered, bitsPerSecond } = this.conditions
    if (this.#random() < loss) return null
    const startsAt = Math.max(now, this.#freeAt)
    if (startsAt - now > MAX_QUEUE_MS) return null
    this.#freeAt = startsAt + (bytes * 8000) / bitsPerSecond
    return this.#freeAt + delayMs + (this.#random() < reordered ? OVERTAKEN_MS : 0)
  }
}
