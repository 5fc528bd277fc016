import type { SocketEnding } from '../domain/liveness.ts'
import type { Ending } from '../signaling/endings.ts'

/** What a participant sees of its WebSocket. */
export interface ParticipantSocket {
  /** When the other side was last heard, on the monotonic clock. */
  readonly aliveAt: number
  /** Sends a text frame; a socket that is gone swallows it. */
  send(text: string): void
  /** Closes the socket; its listener hears no more of it. */
  end(ending: Ending): void
  listen(listener: SocketListener): void
}

export interface SocketListener {
  frame(text: string): void
  /** A frame that is no text, or larger than allowed. */
  badFrame(problem: 'binary' | 'too-large'): void
  /** Any sign of life, at this monotonic instant. */
  alive(at: number): void
  /** The socket is gone, not by {@link ParticipantSocket.end}. */
  closed(ending: Exclude<SocketEnding, 'overtaken'>): void
}
