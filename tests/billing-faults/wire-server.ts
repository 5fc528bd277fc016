/** The server at the near end of a wire: it reads each request whole, and hands it to whoever carries it on. */
import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

export interface WireRequest {
  method: string
  path: string
  headers: Record<string, string>
  body: Uint8Array<ArrayBuffer>
}

export class WireServer {
  readonly #server: Server = createServer()

  static async open(): Promise<WireServer> {
    const wire = new WireServer()
    wire.#server.listen(0, '127.0.0.1')
    await once(wire.#server, 'listening')
    return wire
  }

  /** What `carry` rejects with breaks the request's connection. @param headers the ones that go on */
  carryBy(
    headers: readonly string[],
    carry: (request: WireRequest, response: ServerResponse) => Promise<void>,
  ): void {
    this.#server.on('request', (incoming, response) => {
      const { method = 'GET', url: path = '' } = incoming
      const kept = headers.flatMap((name) => {
        const value = incoming.headers[name]
        return typeof value === 'string' ? [[name, value]] : []
      })
      buffer(incoming)
        .then((body) =>
          carry({ method, path, headers: Object.fromEntries(kept), body: new Uint8Array(body) }, response),
        )
        .catch(() => response.destroy())
    })
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo
    return `http://127.0.0.1:${port}`
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }
}
