import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

/**
 * A TCP relay on loopback whose connections can all be cut at once, as a network that goes away
 * cuts them, without a WebSocket close frame; or fall silent, which neither end is told of.
 */
export class CuttingProxy {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  /** Those of the sockets that lead to the server. */
  readonly #upstreams = new Set<Socket>()
  #down = false
  #mute = new AbortController()

  private constructor(targetPort: number) {
    this.#server = createServer((client) => {
      if (this.#down) {
        client.resetAndDestroy()
        return
      }
      const upstream = connect(targetPort, '127.0.0.1')
      const { signal } = this.#mute
      this.#upstreams.add(upstream)
      upstream.on('close', () => this.#upstreams.delete(upstream))
      for (const [socket, other] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        this.#sockets.add(socket)
        socket.on('error', () => undefined)
        socket.on('close', () => {
          this.#sockets.delete(socket)
          if (!signal.aborted) other.destroy()
        })
      }
      client.pipe(upstream).pipe(client)
    })
  }

  static async start(targetPort: number): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(targetPort)
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve))
    return proxy
  }

  get port(): number {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('The proxy is not listening.')
    return address.port
  }

  /** Cuts every connection, and every new one, until {@link mend}. */
  cut(): void {
    this.#down = true
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  /**
   * Swallows what comes over the connections that there are, their ends included, for good; refuses
   * new ones until {@link mend}. Resolves when the server has given all of them up.
   */
  async silence(): Promise<void> {
    this.#down = true
    this.#mute.abort()
    this.#mute = new AbortController()
    for (const socket of this.#sockets) socket.unpipe().resume()
    await Promise.all([...this.#upstreams].map((upstream) => once(upstream, 'close')))
  }

  mend(): void {
    this.#down = false
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.cut()
    await closed
  }
}
