/**
 * A call's hibernating WebSockets. Which peer a socket belongs to, and which of the peer's sockets it
 * is, is attached to the socket itself, so that it outlives the object's instance.
 */
import {
  apiErrors,
  closeCodeOf,
  OVERTAKEN_CLOSE_CODE,
  type PeerId,
  PING_FRAME,
  PONG_FRAME,
  peerIdSchema,
  type ServerFrame,
} from '@radist-tech/protocol'
import { z } from 'zod'
import type { HangUpReason } from '../domain/call-turn.ts'
import { type Entry, type EntryGate, openEntryGate, passEntryGate } from '../domain/entry-gate.ts'
import type { FrameGate } from '../domain/frame-gate.ts'

const ownerSchema = z.object({ peerId: peerIdSchema, connection: z.int().positive() })
/** Whose socket it is: the peer, and the number of its connection. */
export type SocketOwner = z.infer<typeof ownerSchema>

/** A peer that has pinged, and then not for this long, has died silently; in milliseconds. Hidden pages ping once a minute. */
const SILENCE_LIMIT_MS = 180_000

const hangUps: Record<HangUpReason, { code: number; reason: string }> = {
  bye: { code: 1000, reason: 'bye' },
  overtaken: { code: OVERTAKEN_CLOSE_CODE, reason: 'Overtaken by a newer connection.' },
  ended: { code: closeCodeOf('call_terminated'), reason: apiErrors.call_terminated.error },
}

/** Codes that say how a socket went, and may never be sent (RFC 6455, section 7.4.1). */
const NEVER_SENT = [1005, 1006, 1015]

/** Whether this end has not closed it, nor the other. */
export const isOpen = (socket: WebSocket): boolean => socket.readyState === WebSocket.READY_STATE_OPEN

/** Beside its peer's id on each peer's socket: pages that watch the call have sockets, too (`watchers.ts`). */
const PEER = 'peer'

/** Completes the closing handshake, without which the peer waits for its own time limit. */
export function answerClose(socket: WebSocket, code: number): void {
  if (socket.readyState === WebSocket.READY_STATE_CLOSED) return
  socket.close(NEVER_SENT.includes(code) ? 1000 : code)
}

/** What this instance of the object knows of a socket. The gate is null before its first frame. */
export interface KnownSocket {
  readonly owner: SocketOwner
  gate: FrameGate | null
}

export class CallSockets {
  readonly #ctx: DurableObjectState
  readonly #known = new WeakMap<WebSocket, KnownSocket>()
  #entryGate: EntryGate | null = null
  /** Each peer's newest socket, as far as it was asked for: looking it up costs as much as sending. */
  readonly #newest = new Map<PeerId, WebSocket>()

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(PING_FRAME, PONG_FRAME))
  }

  /** Whether one more socket may come in, by its peer's token; counts it if so. */
  hasRoomFor(entry: Entry, now: number): boolean {
    const there =
      entry.type === 'join' ? this.#ctx.getWebSockets(PEER) : this.#ctx.getWebSockets(entry.peerId)
    const passed = passEntryGate(this.#entryGate ?? openEntryGate(now), entry, there.length, now)
    this.#entryGate = passed.gate
    return passed.ok
  }

  accept(socket: WebSocket, owner: SocketOwner): void {
    this.#ctx.acceptWebSocket(socket, [owner.peerId, PEER])
    socket.serializeAttachment(owner)
    this.#known.set(socket, { owner, gate: null })
    this.#newest.set(owner.peerId, socket)
  }

  /** Null for the socket of a page that watches the call. */
  peerOf(socket: WebSocket): KnownSocket | null {
    return this.#known.get(socket) ?? (this.#ctx.getTags(socket).includes(PEER) ? this.#recall(socket) : null)
  }

  /** Owners of all sockets that are open, without those that died silently, which are closed. */
  alive(now: number): SocketOwner[] {
    return this.#ctx.getWebSockets(PEER).flatMap((socket) => {
      if (!isOpen(socket)) return []
      const pingedAt = this.#ctx.getWebSocketAutoResponseTimestamp(socket)
      if (pingedAt && now - pingedAt.getTime() > SILENCE_LIMIT_MS) {
        socket.close(1001, 'No sign of life.')
        return []
      }
      return [this.#ownerOf(socket)]
    })
  }

  /** Sends to the peer's newest socket. What does not arrive is asked for again by its reconnection. */
  send(peerId: PeerId, text: string): void {
    try {
      this.#newestOf(peerId)?.send(text)
    } catch {
      // Closed. Asking each time whether it is costs more than a frame's way through the rules.
    }
  }

  say(peerId: PeerId, frame: ServerFrame): void {
    this.send(peerId, JSON.stringify(frame))
  }

  /** Closes this one socket of a peer, if it is still there. */
  hangUp(owner: SocketOwner, why: HangUpReason): void {
    const { code, reason } = hangUps[why]
    for (const socket of this.#ctx.getWebSockets(owner.peerId))
      if (this.#ownerOf(socket).connection === owner.connection) socket.close(code, reason)
  }

  /** Of a peer's socket. */
  #ownerOf(socket: WebSocket): SocketOwner {
    return (this.#known.get(socket) ?? this.#recall(socket)).owner
  }

  #recall(socket: WebSocket): KnownSocket {
    const recalled = { owner: ownerSchema.parse(socket.deserializeAttachment()), gate: null }
    this.#known.set(socket, recalled)
    return recalled
  }

  /** A newer one only ever comes through `accept`. */
  #newestOf(peerId: PeerId): WebSocket | null {
    const known = this.#newest.get(peerId)
    if (known) return known
    const newest = this.#ctx
      .getWebSockets(peerId)
      .reduce<WebSocket | null>(
        (a, b) => (a && this.#ownerOf(a).connection > this.#ownerOf(b).connection ? a : b),
        null,
      )
    if (newest) this.#newest.set(peerId, newest)
    return newest
  }
}
