/** Signaling sockets as the load generator uses them. */
import WebSocket from 'ws'
import { median } from '../../median.ts'
import type { JoinJob, OpenPairsJob, RelayJob } from './jobs.ts'

/** A candidate as browsers send them. */
const FRAME = JSON.stringify({
  type: 'candidate',
  candidate: {
    candidate:
      'candidate:842163049 1 udp 1677729535 203.0.113.7 46154 typ srflx raddr 192.168.1.20 rport 46154 generation 0 ufrag EsAw network-cost 999',
    sdpMid: '0',
    sdpMLineIndex: 0,
    usernameFragment: 'EsAw',
  },
})
const FRAME_START = '{"type":"candidate"'

/** How long a socket's bucket takes to fill again (docs/calls.md, "Limits"), and a little more, in milliseconds. */
const REST_MS = 4200

class Socket {
  readonly #socket: WebSocket
  readonly opened: Promise<void>
  /** Called for each frame; replaced as the socket is put to use. */
  onFrame: (text: string) => void = () => undefined
  onFailure: (error: Error) => void = () => undefined

  constructor(url: string) {
    this.#socket = new WebSocket(url, { perMessageDeflate: false })
    this.#socket.on('message', (data) => this.onFrame(String(data)))
    this.opened = new Promise((resolve, reject) => {
      this.onFailure = reject
      this.#socket.on('open', () => resolve())
    })
    this.#socket.on('error', (error) => this.onFailure(error))
    this.#socket.on('close', (code, reason) => this.onFailure(new Error(`closed: ${code} ${reason}`)))
  }

  send(text: string): void {
    this.#socket.send(text)
  }

  close(): void {
    this.onFailure = () => undefined
    this.#socket.close(1000)
  }

  /** Resolves when so many frames have come. */
  take(count: number): Promise<void> {
    let left = count
    return new Promise((resolve, reject) => {
      this.onFailure = reject
      this.onFrame = () => {
        left -= 1
        if (left === 0) resolve()
      }
      if (left === 0) resolve()
    })
  }
}

interface Pair {
  sockets: readonly [Socket, Socket]
  usedAt: number
}

export class SocketPairs {
  readonly #opened = new Map<string, Pair[]>()

  async open({ name, pairs, greetings }: OpenPairsJob) {
    const since = performance.now()
    const opened: Pair[] = []
    for (const [hostUrl, guestUrl] of pairs) {
      const host = new Socket(hostUrl)
      const hostReady = host.take(greetings[0])
      await host.opened
      const guest = new Socket(guestUrl)
      await Promise.all([guest.take(greetings[1]), hostReady, guest.opened])
      opened.push({ sockets: [host, guest], usedAt: -REST_MS })
    }
    this.#opened.set(name, opened)
    return { count: opened.length * 2, seconds: (performance.now() - since) / 1000, medianMs: Number.NaN }
  }

  async relay({ name, lanes, framesPerSocket, reader }: RelayJob) {
    const all = this.#opened.get(name) ?? []
    const chosen = lanes.map((lane) => lane.flatMap((index) => all[index] ?? []))
    await rested(chosen.flat())
    const latencies: number[] = []
    const since = performance.now()
    await Promise.all(
      chosen.map(async (lane) => {
        for (const pair of lane) await exchange(pair, framesPerSocket, reader, latencies)
      }),
    )
    const seconds = (performance.now() - since) / 1000
    return { count: latencies.length, seconds, medianMs: median(latencies) }
  }
}

/** Waits until every bucket is full again. */
async function rested(pairs: readonly Pair[]): Promise<void> {
  const readyAt = Math.max(...pairs.map((pair) => pair.usedAt + REST_MS))
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, readyAt - performance.now())))
}

async function exchange(
  pair: Pair,
  frames: number,
  reader: RelayJob['reader'],
  latencies: number[],
): Promise<void> {
  const [host, guest] = pair.sockets
  await Promise.all([
    sendThrough(host, reader === 'other' ? guest : host, frames, latencies),
    sendThrough(guest, reader === 'other' ? host : guest, frames, latencies),
  ])
  pair.usedAt = performance.now()
}

function sendThrough(from: Socket, to: Socket, frames: number, latencies: number[]): Promise<void> {
  return new Promise((resolve, reject) => {
    let left = frames
    let sentAt = performance.now()
    from.onFailure = reject
    to.onFailure = reject
    to.onFrame = (text) => {
      if (!text.startsWith(FRAME_START)) return reject(new Error(`not the frame that was sent: ${text}`))
      latencies.push(performance.now() - sentAt)
      left -= 1
      if (left === 0) return resolve()
      sentAt = performance.now()
      from.send(FRAME)
    }
    from.send(FRAME)
  })
}

/** Joins one after the other; each socket is closed once it was greeted. */
export async function join({ urls }: JoinJob) {
  const latencies: number[] = []
  const since = performance.now()
  for (const url of urls) {
    const askedAt = performance.now()
    const socket = new Socket(url)
    await Promise.all([socket.take(1), socket.opened])
    latencies.push(performance.now() - askedAt)
    socket.close()
  }
  const seconds = (performance.now() - since) / 1000
  return { count: urls.length, seconds, medianMs: median(latencies) }
}
