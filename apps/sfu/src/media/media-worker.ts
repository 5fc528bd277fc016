/** One mediasoup worker, with the UDP and TCP port that all its rooms share. */
import { createWorker, type types } from 'mediasoup'
import { roomCodecs } from './codecs.ts'

export interface MediaWorkerOptions {
  listenIp: string
  announcedAddress: string | undefined
  /** UDP and TCP. */
  port: number
  workerBin: string | undefined
}

export class MediaWorker {
  readonly #worker: types.Worker
  readonly #server: types.WebRtcServer
  /** CPU time in ms, and when it was read. */
  #usage = { cpuMs: 0, at: performance.now() }
  #load = 0
  #closed = false
  rooms = 0
  streams = 0

  private constructor(worker: types.Worker, server: types.WebRtcServer) {
    this.#worker = worker
    this.#server = server
  }

  /** @throws when the binary does not run or the port is taken */
  static async start(options: MediaWorkerOptions): Promise<MediaWorker> {
    const { listenIp: ip, announcedAddress, port, workerBin } = options
    const worker = await createWorker({
      logLevel: 'error',
      ...(workerBin === undefined ? {} : { workerBin }),
    })
    try {
      const address = { ip, port, ...(announcedAddress === undefined ? {} : { announcedAddress }) }
      const server = await worker.createWebRtcServer({
        listenInfos: [
          { protocol: 'udp', ...address },
          { protocol: 'tcp', ...address },
        ],
      })
      return new MediaWorker(worker, server)
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
  get load(): number {
    return this.#load
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

  async measureLoad(): Promise<void> {
    const usage = await this.#worker.getResourceUsage()
    const cpuMs = usage.ru_utime + usage.ru_stime
    const at = performance.now()
    const share = (cpuMs - this.#usage.cpuMs) / Math.max(1, at - this.#usage.at)
    this.#load = Math.min(1, Math.max(0, share))
    this.#usage = { cpuMs, at }
  }

  close(): void {
    this.#closed = true
    this.#worker.close()
  }
}
