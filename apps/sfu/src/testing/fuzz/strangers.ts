/** Those who never get in: what arrives at the port that is no participant. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { ROOM_SIGNALING_PATH } from '@radist-tech/protocol'
import { PUBLIC_KEY } from '../control-plane-stub.ts'
import type { StrangerAct } from './hostile-frames.ts'

const upgrade = (query: string, header = '') =>
  `GET ${ROOM_SIGNALING_PATH}?${query} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
  `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${header}\r\n`

const bytesOf: Record<StrangerAct, string> = {
  'half-upgrade': upgrade(`publicKey=${PUBLIC_KEY}`).slice(0, -30),
  'bad-query': upgrade('publicKey=a&publicKey=b&roomToken=%ff%00'),
  'bad-token': upgrade(`publicKey=${PUBLIC_KEY}&roomToken=ct_${'e30.'.repeat(3)}`),
  'not-http': `\x16\x03\x01\x02\x00\x01\x00${'\x00'.repeat(200)}`,
  'large-header': upgrade('x=1', `X-Large: ${'x'.repeat(30_000)}\r\n`),
  post: `POST /api/v1/sfu/assignments HTTP/1.1\r\nHost: x\r\nContent-Length: 400000\r\n\r\n${'{'.repeat(1000)}`,
}

/** How long a half-open one stays before it goes without a word. */
const LINGER_MS = 50

export async function actAsStranger(origin: string, act: StrangerAct): Promise<void> {
  const { hostname, port } = new URL(origin)
  const socket = connect(Number(port), hostname)
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  // Being reset is one of the right answers.
  socket.on('error', () => undefined)
  socket.resume()
  await Promise.race([once(socket, 'connect'), closed])
  socket.write(bytesOf[act], 'latin1')
  const timer = setTimeout(() => socket.destroy(), LINGER_MS)
  await closed
  clearTimeout(timer)
}
