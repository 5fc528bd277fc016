/** One WebSocket, from its upgrade to its end. */

import { MAX_FRAME_BYTES } from '@radist-tech/protocol'
import type { Clock } from '../clock.ts'
import { livenessOf, type SocketEnding } from '../domain/liveness.ts'
import type { Limits } from '../limits.ts'
import type { CutReason, HostMetrics } from '../metrics/host-metrics.ts'
import type { ParticipantSocket, SocketListener } from '../room/participant-socket.ts'
import { refusal } from '../room/requests.ts'
import { closeOf, type Ending } from './endings.ts'

const decoder = new TextDecoder()

/** What uWebSockets.js keeps with each socket. */
export interface ConnectionData {
  query: string
  /** Of the client, behind whatever trusted proxies. */
  address: string
  connection: Connection | null
}

/** What a connection needs of uWebSockets.js' socket. */
export interface OpenSocket {
  send(text: string): unknown
  /** Bytes that the kernel has not taken yet. */
  getBufferedAmount(): number
  ping(): unknown
  end(code: number, reason: string): unknown
  close(): unknown
}

export class Connection implements ParticipantSocket {
  readonly #clock: Clock
  readonly #limits: Limits
  readonly #metrics: HostMetrics
  /** Null once closed: uWebSockets.js throws at any use of a socket that is gone. */
  #socket: OpenSocket | null
  #listener: SocketListener | null = null
  #aliveAt: number
  #earlyFrames = 0

  constructor(
    socket: OpenSocket,
    { clock, limits, metrics }: { clock: Clock; limits: Limits; metrics: HostMetrics },
  ) {
    this.#socket = socket
    this.#clock = clock
    this.#limits = limits
    this.#metrics = metrics
    this.#aliveAt = clock.monotonic()
  }

  get aliveAt(): number {
    return this.#aliveAt
  }

  get open(): boolean {
    return this.#socket !== null
  }

  listen(listener: SocketListener): void {
    this.#listener = listener
  }

  send(text: string): void {
    const socket = this.#socket
    if (!socket) return
    socket.send(text)
    if (socket.getBufferedAmount() > this.#limits.waitingBytes) this.#cut('unread')
  }

  end(ending: Ending): void {
    const socket = this.#socket
    this.#socket = null
    this.#listener = null
    const { code, reason } = closeOf(ending)
    socket?.end(code, reason)
  }

  /** Asks for a sign of life, or gives the socket up. */
  checkLiveness(now: number): void {
    const verdict = livenessOf(this.#aliveAt, now, this.#limits.silenceMs)
    if (verdict === 'ping') this.#socket?.ping()
    if (verdict === 'dead') this.#cut('silent')
  }

  /** Called by the server for each frame of the other side. */
  received(message: ArrayBuffer, isBinary: boolean): void {
    this.heard()
    const listener = this.#listener
    if (!listener) this.#early()
    else if (isBinary) listener.badFrame('binary')
    else if (message.byteLength > MAX_FRAME_BYTES) listener.badFrame('too-large')
    else listener.frame(decoder.decode(message))
  }

  /** Called by the server for each sign of life. */
  heard(): void {
    this.#aliveAt = this.#clock.monotonic()
    this.#listener?.alive(this.#aliveAt)
  }

  /** Called by the server when the socket is closed, by whichever side. */
  closed(): void {
    this.#gone('closed')
  }

  /** Whoever is not in the room yet has nothing to ask. */
  #early(): void {
    this.#earlyFrames += 1
    if (this.#earlyFrames > this.#limits.badFrameBurst) this.end({ is: 'too-many-bad-frames' })
    else this.send(JSON.stringify(refusal(null, 'invalid-state', 'Not in the room yet.')))
  }

  /** Closes without a farewell: there is nobody to read it. */
  #cut(reason: CutReason): void {
    const socket = this.#socket
    if (socket) this.#metrics.socketCut(reason)
    // In both cases it was last there when it was last heard.
    this.#gone('silent')
    socket?.close()
  }

  #gone(ending: Exclude<SocketEnding, 'overtaken'>): void {
    if (!this.#socket) return
    this.#socket = null
    this.#listener?.closed(ending)
    this.#listener = null
  }
}
