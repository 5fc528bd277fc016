/** What one participant makes a media worker do, and is expected to make it do. */
import { type Demand, demandOf, NO_DEMAND } from '../domain/worker-choice.ts'

/** Where a worker counts the shares of it. */
export interface CountedWorker {
  /** Of participants. */
  consumers: number
  /** Of all participants whose media is there. */
  readonly demand: Demand
  /** Of those who came last, in the order in which they came. */
  readonly expecting: Set<WorkerShare>
}

/**
 * How long a participant that was put on a worker is expected to open the consumers that it may. Until
 * then they count as if they were there; otherwise a crowd that comes at once would all find an idle worker.
 */
const EXPECTED_FOR_MS = 10_000

export class WorkerShare {
  readonly expectedUntil: number
  readonly #worker: CountedWorker
  readonly #mayReceive: boolean
  #expected: number
  #consumers = 0
  /** As it is counted on the worker. */
  #demand: Demand = NO_DEMAND
  #ended = false

  /**
   * @param expected consumers that it will probably open soon; null of one that may receive nothing
   * @param now on the monotonic clock, in ms
   */
  constructor(worker: CountedWorker, expected: number | null, now: number) {
    this.#worker = worker
    this.expectedUntil = now + EXPECTED_FOR_MS
    this.#mayReceive = expected !== null
    this.#expected = expected ?? 0
    worker.expecting.add(this)
    this.#recount()
  }

  /** It has had its time to open what was expected. */
  expectNoMore(): void {
    this.#worker.expecting.delete(this)
    this.#expected = 0
    this.#recount()
  }

  /** Counts a consumer, until the function that it answers with is called. */
  addConsumer(): () => void {
    this.#count(1)
    return () => this.#count(-1)
  }

  /** The participant has left the worker. */
  end(): void {
    this.#ended = true
    this.expectNoMore()
  }

  #count(change: 1 | -1): void {
    this.#consumers += change
    this.#worker.consumers += change
    this.#recount()
  }

  #recount(): void {
    const before = this.#demand
    this.#demand = this.#ended
      ? NO_DEMAND
      : demandOf({ mayReceive: this.#mayReceive, expected: this.#expected, consumers: this.#consumers })
    this.#worker.demand.awaited += this.#demand.awaited - before.awaited
    this.#worker.demand.idle += this.#demand.idle - before.idle
  }
}
