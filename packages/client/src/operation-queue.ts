/**
 * Runs asynchronous operations one after another, in the order they were asked for. WebRTC calls of
 * one connection go through one queue, so that no two negotiations interleave.
 */
export class OperationQueue {
  #tail: Promise<unknown> = Promise.resolve()
  #closed = false

  /**
   * Runs `operation` after all earlier ones, whether they succeeded or not. Resolves with its
   * result; with undefined, without running it, when the queue was closed in between.
   */
  run<T>(operation: () => Promise<T>): Promise<T | undefined> {
    const result = this.#tail.then(() => (this.#closed ? undefined : operation()))
    this.#tail = result.catch(() => undefined)
    return result
  }

  /** Drops the operations that have not begun; the one under way ends by itself. */
  close(): void {
    this.#closed = true
  }
}
