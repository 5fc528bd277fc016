/**
 * A signaling connection that outlives its sockets: opens one, finds out when it is dead, and opens
 * the next. What is said over it is its owner's matter; calls and rooms both use it.
 */
import { backOffDelay } from './back-off.ts'
import { asRadistError, errorOfClose, isRefusal, RadistError } from './errors.ts'
import type { WebSocketFactory, WebSocketLike } from './web-socket.ts'

/**
 * - `connecting`: for the first time
 * - `connected`: signaling is up
 * - `reconnecting`: the socket was lost, the next is being opened; media goes on meanwhile
 * - `disconnected`: the server stayed out of reach; `reconnect()` tries again
 * - `closed`: for good
 */
export type ConnectionState = 'connecting' | 'connected' | 'reconnecting' | 'disconnected' | 'closed'

const HANDSHAKE_TIMEOUT_MS = 10_000
const PING_INTERVAL_MS = 10_000
/** With the interval: a half-open socket is found within 15 s. */
const PONG_TIMEOUT_MS = 5_000
/**
 * Longer than the server keeps a place (30 s unless configured): whether the place is still there is
 * the server's to say, and until it can be asked, asking goes on.
 */
const RECONNECT_WINDOW_MS = 120_000

/**
 * A server that restarts is back within this time, and one that is gone for good is known to be after 6 s:
 * until then, nobody waits for a long delay to pass.
 */
const SOON_MS = 15_000
const LONGEST_DELAY_SOON_MS = 2000

const NORMAL_CLOSURE = 1000

export interface SignalingSessionOptions {
  webSocketFactory: WebSocketFactory
  /** A number from 0 (inclusive) to 1 (exclusive), for the jitter. */
  random: () => number
  /**
   * Asked before each attempt, since credentials rotate. A promise that is rejected ends the session,
   * unless with a RadistError that is retryable.
   */
  url: () => string | Promise<string>
  /** A frame to which any answer shows that the socket lives. */
  pingFrame: () => string
  /** A text frame has come. The owner calls {@link SignalingSession.ready} at the one that ends the handshake. */
  onText: (text: string) => void
  /** Whether to go on, in spite of a refusal or of a failure of the first handshake, since the next `url` will be another. */
  survives?: (error: RadistError) => boolean
  /** `error` says why, for `disconnected` and for a `closed` that nobody asked for. */
  onState: (state: ConnectionState, error: RadistError | null) => void
}

interface Waiting {
  resolve: () => void
  reject: (error: RadistError) => void
}

export class SignalingSession {
  readonly #options: SignalingSessionOptions
  #state: ConnectionState = 'connecting'
  /** The socket in use; events of any other are stale. */
  #socket: WebSocketLike | null = null
  /** The address that is being asked for; any other answer is stale. */
  #asked: Promise<string> | null = null
  #wasReady = false
  #attempt = 0
  #lostAt: number | null = null
  /** Who waits for the handshake under way. */
  #waiting: Waiting[] = []
  #handshakeTimer: ReturnType<typeof setTimeout> | undefined
  #retryTimer: ReturnType<typeof setTimeout> | undefined
  #pingTimer: ReturnType<typeof setInterval> | undefined
  #pongTimer: ReturnType<typeof setTimeout> | undefined

  constructor(options: SignalingSessionOptions) {
    this.#options = options
  }

  get state(): ConnectionState {
    return this.#state
  }

