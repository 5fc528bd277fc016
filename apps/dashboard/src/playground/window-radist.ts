/**
 * `window.radist.connection` on the playground: the connection of the page, for trying the SDK from
 * the browser's console (`radist.connection.getStats()`, `radist.connection.send({ any: 'JSON' })`).
 */
import type { RadistConnection, RadistRoomConnection } from '@radist-tech/client'

declare global {
  interface Window {
    radist?: { connection: RadistConnection | RadistRoomConnection | null }
  }
}

export function exposeConnection(connection: RadistConnection | RadistRoomConnection | null): void {
  window.radist = { connection }
}
