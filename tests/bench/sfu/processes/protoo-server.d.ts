/** The part of protoo-server that the benchmark uses; the package has no types of its own. */
declare module 'protoo-server' {
  import type { EventEmitter } from 'node:events'
  import type { IncomingMessage, Server } from 'node:http'

  export interface Peer {
    readonly id: string
    readonly data: { joined?: boolean; displayName?: string | undefined }
    notify(method: string, data: object): Promise<void>
    on(event: 'close', listener: () => void): void
    on(
      event: 'request',
      listener: (
        request: { method: string; data: { displayName?: string } },
        accept: (data: object) => void,
        reject: (error: Error) => void,
      ) => void,
    ): void
  }
  export class Room extends EventEmitter {
    readonly peers: Peer[]
    createPeer(id: string, transport: object): Peer
    close(): void
  }
  export class WebSocketServer {
    constructor(server: Server, options: object)
    on(
      event: 'connectionrequest',
      listener: (
        info: { request: IncomingMessage },
        accept: () => object,
        reject: (error: Error) => void,
      ) => void,
    ): void
  }
}
