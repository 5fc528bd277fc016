/** The WebSocket endpoint of rooms. */

import type { HttpRequest, HttpResponse, TemplatedApp } from 'uWebSockets.js'
import { BlockList } from 'node:net'
import { ROOM_SIGNALING_PATH } from '@radist-tech/protocol'
import type { Clock } from '../clock.ts'
import { clientAddress } from '../domain/client-address.ts'
import { answerError } from '../http/answer.ts'
import type { Limits } from '../limits.ts'
import type { HostMetrics } from '../metrics/host-metrics.ts'
import { Connection, type ConnectionData } from './connection.ts'
import type { Entrance } from './entrance.ts'

/**
 * The most that is read of one frame, in bytes. Frames above the protocol's 64 KiB are answered with
 * an error up to here; a larger one ends the socket without an answer.
 */
const MAX_READ_BYTES = 262_144
const LIVENESS_INTERVAL_MS = 1000

export interface SignalingOptions {
  entrance: Entrance
  clock: Clock
  limits: Limits
  metrics: HostMetrics
  /** Whose `X-Forwarded-For` is believed; null: nobody's. */
  trustedProxies: BlockList | null
}

export class SignalingServer {
  readonly #options: SignalingOptions
  readonly #trustedProxies: BlockList
  readonly #connections = new Set<Connection>()
  readonly #byAddress = new Map<string, number>()
  readonly #liveness: NodeJS.Timeout

  constructor(options: SignalingOptions) {
    this.#options = options
    this.#trustedProxies = options.trustedProxies ?? new BlockList()
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

  /** Adds the endpoint to an app. */
  serve(app: TemplatedApp): void {
    app.ws<ConnectionData>(ROOM_SIGNALING_PATH, {
      maxPayloadLength: MAX_READ_BYTES,
      maxBackpressure: 2 * this.#options.limits.waitingBytes,
      // Sending counts as activity there, so a half-open socket would live on: see `Connection.checkLiveness`.
      idleTimeout: 0,
      sendPingsAutomatically: false,
      upgrade: (response, request, context) => {
        const address = this.#addressOf(response, request)
        const data: ConnectionData = { query: request.getQuery(), address, connection: null }
        const header = (name: string) => request.getHeader(`sec-websocket-${name}`)
        response.upgrade(data, header('key'), header('protocol'), header('extensions'), context)
      },
      open: (socket) => {
        const data = socket.getUserData()
        const connection = new Connection(socket, this.#options)
        data.connection = connection
        this.#connections.add(connection)
        const sameAddress = (this.#byAddress.get(data.address) ?? 0) + 1
        this.#byAddress.set(data.address, sameAddress)
        const { limits, entrance } = this.#options
        if (this.#connections.size > limits.sockets || sameAddress > limits.socketsPerAddress)
          entrance.turnAway(connection)
        else void entrance.enter(connection, data.query)
        // It holds a token, and is done with.
        data.query = ''
      },
      message: (socket, message, isBinary) => socket.getUserData().connection?.received(message, isBinary),
      pong: (socket) => socket.getUserData().connection?.heard(),
      close: (socket) => {
        const { connection, address } = socket.getUserData()
        if (!connection) return
        this.#connections.delete(connection)
        this.#forgetAddress(address)
        connection.closed()
      },
    })
    app.get(ROOM_SIGNALING_PATH, (response) => {
      answerError(response, 'upgrade_required')
    })
  }

  #addressOf(response: HttpResponse, request: HttpRequest): string {
    const remote = Buffer.from(response.getRemoteAddressAsText()).toString()
    return clientAddress(remote, request.getHeader('x-forwarded-for'), this.#trustedProxies)
  }

  #forgetAddress(address: string): void {
    const left = (this.#byAddress.get(address) ?? 0) - 1
    if (left > 0) this.#byAddress.set(address, left)
    else this.#byAddress.delete(address)
  }

  #checkLiveness(): void {
    const now = this.#options.clock.monotonic()
    for (const connection of this.#connections) connection.checkLiveness(now)
  }
}
