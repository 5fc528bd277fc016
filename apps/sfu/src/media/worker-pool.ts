/** The host's media workers, one per core; each that dies or hangs is replaced on its own port. */
import type { Clock } from '../clock.ts'
import { type BackOff, waitAfter } from '../domain/back-off.ts'
import { chooseWorker } from '../domain/worker-choice.ts'
import { describeError, type Logger } from '../logger.ts'
import { RequestRefused } from '../room/request-refused.ts'
import { MEASURE_INTERVAL_MS, MediaWorker, type MediaWorkerOptions } from './media-worker.ts'

const RESTART_BACK_OFF: BackOff = { firstMs: 200, maxMs: 10_000 }
/** One that dies sooner than this after its start is replaced with a growing pause: it may die of what it carries. */
const STABLE_AFTER_MS = 10_000
/** How long a request waits for a worker to run again: a new one takes some tenths of a second. */
const WAIT_FOR_WORKER_MS = 5000

export interface WorkerPoolOptions extends Omit<MediaWorkerOptions, 'port'> {
  firstPort: number
  workers: number
  /** How long rooms wait for a worker when all have died. */
  withoutWorkerMs: number
  /** A worker that owes an answer for so long hangs. */
  hungAfterMs: number
}

export interface WorkerPoolServices {
  clock: Clock
  log: Logger
  /** No worker has run for `withoutWorkerMs`. */
  onNoWorker: () => void
  /** A worker that hangs is being killed. */
  onHung: () => void
}

export class WorkerPool {
  readonly #options: WorkerPoolOptions
  readonly #services: WorkerPoolServices
  /** By index; undefined while a dead one is being replaced. */
  readonly #workers: (MediaWorker | undefined)[] = []
  readonly #restarts = new Set<NodeJS.Timeout>()
  #measuring: NodeJS.Timeout | undefined
  #givingUp: NodeJS.Timeout | undefined
  /** Settled when a worker runs again, for those who wait. */
  #oneRuns = Promise.withResolvers<void>()
  #closed = false

  private constructor(options: WorkerPoolOptions, services: WorkerPoolServices) {
    this.#options = options
    this.#services = services
  }

  /** Starts all workers. @throws when one of them cannot be started; the others are closed then */
  static async start(options: WorkerPoolOptions, services: WorkerPoolServices): Promise<WorkerPool> {
    const pool = new WorkerPool(options, services)
    try {
      for (let index = 0; index < options.workers; index++) await pool.#startWorker(index, 0)
    } catch (error) {
      pool.close()
      throw error
    }
    pool.#measuring = setInterval(() => pool.#measure(), MEASURE_INTERVAL_MS)
    return pool
  }

  get running(): readonly MediaWorker[] {
    return this.#workers.filter((worker) => worker !== undefined)
  }

  /** By index; undefined while a dead one is being replaced. */
  get slots(): readonly (MediaWorker | undefined)[] {
    return this.#workers
  }

  /** Mean share of a core that the workers use: 0 to 1. */
  get meanCpu(): number {
    const { running } = this
    return running.length === 0 ? 0 : running.reduce((sum, worker) => sum + worker.cpu, 0) / running.length
  }

  /** The worker for a participant of a room, or null when none has room. */
  choose(hasRoom: (worker: MediaWorker) => boolean): MediaWorker | null {
    const now = this.#services.clock.monotonic()
    const loads = this.running.map((worker) => ({ worker, ...worker.loadAt(now, hasRoom(worker)) }))
    return chooseWorker(loads, this.#options.limits)?.worker ?? null
  }

  /** Waits for a worker when all have died. @throws {RequestRefused} when none runs within 5 s */
  async untilOneRuns(): Promise<void> {
    if (this.running.length > 0) return
    const timeout = Promise.withResolvers<never>()
    const timer = setTimeout(
      () => timeout.reject(new RequestRefused('rejected-by-media', 'No media worker runs.')),
      WAIT_FOR_WORKER_MS,
    )
    await Promise.race([this.#oneRuns.promise, timeout.promise]).finally(() => clearTimeout(timer))
  }

  close(): void {
    this.#closed = true
    clearInterval(this.#measuring)
    clearTimeout(this.#givingUp)
    for (const timer of this.#restarts) clearTimeout(timer)
    for (const worker of this.running) worker.close()
    this.#workers.length = 0
  }

  /** @param attempt how many times in a row it had to be started again */
  async #startWorker(index: number, attempt: number): Promise<void> {
    const worker = await MediaWorker.start({ ...this.#options, port: this.#options.firstPort + index })
    if (this.#closed) return worker.close()
    const startedAt = this.#services.clock.monotonic()
    this.#workers[index] = worker
    worker.onDied(() => {
      this.#services.log.error({ worker: index, pid: worker.pid }, 'a media worker died')
      this.#workers[index] = undefined
      if (this.running.length === 0) this.#noneRuns()
      const wasStable = this.#services.clock.monotonic() - startedAt > STABLE_AFTER_MS
      this.#replace(index, wasStable ? 0 : attempt)
    })
    clearTimeout(this.#givingUp)
    this.#oneRuns.resolve()
  }

  #noneRuns(): void {
    this.#oneRuns = Promise.withResolvers<void>()
    this.#givingUp = setTimeout(this.#services.onNoWorker, this.#options.withoutWorkerMs)
  }

  #replace(index: number, failures: number): void {
    if (this.#closed) return
    const { log } = this.#services
    const wait = failures === 0 ? 0 : waitAfter(failures, RESTART_BACK_OFF, Math.random())
    const timer = setTimeout(() => {
      this.#restarts.delete(timer)
      this.#startWorker(index, failures + 1).then(
        () => log.info({ worker: index }, 'the media worker is replaced'),
        (error: unknown) => {
          log.error({ worker: index, reason: describeError(error) }, 'the media worker cannot be started')
          this.#replace(index, failures + 1)
        },
      )
    }, wait)
    this.#restarts.add(timer)
  }

  #measure(): void {
    for (const worker of this.running) {
      worker.measureCpu().catch((error: unknown) => {
        if (!worker.closed)
          this.#services.log.warn({ pid: worker.pid, reason: describeError(error) }, 'no load from worker')
      })
      if (worker.owedMs >= this.#options.hungAfterMs) this.#killHung(worker)
    }
  }

  /** Its rooms are made anew when it has died: as it is, their media would stand still for ever. */
  #killHung(worker: MediaWorker): void {
    const { pid, owedMs } = worker
    this.#services.log.error({ pid, owedMs }, 'a media worker does not answer any more, and is killed')
    this.#services.onHung()
    worker.kill()
  }
}
