/** One mediasoup worker, with the UDP and TCP port that all its rooms share. */
import { createWorker, type types } from 'mediasoup'
import { owedAfter } from '../domain/owed-answer.ts'
import {
  type Demand,
  NO_DEMAND,
  takesConsumer,
  type WorkerLimits,
  type WorkerLoad,
} from '../domain/worker-choice.ts'
import { roomCodecs } from './codecs.ts'
import type { CountedWorker, WorkerShare } from './worker-share.ts'

/** How often a worker is to be measured. */
export const MEASURE_INTERVAL_MS = 2000

export interface MediaWorkerOptions {
  listenIp: string
  announcedAddress: string | undefined
  /** UDP and TCP. */
  port: number
  workerBin: string | undefined
  limits: WorkerLimits
  /** Told of each worker as it starts, to watch what comes to be on it. */
  watch(worker: types.Worker): void
}

export class MediaWorker implements CountedWorker {
  readonly #worker: types.Worker
  readonly #server: types.WebRtcServer
  /** CPU time in ms, and when it was read. */
  #usage = { cpuMs: 0, at: performance.now() }
  #cpu = 0
  /** For how long the measurement under way has waited for its answer, in ms; null: none is. */
  #owedMs: number | null = null
  #lookedAt = performance.now()
  #closed = false
  readonly #limits: WorkerLimits
  /** Rooms with a router here. */
  rooms = 0
  consumers = 0
  readonly demand: Demand = { ...NO_DEMAND }
  readonly expecting = new Set<WorkerShare>()

  private constructor(worker: types.Worker, server: types.WebRtcServer, limits: WorkerLimits) {
    this.#worker = worker
    this.#server = server
    this.#limits = limits
  }

  /** @throws when the binary does not run or the port is taken */
  static async start(options: MediaWorkerOptions): Promise<MediaWorker> {
    const { listenIp: ip, announcedAddress, port, workerBin, limits } = options
    const worker = await createWorker({
      logLevel: 'error',
      ...(workerBin === undefined ? {} : { workerBin }),
    })
    options.watch(worker)
    try {
      const address = { ip, port, ...(announcedAddress === undefined ? {} : { announcedAddress }) }
      const server = await worker.createWebRtcServer({
        listenInfos: [
          { protocol: 'udp', ...address },
          { protocol: 'tcp', ...address },
        ],
      })
      return new MediaWorker(worker, server, limits)
    } catch (error) {
      worker.close()
      throw new Error(`media port ${port} cannot be listened on`, { cause: error })
    }
  }

  get pid(): number {
    return this.#worker.pid
  }

  get webRtcServer(): types.WebRtcServer {
    return this.#server
  }

  /** Share of one core that was used between the last two measurements: 0 to 1. */
  get cpu(): number {
    return this.#cpu
  }

  /** For how long it owes an answer, in ms: an overloaded one answers late, one that hangs never. */
  get owedMs(): number {
    return this.#owedMs ?? 0
  }

  get takesConsumer(): boolean {
    return takesConsumer(this, this.#limits)
  }

  get closed(): boolean {
    return this.#closed
  }

  createRouter(): Promise<types.Router> {
    return this.#worker.createRouter({ mediaCodecs: roomCodecs })
  }

  /** Calls back once when the worker's process is gone without having been asked to. */
  onDied(listener: () => void): void {
    this.#worker.once('died', () => {
      if (this.#closed) return
      this.#closed = true
      listener()
    })
  }

  /** By which it is chosen for a participant. */
  loadAt(now: number, hasRoom: boolean): WorkerLoad {
    for (const share of this.expecting) {
      if (share.expectedUntil > now) break
      share.expectNoMore()
    }
    return { consumers: this.consumers, ...this.demand, rooms: this.rooms, cpu: this.#cpu, hasRoom }
  }

  /** A worker that has not answered the last time is taken for one with no time to spare. */
  async measureCpu(): Promise<void> {
    const now = performance.now()
    const sinceLookMs = now - this.#lookedAt
    this.#lookedAt = now
    if (this.#owedMs !== null) {
      this.#owedMs = owedAfter(this.#owedMs, sinceLookMs, MEASURE_INTERVAL_MS)
      this.#cpu = 1
      return
    }
    this.#owedMs = 0
    const usage = await this.#worker.getResourceUsage()
    this.#owedMs = null
    const cpuMs = usage.ru_utime + usage.ru_stime
    const at = performance.now()
    const share = (cpuMs - this.#usage.cpuMs) / Math.max(1, at - this.#usage.at)
    this.#cpu = Math.min(1, Math.max(0, share))
    this.#usage = { cpuMs, at }
  }

  /** Ends its process, whatever that is doing: it has died then. */
  kill(): void {
    process.kill(this.pid, 'SIGKILL')
  }

  close(): void {
    this.#closed = true
    this.#worker.close()
  }
}
