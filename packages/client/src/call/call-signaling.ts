/** The signaling of one peer of a P2P call, over reconnections. */
import {
  type ConnectedFrame,
  type FrameErrorCode,
  type NumberedServerFrame,
  P2P_SIGNALING_PATH,
  type PeerFrame,
  PING_FRAME,
  serverFrameSchema,
} from '@radist-tech/protocol/p2p-signaling'
import type { CallEndedReason } from '@radist-tech/protocol/rest'
import { RadistError } from '../errors.ts'
import { parseJson } from '../parse-json.ts'
import { SequenceTracker } from '../sequence.ts'
import { type ConnectionState, SignalingSession } from '../signaling-session.ts'
import type { WebSocketFactory } from '../web-socket.ts'

/** Frames kept while the socket is gone; a negotiation with its candidates is far below. */
const MAX_HELD_FRAMES = 256

export interface CallSignalingOptions {
  apiBaseUrl: string
  publicKey: string
  callToken: string
  webSocketFactory: WebSocketFactory
  random: () => number
}

export interface CallSignalingEvents {
  /** After each handshake, the first and every later one. */
  connected: (frame: ConnectedFrame) => void
  /** Each numbered frame once. */
  frame: (frame: NumberedServerFrame) => void
  refusedFrame: (code: FrameErrorCode) => void
  ended: (reason: CallEndedReason) => void
  state: (state: ConnectionState, error: RadistError | null) => void
}

/** What a reconnection authenticates with. */
interface Seat {
  callId: string
  peerId: string
  /** The newest token that has arrived; the server honours it until a newer one has been used. */
  reconnectToken: string
}

export class CallSignaling {
  readonly #options: CallSignalingOptions
  readonly #events: CallSignalingEvents
  readonly #session: SignalingSession
  readonly #sequence = new SequenceTracker()
  #seat: Seat | null = null
  #held: PeerFrame[] = []

  constructor(options: CallSignalingOptions, events: CallSignalingEvents) {
    this.#options = options
    this.#events = events
    this.#session = new SignalingSession({
      webSocketFactory: options.webSocketFactory,
      random: options.random,
      url: () => this.#url(),
      pingFrame: () => PING_FRAME,
      onText: (text) => this.#onText(text),
      onState: events.state,
    })
  }

  get state(): ConnectionState {
    return this.#session.state
  }

  open(): Promise<void> {
    return this.#session.open()
  }

  reconnect(): Promise<void> {
    return this.#session.reconnect()
  }

  /** Sends a frame, now or after the reconnection under way. */
  send(frame: PeerFrame): void {
    if (this.#session.send(JSON.stringify(frame))) return
    if (this.#session.state === 'closed') return
    this.#held.push(frame)
    if (this.#held.length > MAX_HELD_FRAMES) this.#held.shift()
  }

  /** Forgets frames that wait for a socket: they were for a peer that has left. */
  dropHeldFrames(): void {
    this.#held = []
  }

  /** Leaves the call for good. */
  close(): void {
    this.#session.close({ farewell: JSON.stringify({ type: 'bye' } satisfies PeerFrame) })
  }

  #url(): string {
    const url = new URL(P2P_SIGNALING_PATH, this.#options.apiBaseUrl)
    url.protocol = url.protocol === 'http:' ? 'ws:' : 'wss:'
    url.searchParams.set('publicKey', this.#options.publicKey)
    if (!this.#seat) {
      url.searchParams.set('callToken', this.#options.callToken)
      return url.href
    }
    url.searchParams.set('callId', this.#seat.callId)
    url.searchParams.set('peerId', this.#seat.peerId)
    url.searchParams.set('reconnectToken', this.#seat.reconnectToken)
    url.searchParams.set('lastSeq', String(this.#sequence.last))
    return url.href
  }

  #onText(text: string): void {
    const parsed = serverFrameSchema.safeParse(parseJson(text))
    // A frame this version does not know is a newer server's; what matters to it is sent otherwise too.
    if (!parsed.success) return
    const frame = parsed.data
    switch (frame.type) {
      case 'connected':
        this.#onConnected(frame)
        return
      case 'call-ended':
        this.#events.ended(frame.reason)
        this.#session.close({ error: new RadistError('call_ended') })
        return
      case 'error':
        this.#events.refusedFrame(frame.code)
        return
      case 'pong':
        return
      case 'peer-joined':
      case 'peer-disconnected':
      case 'peer-reconnected':
      case 'peer-left':
      case 'offer':
      case 'answer':
      case 'candidate':
        if (this.#sequence.take(frame.seq)) this.#events.frame(frame)
        return
      default:
        frame satisfies never
    }
  }

  #onConnected(frame: ConnectedFrame): void {
    this.#seat = {
      callId: frame.call.callId,
      peerId: frame.peerId,
      reconnectToken: frame.reconnectToken,
    }
    this.#session.ready()
    const held = this.#held
    this.#held = []
    for (const heldFrame of held) this.send(heldFrame)
    this.#events.connected(frame)
  }
}