  /** Opens the first socket. Resolves after the handshake; rejects when it is refused or fails. */
  open(): Promise<void> {
    globalThis.addEventListener?.('online', this.#onOnline)
    const ready = this.#whenReady()
    this.#connect()
    return ready
  }

  /** The handshake is done. */
  ready(): void {
    clearTimeout(this.#handshakeTimer)
    this.#wasReady = true
    this.#attempt = 0
    this.#lostAt = null
    clearInterval(this.#pingTimer)
    this.#pingTimer = setInterval(() => this.#ping(), PING_INTERVAL_MS)
    this.#setState('connected', null)
    for (const { resolve } of this.#takeWaiting()) resolve()
  }

  /** Sends a frame, if the handshake is done; otherwise answers false. */
  send(text: string): boolean {
    if (this.#state !== 'connected' || !this.#socket) return false
    this.#socket.send(text)
    return true
  }

  /** Gives up the present socket and opens a new one at once. Resolves after its handshake. */
  reconnect(): Promise<void> {
    if (this.#state === 'closed') return Promise.reject(new RadistError('connection_closed'))
    const ready = this.#whenReady()
    this.#dropSocket()
    this.#attempt = 0
    this.#lostAt = performance.now()
    if (this.#wasReady) this.#setState('reconnecting', null)
    this.#connect()
    return ready
  }

  /** Gives up the present socket, and opens the next after the usual delay. */
  abandon(): void {
    if (this.#state !== 'closed') this.#lost(new RadistError('server_unreachable'))
  }

  /** Ends the session: `farewell` is still sent, if it can be. `error` says why when nobody asked for it. */
  close(options: { farewell?: string; error?: RadistError } = {}): void {
    if (this.#state === 'closed') return
    if (options.farewell !== undefined) this.send(options.farewell)
    this.#dropSocket()
    globalThis.removeEventListener?.('online', this.#onOnline)
    this.#setState('closed', options.error ?? null)
    for (const { reject } of this.#takeWaiting())
      reject(options.error ?? new RadistError('connection_closed'))
  }

  #whenReady(): Promise<void> {
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  #takeWaiting(): Waiting[] {
    const waiting = this.#waiting
    this.#waiting = []
    return waiting
  }

  #connect(): void {
    clearTimeout(this.#retryTimer)
    const url = this.#options.url()
    if (typeof url === 'string') this.#openSocket(url)
    else void this.#openWhenFound(url)
  }

  async #openWhenFound(asked: Promise<string>): Promise<void> {
    this.#asked = asked
    try {
      const url = await asked
      if (this.#asked === asked) this.#openSocket(url)
    } catch (cause) {
      if (this.#asked !== asked) return
      const error = asRadistError(cause, 'server_unreachable')
      if (error.retryable) this.#lost(error)
      else this.close({ error })
    }
  }

  #openSocket(url: string): void {
    this.#asked = null
    let socket: WebSocketLike
    try {
      socket = this.#options.webSocketFactory(url)
    } catch (cause) {
      // A page that was loaded over https may not open ws://, wherever the token leads: no later attempt may.
      this.close({ error: new RadistError('invalid_argument', { detail: 'The signaling address.', cause }) })
      return
    }
    this.#socket = socket
    this.#handshakeTimer = setTimeout(
      () => this.#lost(new RadistError('request_timeout')),
      HANDSHAKE_TIMEOUT_MS,
    )
    socket.addEventListener('message', ({ data }) => {
      if (this.#socket !== socket || typeof data !== 'string') return
      clearTimeout(this.#pongTimer)
      this.#options.onText(data)
    })
    socket.addEventListener('close', ({ code, reason }) => {
      if (this.#socket !== socket) return
      this.#lost(errorOfClose(code, reason), isRefusal(code))
    })
  }

  /** Detaches the socket first, so that its own close event is stale by then. */
  #dropSocket(): void {
    clearTimeout(this.#handshakeTimer)
    clearTimeout(this.#retryTimer)
    clearInterval(this.#pingTimer)
    clearTimeout(this.#pongTimer)
    const socket = this.#socket
    this.#socket = null
    this.#asked = null
    socket?.close(NORMAL_CLOSURE)
  }

  #lost(error: RadistError, isRefused = false): void {
    if ((isRefused || !this.#wasReady) && !this.#options.survives?.(error)) {
      this.close({ error })
      return
    }
    this.#dropSocket()
    const now = performance.now()
    this.#lostAt ??= now
    if (now - this.#lostAt >= RECONNECT_WINDOW_MS) {
      this.#setState('disconnected', error)
      for (const { reject } of this.#takeWaiting()) reject(error)
      return
    }
    if (this.#wasReady) this.#setState('reconnecting', null)
    const longest = now - this.#lostAt < SOON_MS ? LONGEST_DELAY_SOON_MS : undefined
    const delay = backOffDelay(this.#attempt, this.#options.random(), longest)
    this.#retryTimer = setTimeout(() => this.#connect(), delay)
    this.#attempt += 1
  }

  #ping(): void {
    if (!this.send(this.#options.pingFrame())) return
    clearTimeout(this.#pongTimer)
    this.#pongTimer = setTimeout(() => this.#lost(new RadistError('server_unreachable')), PONG_TIMEOUT_MS)
  }

  /** The network is back, perhaps another one: no use in waiting for the timers. */
  readonly #onOnline = (): void => {
    if (this.#state === 'connected') this.#ping()
    else if (
      this.#state === 'disconnected' ||
      (this.#state === 'reconnecting' && !this.#socket && !this.#asked)
    ) {
      this.reconnect().catch(() => undefined)
    }
  }

  #setState(state: ConnectionState, error: RadistError | null): void {
    if (this.#state === state) return
    this.#state = state
    this.#options.onState(state, error)
  }
}
