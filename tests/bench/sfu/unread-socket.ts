/** Where packets may be sent in any number without anyone having to receive them. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Worker } from 'node:worker_threads'

export class UnreadSocket {
  readonly port: number
  readonly #thread: Worker

  private constructor(port: number, thread: Worker) {
    this.port = port
    this.#thread = thread
  }

  static async open(): Promise<UnreadSocket> {
    const thread = new Worker(new URL('processes/unread-socket.ts', import.meta.url))
    const [port]: number[] = await once(thread, 'message')
    return new UnreadSocket(port ?? 0, thread)
  }

  /** Packets that have arrived since its buffer is full (Linux: the last column of /proc/net/udp). */
  get arrived(): number {
    const port = this.port.toString(16).toUpperCase().padStart(4, '0')
    const line = readFileSync('/proc/net/udp', 'utf8')
      .split('\n')
      .find((text) => text.includes(`0100007F:${port} 00000000:0000`))
    if (line === undefined) throw new Error('the unread socket is not there')
    return Number(line.trim().split(/\s+/).at(-1))
  }

  async close(): Promise<void> {
    await this.#thread.terminate()
  }
}
