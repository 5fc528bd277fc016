/** Listening with uWebSockets.js. */

import { App, SSLApp, type TemplatedApp, type us_listen_socket, us_listen_socket_close } from 'uWebSockets.js'
import { createServer } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
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
 * old one has go on over it. What the kernel has taken for the old one in the very instant of its end is
 * reset, as at a restart, and its client tries again; so that end comes right after a look for newcomers.
 */
export class HttpServer {
  readonly #options: ListenOptions
  /** One for each certificate so far. An app that is closed takes its listening socket along. */
  readonly #apps: TemplatedApp[]
  #socket: us_listen_socket
  /** One at a time. */
  #renewal: Promise<void> = Promise.resolve()
  #closed = false

  private constructor(options: ListenOptions, { app, socket }: Listener) {
    this.#options = options
    this.#apps = [app]
    this.#socket = socket
  }

  /** @throws when the port cannot be listened on, or the certificate is none */
  static async listen(options: ListenOptions): Promise<HttpServer> {
    await refuseTakenPort(options)
    return new HttpServer(options, await open(options))
  }

  /** Takes new connections with the certificate that is in the files now. @throws when it is none; nothing changes then */
  renewCertificate(): Promise<void> {
    const renewal = this.#renewal.then(() => this.#renew())
    this.#renewal = renewal.catch(() => undefined)
    return renewal
  }

  /** Stops listening and ends all sockets. */
  close(): void {
    this.#closed = true
    for (const app of this.#apps) app.close()
  }

  async #renew(): Promise<void> {
    const { app, socket } = await open(this.#options)
    if (this.#closed) return void app.close()
    this.#apps.push(app)
    // The first turn ends the phase that this was called in; the second has polled all sockets.
    await turn()
    await turn()
    if (this.#closed) return
    us_listen_socket_close(this.#socket)
    this.#socket = socket
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
