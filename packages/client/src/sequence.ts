/**
 * Tells new frames from repeated ones. After a reconnection the server sends again what came after
 * `last`; frames that arrived on both sockets are taken once.
 */
export class SequenceTracker {
  #last = 0

  /** The highest number taken; 0 before the first. */
  get last(): number {
    return this.#last
  }

  /**
   * Whether a frame of this number is to be taken. A gap is taken too: the server's buffer is
   * bounded, and what it no longer has cannot be waited for.
   */
  take(seq: number): boolean {
    if (seq <= this.#last) return false
    this.#last = seq
    return true
  }
}
