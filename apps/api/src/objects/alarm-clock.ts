/** A Durable Object's one alarm, kept at the earliest time that any of its parts asks for. */

export class AlarmClock {
  readonly #storage: DurableObjectStorage
  /** When the alarm is set for, in milliseconds since 1970; what the storage holds, without asking it. */
  #setFor: number | null = null

  /** `ready` is called once the alarm's time is known, before the object takes its first request. */
  constructor(ctx: DurableObjectState, ready: () => void = () => undefined) {
    this.#storage = ctx.storage
    ctx.blockConcurrencyWhile(async () => {
      this.#setFor = await ctx.storage.getAlarm()
      ready()
    })
  }

  /** To be called first when the alarm has rung: it is not set any more. */
  rang(): void {
    this.#setFor = null
  }

  /**
   * Like `setToEarliest`, but an alarm that is set for an earlier time is left: where times come and go
   * quickly, a ring for nothing costs less than moving the alarm each time.
   */
  setByEarliest(times: readonly (number | null)[]): void {
    const earliest = earliestOf(times)
    if (earliest !== null && (this.#setFor === null || earliest < this.#setFor)) this.setToEarliest(times)
  }

  /**
   * Sets the alarm to the earliest of these times (null: never). Called in the same turn as the change
   * that asks for it, it is stored in the same transaction.
   */
  setToEarliest(times: readonly (number | null)[]): void {
    const earliest = earliestOf(times)
    if (earliest === this.#setFor) return
    this.#setFor = earliest
    // Not awaited: the runtime holds back every answer until the write is durable.
    if (earliest === null) void this.#storage.deleteAlarm()
    else void this.#storage.setAlarm(earliest)
  }
}

const earliestOf = (times: readonly (number | null)[]): number | null =>
  times.reduce((a, b) => (a === null ? b : b === null ? a : Math.min(a, b)), null)
