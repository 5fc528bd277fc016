/** The WebSocket endpoint of rooms. */

import type { TemplatedApp } from 'uWebSockets.js'
import { ROOM_SIGNALING_PATH } from '@radist-tech/protocol'
import type { Clock } from '../clock.ts'
import { answerError } from '../http/answer.ts'
import { Connection, type ConnectionData, MAX_WAITING_BYTES } from './connection.ts'
import type { Entrance } from './entrance.ts'

/**
 * The most that is read of one frame, in bytes. Frames above the protocol's 64 KiB are answered with
 * an error up to here; a larger one ends the socket without an answer.
 */
const MAX_READ_BYTES = 262_144
const LIVENESS_INTERVAL_MS = 1000

export class SignalingServer {
  readonly #entrance: Entrance
  readonly #clock: Clock
  readonly #connections = new Set<Connection>()
  readonly #liveness: NodeJS.Timeout

  constructor(app: TemplatedApp, entrance: Entrance, clock: Clock) {
    this.#entrance = entrance
    this.#clock = clock
    this.#serve(app)
    this.#liveness = setInterval(() => this.#checkLiveness(), LIVENESS_INTERVAL_MS)
  }

  get connections(): number {
    return this.#connections.size
  }

  /** Closes what is still open: connections that were not let in yet. */
  close(): void {
    clearInterval(this.#liveness)
    for (const connection of this.#connections) connection.end({ is: 'refused', code: 'no_host_available' })
  }

  #serve(app: TemplatedApp): void {
    app.ws<ConnectionData>(ROOM_SIGNALING_PATH, {
      maxPayloadLength: MAX_READ_BYTES,
      maxBackpressure: 2 * MAX_WAITING_BYTES,
      // Sending counts as activity there, so a half-open socket would live on: see `Connection.checkLiveness`.
      idleTimeout: 0,
      sendPingsAutomatically: false,
      upgrade: (response, request, context) => {
        const data: ConnectionData = { query: request.getQuery(), connection: null }
        const header = (name: string) => request.getHeader(`sec-websocket-${name}`)
        response.upgrade(data, header('key'), header('protocol'), header('extensions'), context)
      },
      open: (socket) => {
        const data = socket.getUserData()
        const connection = new Connection(socket, this.#clock)
        data.connection = connection
        this.#connections.add(connection)
        void this.#entrance.enter(connection, data.query)
        // It holds a token, and is done with.
        data.query = ''
      },
      message: (socket, message, isBinary) => socket.getUserData().connection?.received(message, isBinary),
      pong: (socket) => socket.getUserData().connection?.heard(),
      close: (socket) => {
        const { connection } = socket.getUserData()
        if (!connection) return
        this.#connections.delete(connection)
        connection.closed()
      },
    })
    app.get(ROOM_SIGNALING_PATH, (response) => {
      answerError(response, 'upgrade_required')
    })
  }

  #checkLiveness(): void {
    const now = this.#clock.monotonic()
    for (const connection of this.#connections) connection.checkLiveness(now)
  }
}
