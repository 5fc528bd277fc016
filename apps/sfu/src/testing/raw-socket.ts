/** A WebSocket on a bare TCP socket, to do what no WebSocket library does: not read, not answer pings. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { ROOM_SIGNALING_PATH } from '@radist-tech/protocol'

/** Opens it; the host's frames are up to the caller to read. */
export async function openRawSocket(origin: string, query: Record<string, string>): Promise<Socket> {
  const { hostname, port } = new URL(origin)
  const socket = connect(Number(port), hostname)
  // A reset is what these tests are about; 'close' tells of it.
  socket.on('error', () => undefined)
  socket.write(
    `GET ${ROOM_SIGNALING_PATH}?${new URLSearchParams(query)} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n` +
      'Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  )
  await once(socket, 'readable')
  return socket
}

/** A text frame of less than 126 bytes, masked with zeros (RFC 6455, section 5.2). */
export function maskedFrame(text: string): Buffer {
  const payload = Buffer.from(text)
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0]), payload])
}
