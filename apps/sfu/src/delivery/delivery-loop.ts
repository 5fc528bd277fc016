/** Sends what waits in an outbox, until nothing is left; after a failure again, later and later. */
import { type BackOff, waitAfter } from '../domain/back-off.ts'
import { describeError, type Logger } from '../logger.ts'

const BACK_OFF: BackOff = { firstMs: 500, maxMs: 30_000 }

export class DeliveryLoop {
  readonly #deliver: () => Promise<boolean>
  readonly #log: Logger
  #running: Promise<void> | null = null
  #awake = false
  #failures = 0
  #retry: NodeJS.Timeout | undefined
  #closed = false

  /**
   * @param deliver sends one batch; answers whether there may be more, rejects to be called again later
   */
  constructor(deliver: () => Promise<boolean>, log: Logger) {
    this.#deliver = deliver
    this.#log = log
  }

  /** Something waits. While a retry is due, it is waited for. */
  wake(): void {
    this.#awake = true
    if (this.#closed || this.#running || this.#retry) return
    this.#running = this.#run().finally(() => {
      this.#running = null
      // Woken after the last batch was read but before this ran.
      if (this.#awake) this.wake()
    })
  }

  /** Tries once more, without waiting for a retry that is due; settles when all is sent or it fails. */
  async flush(): Promise<void> {
    await this.#running
    clearTimeout(this.#retry)
    this.#retry = undefined
    this.wake()
    await this.#running
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#retry)
  }

  async #run(): Promise<void> {
    try {
      while (this.#awake && !this.#closed) {
        this.#awake = false
        this.#awake = (await this.#deliver()) || this.#awake
        if (this.#failures > 0) this.#log.info('delivery goes on')
        this.#failures = 0
      }
    } catch (error) {
      this.#awake = false
      this.#retryLater(error)
    }
  }

  #retryLater(error: unknown): void {
    if (this.#closed) return
    this.#failures += 1
    const waitMs = waitAfter(this.#failures, BACK_OFF, Math.random())
    this.#log.warn({ reason: describeError(error), waitMs }, 'delivery failed, will try again')
    this.#retry = setTimeout(() => {
      this.#retry = undefined
      this.wake()
    }, waitMs)
  }
}
