/**
 * Hibernating sockets of dashboard pages that watch an object. They are marked by a tag, so that none is
 * ever taken for a peer's, and outlive the object's instance.
 */
import { apiErrors, closeCodeOf, PING_FRAME, PONG_FRAME } from '@radist-tech/protocol'
import { z } from 'zod'

/** As many may watch one object; the next is refused. */
export const MAX_WATCHERS = 50
/**
 * After so long a socket is closed, in milliseconds: the page opens another, and whether it may is looked at
 * anew. Whoever is signed out, or no member any more, sees nothing after that.
 */
export const WATCH_MS = 300_000
/** "Service restart" (IANA's registry of close codes): come again. */
export const WATCH_OVER = { code: 1012, reason: 'Connect again.' }

const TAG = 'watch'
/** The path of the Worker's own request for such a socket; none that comes from outside has it. */
export const WATCH_PATH = '/watch'

const attachmentSchema = z.object({ watchesUntil: z.int() })

export class Watchers {
  readonly #ctx: DurableObjectState
  /** Those that were open when they were last looked at; null in an instance that did not look yet. */
  #open: WebSocket[] | null = null

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(PING_FRAME, PONG_FRAME))
  }

  /** A new one's two ends, or null when there are too many. */
  accept(now: number): { socket: WebSocket; client: WebSocket } | null {
    if (this.count >= MAX_WATCHERS) return null
    const { 0: client, 1: socket } = new WebSocketPair()
    const others = this.#all()
    this.#ctx.acceptWebSocket(socket, [TAG])
    this.#open = [...others, socket]
    socket.serializeAttachment({ watchesUntil: now + WATCH_MS })
    return { socket, client }
  }

  has(socket: WebSocket): boolean {
    return this.#ctx.getTags(socket).includes(TAG)
  }

  get count(): number {
    return this.#all().length
  }

  send(text: string): void {
    for (const socket of this.#all()) sendTo(socket, text)
  }

  /** A page has said something other than a ping, which it never does. */
  refuse(socket: WebSocket): void {
    socket.close(closeCodeOf('invalid_query'), apiErrors.invalid_query.error)
  }

  /** When the next one is to be closed. */
  nextDueAt(): number | null {
    const ends = this.#all().map(endOf)
    return ends.length === 0 ? null : Math.min(...ends)
  }

  closeDue(now: number): void {
    for (const socket of this.#all())
      if (endOf(socket) <= now) socket.close(WATCH_OVER.code, WATCH_OVER.reason)
  }

  /** Asked for with every frame that the object relays, so the runtime is not. */
  #all(): WebSocket[] {
    const known = this.#open ?? this.#ctx.getWebSockets(TAG)
    this.#open =
      known.length === 0 ? known : known.filter(({ readyState }) => readyState === WebSocket.READY_STATE_OPEN)
    return this.#open
  }
}

const endOf = (socket: WebSocket): number =>
  attachmentSchema.parse(socket.deserializeAttachment()).watchesUntil

export function sendTo(socket: WebSocket, text: string): void {
  try {
    socket.send(text)
  } catch {
    // Closed meanwhile: its page comes again.
  }
}
