/** Listening with uWebSockets.js. */

import { App, SSLApp, type TemplatedApp, type us_listen_socket, us_listen_socket_close } from 'uWebSockets.js'
import { createServer } from 'node:net'
import type { TlsFiles } from '../config.ts'

export interface ListenOptions {
  host: string
  port: number
  /** Null: plain HTTP. */
  tls: TlsFiles | null
  /** Which variable to name when the port cannot be had. */
  variable: string
  /** Adds the routes to an app. Called again for each new certificate. */
  routes(app: TemplatedApp): void
}

/** An app, and the socket on which it takes connections. */
interface Listener {
  app: TemplatedApp
  socket: us_listen_socket
}

/**
 * A port on which HTTP and WebSockets are served.
 *
 * uWebSockets.js binds a certificate to an app for good. So a new certificate gets a new app, which
 * listens beside the old one (they share the port) before the old one stops to. Connections that the
 * old one has go on over it.
 */
export class HttpServer {
  readonly #options: ListenOptions
  /** The one that takes connections is last. */
  readonly #apps: TemplatedApp[] = []
  #listener: Listener

  private constructor(options: ListenOptions, listener: Listener) {
    this.#options = options
    this.#listener = listener
    this.#apps.push(listener.app)
  }

  /** @throws when the port cannot be listened on, or the certificate is none */
  static async listen(options: ListenOptions): Promise<HttpServer> {
    await refuseTakenPort(options)
    return new HttpServer(options, await open(options))
  }

  /** Takes new connections with the certificate that is in the files now. @throws when it is none; nothing changes then */
  async renewCertificate(): Promise<void> {
    const former = this.#listener
    this.#listener = await open(this.#options)
    this.#apps.push(this.#listener.app)
    us_listen_socket_close(former.socket)
  }

  /** Stops listening and ends all sockets. */
  close(): void {
    us_listen_socket_close(this.#listener.socket)
    for (const app of this.#apps) app.close()
  }
}

async function open({ host, port, tls, variable, routes }: ListenOptions): Promise<Listener> {
  const app = tls === null ? App() : SSLApp({ cert_file_name: tls.certificate, key_file_name: tls.key })
  routes(app)
  const socket = await new Promise<us_listen_socket>((resolve, reject) => {
    app.listen(host, port, (listening) => {
      if (listening) resolve(listening)
      else reject(new Error(`${variable}: ${host}:${port} cannot be listened on`))
    })
  })
  return { app, socket }
}

/** uWebSockets.js shares a port with whoever else shares it (SO_REUSEPORT), another host of ours for one. */
function refuseTakenPort({ host, port, variable }: ListenOptions): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const probe = createServer()
  probe.once('error', (error) => {
    reject(new Error(`${variable}: ${host}:${port} cannot be listened on`, { cause: error }))
  })
  probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve()))
  return promise
}
