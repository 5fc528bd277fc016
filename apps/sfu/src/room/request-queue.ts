/** One participant's requests, answered one after the other in the order in which they came. */
import type { Limits } from '../limits.ts'

export class RequestQueue {
  readonly #maxWaiting: number
  readonly #maxWaitingBytes: number
  #tail: Promise<void> = Promise.resolve()
  #waiting = 0
  #waitingBytes = 0

  /** @param limits what may wait. Joining a large room takes hundreds of requests at once */
  constructor({ pendingRequests, pendingBytes }: Pick<Limits, 'pendingRequests' | 'pendingBytes'>) {
    this.#maxWaiting = pendingRequests
    this.#maxWaitingBytes = pendingBytes
  }

  /**
   * Adds a task behind those that wait; false when too much waits already.
   * @param task must not reject
   */
  add(task: () => Promise<void>, bytes: number): boolean {
    if (this.#waiting >= this.#maxWaiting || this.#waitingBytes + bytes > this.#maxWaitingBytes) return false
    this.#waiting += 1
    this.#waitingBytes += bytes
    this.#tail = this.#tail.then(task).finally(() => {
      this.#waiting -= 1
      this.#waitingBytes -= bytes
    })
    return true
  }
}
