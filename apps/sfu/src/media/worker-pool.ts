/** The host's media workers, one per core; each that dies is replaced on its own port. */
import { type BackOff, waitAfter } from '../domain/back-off.ts'
import { leastLoaded } from '../domain/worker-choice.ts'
import { describeError, type Logger } from '../logger.ts'
import { MediaWorker, type MediaWorkerOptions } from './media-worker.ts'

const MEASURE_INTERVAL_MS = 2000
const RESTART_BACK_OFF: BackOff = { firstMs: 200, maxMs: 10_000 }

export interface WorkerPoolOptions extends Omit<MediaWorkerOptions, 'port'> {
  firstPort: number
  workers: number
}

export class WorkerPool {
  readonly #options: WorkerPoolOptions
  readonly #log: Logger
  readonly #onWorkerDied: (worker: MediaWorker) => void
  /** By index; undefined while a dead one is being replaced. */
  readonly #workers: (MediaWorker | undefined)[] = []
  readonly #restarts = new Set<NodeJS.Timeout>()
  #measuring: NodeJS.Timeout | undefined
  #closed = false

  private constructor(options: WorkerPoolOptions, log: Logger, onWorkerDied: (worker: MediaWorker) => void) {
    this.#options = options
    this.#log = log
    this.#onWorkerDied = onWorkerDied
  }

  /** Starts all workers. @throws when one of them cannot be started; the others are closed then */
  static async start(
    options: WorkerPoolOptions,
    log: Logger,
    onWorkerDied: (worker: MediaWorker) => void,
  ): Promise<WorkerPool> {
    const pool = new WorkerPool(options, log, onWorkerDied)
    try {
      for (let index = 0; index < options.workers; index++) await pool.#startWorker(index)
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

  /** Mean share of a core that the workers use: 0 to 1. */
  get meanLoad(): number {
    const { running } = this
    return running.length === 0 ? 0 : running.reduce((sum, worker) => sum + worker.load, 0) / running.length
  }

  /** The worker for a new room, or null when none runs. */
  choose(): MediaWorker | null {
    return leastLoaded(this.running)
  }

  close(): void {
    this.#closed = true
    clearInterval(this.#measuring)
    for (const timer of this.#restarts) clearTimeout(timer)
    for (const worker of this.running) worker.close()
    this.#workers.length = 0
  }

  async #startWorker(index: number): Promise<void> {
    const worker = await MediaWorker.start({ ...this.#options, port: this.#options.firstPort + index })
    if (this.#closed) return worker.close()
    this.#workers[index] = worker
    worker.onDied(() => {
      this.#workers[index] = undefined
      this.#log.error({ worker: index, pid: worker.pid }, 'a media worker died, a new one takes its place')
      this.#onWorkerDied(worker)
      void this.#replace(index, 1)
    })
  }

  async #replace(index: number, attempt: number): Promise<void> {
    if (this.#closed) return
    try {
      await this.#startWorker(index)
      this.#log.info({ worker: index }, 'the media worker is replaced')
    } catch (error) {
      this.#log.error({ worker: index, reason: describeError(error) }, 'the media worker cannot be started')
      if (this.#closed) return
      const timer = setTimeout(
        () => {
          this.#restarts.delete(timer)
          void this.#replace(index, attempt + 1)
        },
        waitAfter(attempt, RESTART_BACK_OFF, Math.random()),
      )
      this.#restarts.add(timer)
    }
  }

  #measure(): void {
    for (const worker of this.running) {
      worker.measureLoad().catch((error: unknown) => {
        if (!worker.closed)
          this.#log.warn({ pid: worker.pid, reason: describeError(error) }, 'no load from worker')
      })
    }
  }
}
