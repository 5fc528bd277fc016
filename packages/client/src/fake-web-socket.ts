/** A WebSocket whose server is the test. */
import type { WebSocketLike } from './web-socket.ts'

interface SocketEvents {
  message: { data: unknown }
  close: { code: number; reason: string }
}

export class FakeWebSocket implements WebSocketLike {
  readonly url: string
  readonly sent: string[] = []
  closed = false
  readonly #listeners: { [E in keyof SocketEvents]: ((event: SocketEvents[E]) => void)[] } = {
    message: [],
    close: [],
  }

  constructor(url: string) {
    this.url = url
  }

  addEventListener<E extends keyof SocketEvents>(type: E, listener: (event: SocketEvents[E]) => void): void {
    this.#listeners[type].push(listener)
  }

  send(data: string): void {
    this.sent.push(data)
  }

  close(): void {
    this.closed = true
  }

  /** A frame from the server. */
  receive(data: string): void {
    for (const listener of this.#listeners.message) listener({ data })
  }

  /** The server, or the network, closes the socket. */
  closeFromServer(code: number, reason: string): void {
    this.closed = true
    for (const listener of this.#listeners.close) listener({ code, reason })
  }
}
