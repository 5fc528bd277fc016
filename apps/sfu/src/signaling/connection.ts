/** One WebSocket, from its upgrade to its end. */

import type { WebSocket } from 'uWebSockets.js'
import { MAX_FRAME_BYTES } from '@radist-tech/protocol'
import type { Clock } from '../clock.ts'
import { BAD_FRAME_BURST } from '../domain/frame-budget.ts'
import { livenessOf, type SocketEnding } from '../domain/liveness.ts'
import type { ParticipantSocket, SocketListener } from '../room/participant-socket.ts'
import { refusal } from '../room/requests.ts'
import { closeOf, type Ending } from './endings.ts'

/** What may wait for a client that does not read. */
export const MAX_WAITING_BYTES = 1_048_576

/** What uWebSockets.js keeps with each socket. */
export interface ConnectionData {
  query: string
  connection: Connection | null
}

export class Connection implements ParticipantSocket {
  readonly #clock: Clock
  /** Null once closed: uWebSockets.js throws at any use of a socket that is gone. */
  #socket: WebSocket<ConnectionData> | null
  #listener: SocketListener | null = null
  #aliveAt: number
  #earlyFrames = 0

  constructor(socket: WebSocket<ConnectionData>, clock: Clock) {
    this.#socket = socket
    this.#clock = clock
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
    if (socket.getBufferedAmount() > MAX_WAITING_BYTES) this.#cut('silent')
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
    const verdict = livenessOf(this.#aliveAt, now)
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
    else listener.frame(new TextDecoder().decode(message))
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
    if (this.#earlyFrames > BAD_FRAME_BURST) this.end({ is: 'too-many-bad-frames' })
    else this.send(JSON.stringify(refusal(null, 'invalid-state', 'Not in the room yet.')))
  }

  /** Closes without a farewell: there is nobody to read it. */
  #cut(ending: Exclude<SocketEnding, 'overtaken'>): void {
    const socket = this.#socket
    this.#gone(ending)
    socket?.close()
  }

  #gone(ending: Exclude<SocketEnding, 'overtaken'>): void {
    if (!this.#socket) return
    this.#socket = null
    this.#listener?.closed(ending)
    this.#listener = null
  }
}
