/** Listening with uWebSockets.js. */

import { App, type TemplatedApp, type us_listen_socket, us_listen_socket_close } from 'uWebSockets.js'
import { createServer } from 'node:net'

export interface HttpServer {
  readonly app: TemplatedApp
  /** @throws when the port cannot be listened on */
  listen(host: string, port: number): Promise<void>
  /** Stops listening and ends all sockets. */
  close(): void
}

export function createHttpServer(): HttpServer {
  const app = App()
  let listening: us_listen_socket | null = null
  return {
    app,
    async listen(host, port) {
      await refuseTakenPort(host, port)
      listening = await new Promise((resolve, reject) => {
        app.listen(host, port, (socket) => {
          if (socket) resolve(socket)
          else reject(new Error(`RADIST_SFU_PORT: ${host}:${port} cannot be listened on`))
        })
      })
    },
    close() {
      if (listening) us_listen_socket_close(listening)
      listening = null
      app.close()
    },
  }
}

/** uWebSockets.js shares a port with whoever else shares it (SO_REUSEPORT), another host of ours for one. */
function refuseTakenPort(host: string, port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const probe = createServer()
  probe.once('error', (error) => {
    reject(new Error(`RADIST_SFU_PORT: ${host}:${port} cannot be listened on`, { cause: error }))
  })
  probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve()))
  return promise
}
