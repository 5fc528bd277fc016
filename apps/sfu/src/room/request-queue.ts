/** One participant's requests, answered one after the other in the order in which they came. */

/** What may wait, in requests and in bytes of their frames. Joining a large room takes hundreds at once. */
const MAX_WAITING = 1024
const MAX_WAITING_BYTES = 1_048_576

export class RequestQueue {
  #tail: Promise<void> = Promise.resolve()
  #waiting = 0
  #waitingBytes = 0

  /**
   * Adds a task behind those that wait; false when too much waits already.
   * @param task must not reject
   */
  add(task: () => Promise<void>, bytes: number): boolean {
    if (this.#waiting >= MAX_WAITING || this.#waitingBytes + bytes > MAX_WAITING_BYTES) return false
    this.#waiting += 1
    this.#waitingBytes += bytes
    this.#tail = this.#tail.then(task).finally(() => {
      this.#waiting -= 1
      this.#waitingBytes -= bytes
    })
    return true
  }
}
