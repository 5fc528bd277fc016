/** Does something when asked to, but no more often than so; whoever asks meanwhile is served by the next time. */
export class Throttle {
  readonly #everyMs: number
  readonly #action: () => void
  #timer: NodeJS.Timeout | undefined
  #asked = false

  constructor(everyMs: number, action: () => void) {
    this.#everyMs = everyMs
    this.#action = action
  }

  ask(): void {
    this.#asked = true
    if (!this.#timer) this.#run()
  }

  #run(): void {
    this.#timer = undefined
    if (!this.#asked) return
    this.#asked = false
    this.#timer = setTimeout(() => this.#run(), this.#everyMs)
    this.#action()
  }
}
