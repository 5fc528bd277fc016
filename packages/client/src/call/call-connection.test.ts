import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { RadistClient } from '../client.ts'
import { FakeWebSocket } from '../fake-web-socket.ts'
import { FakeMediaStream, FakePeerConnection } from './fake-peer-connection.ts'

const ownId = `peer_${'a'.repeat(22)}`
const otherId = `peer_${'b'.repeat(22)}`
const turn = (credential: string) => ({ urls: ['turn:turn.test'], username: 'u', credential })

const connected = (iceServers: RTCIceServer[]) => ({
  type: 'connected',
  peerId: ownId,
  reconnectToken: 'rt_x',
  polite: true,
  iceServers,
  call: {
    callId: '6f1c2f0e-3b57-4f6e-8a8e-0d5d8c1f2a3b',
    createdAt: '2026-01-01T00:00:00.000Z',
    accessControl: 'public',
    peers: [ownId, otherId].map((peerId) => ({ peerId, connected: true })),
  },
})

const made: FakePeerConnection[] = []
beforeEach(() => {
  vi.stubGlobal('MediaStream', FakeMediaStream)
  vi.stubGlobal(
    'RTCPeerConnection',
    class extends FakePeerConnection {
      constructor(configuration: RTCConfiguration) {
        super(configuration)
        made.push(this)
      }
    },
  )
})
afterEach(() => {
  made.length = 0
  vi.unstubAllGlobals()
})

/** A peer that finds the other one there, greeted with these servers. */
async function join(iceServers: RTCIceServer[], rtcConfiguration: RTCConfiguration) {
  const sockets: FakeWebSocket[] = []
  const client = new RadistClient({
    publicKey: 'rad_pk_x',
    rtcConfiguration,
    webSocketFactory: (url) => {
      const socket = new FakeWebSocket(url)
      sockets.push(socket)
      return socket
    },
  })
  const greet = (servers: RTCIceServer[]) => sockets.at(-1)?.receive(JSON.stringify(connected(servers)))
  const opened = client.createConnection({ callToken: 'ct_x', channels: ['data'] })
  await vi.waitFor(() => expect(sockets).toHaveLength(1))
  greet(iceServers)
  const [connection, [peerConnection]] = [await opened, made]
  if (!peerConnection) throw new Error('no RTCPeerConnection was made')
  return { connection, peerConnection, sockets, greet }
}

it("uses the service's ICE servers, beside the rest of one's own configuration", async () => {
  const { connection, peerConnection } = await join([turn('1')], { iceTransportPolicy: 'relay' })
  expect(peerConnection.configuration).toEqual({ iceTransportPolicy: 'relay', iceServers: [turn('1')] })
  connection.close()
})

it.each([[[turn('own')]], [[]]])("uses one's own ICE servers instead when there are any: %j", async (own) => {
  const { connection, peerConnection } = await join([turn('1')], { iceServers: own })
  expect(peerConnection.configuration).toEqual({ iceServers: own })
  connection.close()
})

it('restarts ICE with the servers of the newest greeting', async () => {
  const { connection, peerConnection, sockets, greet } = await join([turn('1')], {})
  const reconnected = connection.reconnect()
  await vi.waitFor(() => expect(sockets).toHaveLength(2))
  greet([turn('2')])
  await reconnected
  await vi.waitFor(() => expect(peerConnection.iceRestarts).toEqual([{ iceServers: [turn('2')] }]))
  connection.close()
})

it('a connection that is set up anew has them too', async () => {
  const { connection, peerConnection, sockets, greet } = await join([turn('1')], {})
  peerConnection.needNegotiation()
  await vi.waitFor(() => expect(peerConnection.signalingState).toBe('have-local-offer'))
  const reconnected = connection.reconnect()
  await vi.waitFor(() => expect(sockets).toHaveLength(2))
  greet([turn('2')])
  await reconnected
  sockets.at(-1)?.receive(JSON.stringify({ type: 'offer', sdp: 'offer', from: otherId, seq: 1 }))
  await vi.waitFor(() => expect(made).toHaveLength(2))
  expect(made[1]?.configuration).toEqual({ iceServers: [turn('2')] })
  connection.close()
})
