/** What one participant makes a media worker do, and is expected to make it do. */
import type { MediaWorker } from './media-worker.ts'

/**
 * How long a participant that was put on a worker is expected to open the consumers that it may. Until
 * then they count as if they were there, and one of them always does; otherwise a crowd that comes at
 * once, or before there is anything to consume, would all find an idle worker.
 */
const EXPECTED_FOR_MS = 10_000

export class WorkerShare {
  readonly worker: MediaWorker
  readonly #expected: number
  readonly #until: number
  #consumers = 0

  /**
   * @param expected consumers; 0 of one that receives nothing
   * @param now on the monotonic clock, in ms
   */
  constructor(worker: MediaWorker, expected: number, now: number) {
    this.worker = worker
    this.#expected = expected
    this.#until = now + EXPECTED_FOR_MS
    worker.shares.add(this)
  }

  awaited(now: number): number {
    const expected = now < this.#until ? this.#expected : Math.min(1, this.#expected)
    return Math.max(0, expected - this.#consumers)
  }

  /** Counts a consumer, until the function that it answers with is called. */
  addConsumer(): () => void {
    this.#count(1)
    return () => this.#count(-1)
  }

  /** The participant has left the worker. */
  end(): void {
    this.worker.shares.delete(this)
  }

  #count(change: 1 | -1): void {
    this.#consumers += change
    this.worker.consumers += change
  }
}
