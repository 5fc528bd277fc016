/** An act that is wanted often and done rarely: some time after it was first wanted, one at a time. */
export class Coalesced {
  readonly #waitMs: number
  readonly #act: () => Promise<void> | void
  #isWanted = false
  #isRunning = false

  constructor(waitMs: number, act: () => Promise<void> | void) {
    this.#waitMs = waitMs
    this.#act = act
  }

  want(): void {
    this.#isWanted = true
    if (!this.#isRunning) void this.#run()
  }

  /** What is wanted meanwhile is done after another wait. */
  async #run(): Promise<void> {
    this.#isRunning = true
    while (this.#isWanted) {
      await scheduler.wait(this.#waitMs)
      this.#isWanted = false
      try {
        await this.#act()
      } catch (error) {
        console.error(JSON.stringify({ message: 'live frame failed', error: String(error) }))
      }
    }
    this.#isRunning = false
  }
}
