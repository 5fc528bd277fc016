/**
 * A socket on which the Worker tells how things are, opened again whenever it is lost. The page sends nothing
 * but pings: a network that is gone without a word is noticed by the missing answer.
 */
import { isRefusal, waitBefore } from './back-off.ts'

/** As `PING_FRAME` and `PONG_FRAME` of packages/protocol, which brings more than these pages need. */
export const PING = '{"type":"ping"}'
export const PONG = '{"type":"pong"}'

const PING_EVERY_MS = 25_000
const SILENT_FOR_MS = 10_000
/** Closed by the page, since nothing came; not a code that a server sends (RFC 6455, 7.4.2). */
const SILENT = 4000

/** `opening`: for the first time. `lost`: it was, or could not be; the next attempt is planned. `refused`: for good. */
export type LiveState = 'opening' | 'open' | 'lost' | 'refused'

export interface LiveSocketOptions {
  url: string
  onFrame: (text: string) => void
  /** Called at each change of the state. */
  onState: (state: LiveState) => void
  openSocket?: (url: string) => WebSocket
  random?: () => number
}

export class LiveSocket {
  readonly #options: Required<LiveSocketOptions>
  #socket: WebSocket | null = null
  #failures = 0
  #retry: ReturnType<typeof setTimeout> | undefined
  #pulse: ReturnType<typeof setTimeout> | undefined

  constructor(options: LiveSocketOptions) {
    this.#options = {
      openSocket: (url) => new WebSocket(url),
      random: Math.random,
      ...options,
    }
    this.#open()
  }

  close(): void {
    clearTimeout(this.#retry)
    this.#forget()?.close()
  }

  /** Tries at once if an attempt is planned: somebody looks again, or the network is back. */
  hurry(): void {
    if (this.#retry === undefined) return
    clearTimeout(this.#retry)
    this.#open()
  }

  #open(): void {
    this.#retry = undefined
    const socket = this.#options.openSocket(this.#options.url)
    this.#socket = socket
    socket.onopen = () => this.#heard()
    socket.onmessage = ({ data }) => {
      if (this.#failures > 0) this.#failures = 0
      this.#heard()
      if (typeof data !== 'string' || data === PONG) return
      this.#options.onState('open')
      this.#options.onFrame(data)
    }
    socket.onclose = ({ code }) => this.#lost(code)
  }

  #heard(): void {
    clearTimeout(this.#pulse)
    this.#pulse = setTimeout(() => {
      this.#socket?.send(PING)
      this.#pulse = setTimeout(() => {
        // Its own close may take as long as the network is gone.
        this.#socket?.close()
        this.#lost(SILENT)
      }, SILENT_FOR_MS)
    }, PING_EVERY_MS)
  }

  #lost(closeCode: number): void {
    this.#forget()
    if (isRefusal(closeCode)) {
      this.#options.onState('refused')
      return
    }
    this.#options.onState('lost')
    const wait = waitBefore(closeCode, this.#failures, this.#options.random())
    this.#failures += 1
    this.#retry = setTimeout(() => this.#open(), wait)
  }

  /** The socket of now, of which nothing is heard any more. */
  #forget(): WebSocket | null {
    clearTimeout(this.#pulse)
    const socket = this.#socket
    if (socket) socket.onopen = socket.onmessage = socket.onclose = null
    this.#socket = null
    return socket
  }
}
