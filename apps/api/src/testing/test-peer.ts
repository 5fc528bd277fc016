/** A peer of a P2P call, as a browser would be, over the Worker's signaling WebSocket. */
import { exports } from 'cloudflare:workers'
import {
  type CallId,
  type ConnectedFrame,
  P2P_SIGNALING_PATH,
  type PeerFrame,
  type PeerId,
  type ServerFrame,
  serverFrameSchema,
} from '@radist-tech/protocol'
import { checkDocumented } from './documented-answers.ts'

export interface SocketClose {
  code: number
  reason: string
}

type FrameOf<T extends ServerFrame['type']> = Extract<ServerFrame, { type: T }>

const isOf = <T extends ServerFrame['type']>(frame: ServerFrame, type: T): frame is FrameOf<T> =>
  frame.type === type

/** An open signaling socket and what has come over it, each frame checked against the protocol. */
export class TestSocket {
  readonly #socket: WebSocket
  readonly #arrived: ServerFrame[] = []
  #wake = () => {}
  #closed: SocketClose | null = null
  readonly closed: Promise<SocketClose>

  constructor(socket: WebSocket) {
    this.#socket = socket
    socket.addEventListener('message', (event) => {
      this.#arrived.push(serverFrameSchema.parse(JSON.parse(String(event.data))))
      this.#wake()
    })
    this.closed = new Promise((resolve) => {
      socket.addEventListener('close', ({ code, reason }) => {
        this.#closed = { code, reason }
        resolve({ code, reason })
        this.#wake()
      })
    })
    socket.accept()
  }

  /** The next frame, whatever it is. Rejects when the socket is closed first. */
  async next(): Promise<ServerFrame> {
    for (;;) {
      const frame = this.#arrived.shift()
      if (frame) return frame
      if (this.#closed) throw new Error(`closed: ${this.#closed.code} ${this.#closed.reason}`)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  /** The next frame, which has to be of this type. */
  async expect<T extends ServerFrame['type']>(type: T): Promise<FrameOf<T>> {
    const frame = await this.next()
    if (!isOf(frame, type)) throw new Error(`${type} was expected, this came: ${JSON.stringify(frame)}`)
    return frame
  }

  /** Frames that came and were not asked for. A ping goes there and back first, so nothing is on its way. */
  async rest(): Promise<ServerFrame[]> {
    this.#socket.send('{"type":"ping","padded":true}')
    const frames: ServerFrame[] = []
    for (;;) {
      const frame = await this.next()
      if (frame.type === 'pong') return frames
      frames.push(frame)
    }
  }

  send(frame: PeerFrame | string | ArrayBuffer): void {
    this.#socket.send(
      typeof frame === 'string' || frame instanceof ArrayBuffer ? frame : JSON.stringify(frame),
    )
  }

  close(code = 1000, reason = ''): void {
    this.#socket.close(code, reason)
  }
}

export type SignalingParams = Record<string, string | number>
type Headers = Record<string, string>

/** Opens the signaling socket with this query. One that is refused is open too, and closed at once. */
export async function openSocket(params: SignalingParams, headers: Headers = {}): Promise<TestSocket> {
  const query = new URLSearchParams(Object.entries(params).map(([name, value]) => [name, String(value)]))
  const answer = await exports.default.fetch(`https://radist.test${P2P_SIGNALING_PATH}?${query}`, {
    headers: { upgrade: 'websocket', ...headers },
  })
  await checkDocumented('GET', P2P_SIGNALING_PATH, answer)
  if (!answer.webSocket) throw new Error(`No socket: ${answer.status} ${await answer.text()}`)
  return new TestSocket(answer.webSocket)
}

/** How a socket that is opened with this query is refused. */
export async function refusalOf(params: SignalingParams, headers: Headers = {}): Promise<SocketClose> {
  const socket = await openSocket(params, headers)
  return socket.closed
}

export interface TestPeer {
  socket: TestSocket
  peerId: PeerId
  callId: CallId
  publicKey: string
  connected: ConnectedFrame
}

async function greeted(publicKey: string, params: SignalingParams): Promise<TestPeer> {
  const socket = await openSocket({ publicKey, ...params })
  const connected = await socket.expect('connected')
  return { socket, publicKey, connected, peerId: connected.peerId, callId: connected.call.callId }
}

export const joinCall = (publicKey: string, callToken: string): Promise<TestPeer> =>
  greeted(publicKey, { callToken })

/** The query with which this peer comes back. */
export const reconnection = ({ publicKey, callId, peerId, connected }: TestPeer) => ({
  publicKey,
  callId,
  peerId,
  reconnectToken: connected.reconnectToken,
})

export const reconnectCall = (peer: TestPeer, lastSeq?: number): Promise<TestPeer> =>
  greeted(peer.publicKey, { ...reconnection(peer), ...(lastSeq === undefined ? {} : { lastSeq }) })
