/**
 * What ours is compared with: a protoo-server with the signaling of mediasoup's own demo (router
 * capabilities, two transports, join with a roster), on the same codecs, observers and transport options.
 */
import { createServer } from 'node:http'
import { createWorker, type types } from 'mediasoup'
import { type Peer, Room, WebSocketServer } from 'protoo-server'
import { roomCodecs } from '../../../../apps/sfu/src/media/codecs.ts'
import { admitter } from './admitter.ts'

interface DemoRoom {
  room: Room
  router: types.Router
}

const { BENCH_CONTROL_PLANE_URL, BENCH_PORT, BENCH_MEDIA_PORT, MEDIASOUP_WORKER_BIN: workerBin } = process.env
/** Set when joins are admitted by a control plane, as ours are. */
const admit = BENCH_CONTROL_PLANE_URL === undefined ? null : await admitter(BENCH_CONTROL_PLANE_URL)
const worker = await createWorker({ logLevel: 'error', ...(workerBin === undefined ? {} : { workerBin }) })
const media = { ip: '127.0.0.1', port: Number(BENCH_MEDIA_PORT) }
const webRtcServer = await worker.createWebRtcServer({
  listenInfos: [
    { protocol: 'udp', ...media },
    { protocol: 'tcp', ...media },
  ],
})
const rooms = new Map<string, Promise<DemoRoom>>()

async function newRoom(roomId: string): Promise<DemoRoom> {
  const router = await worker.createRouter({ mediaCodecs: roomCodecs })
  await router.createActiveSpeakerObserver({ interval: 300 })
  await router.createAudioLevelObserver({ threshold: -70, interval: 1000 })
  const room = new Room()
  room.on('close', () => {
    rooms.delete(roomId)
    router.close()
  })
  return { room, router }
}

function roomOf(roomId: string): Promise<DemoRoom> {
  const known = rooms.get(roomId)
  if (known) return known
  const starting = newRoom(roomId)
  rooms.set(roomId, starting)
  return starting
}

function serve({ room, router }: DemoRoom, peer: Peer): void {
  const transports = new Map<string, types.WebRtcTransport>()
  const others = () => room.peers.filter((other) => other !== peer && other.data.joined === true)
  const answer = async (method: string, data: { displayName?: string }): Promise<object> => {
    if (method === 'getRouterRtpCapabilities') return router.rtpCapabilities
    if (method === 'createWebRtcTransport') {
      const transport = await router.createWebRtcTransport({
        webRtcServer,
        enableUdp: true,
        enableTcp: true,
        preferUdp: true,
        enableSctp: true,
        maxSendMessageSize: 262_144,
        maxReceiveMessageSize: 262_144,
        initialAvailableOutgoingBitrate: 1_000_000,
      })
      transports.set(transport.id, transport)
      const { id, iceParameters, iceCandidates, dtlsParameters, sctpParameters } = transport
      return { id, iceParameters, iceCandidates, dtlsParameters, sctpParameters }
    }
    if (method !== 'join') throw new Error(`unknown method ${method}`)
    Object.assign(peer.data, { joined: true, displayName: data.displayName })
    const infoOf = ({ id, data: { displayName } }: Peer) => ({ id, displayName })
    for (const other of others()) other.notify('newPeer', infoOf(peer)).catch(() => undefined)
    return { peers: others().map(infoOf) }
  }
  peer.on('request', ({ method, data }, accept, reject) => {
    answer(method, data).then(accept, reject)
  })
  peer.on('close', () => {
    for (const other of others()) other.notify('peerClosed', { peerId: peer.id }).catch(() => undefined)
    for (const transport of transports.values()) transport.close()
    if (room.peers.length === 0) room.close()
  })
}

const http = createServer()
const server = new WebSocketServer(http, {
  maxReceivedFrameSize: 960_000,
  maxReceivedMessageSize: 960_000,
  fragmentOutgoingMessages: false,
})
server.on('connectionrequest', ({ request }, accept, reject) => {
  const { searchParams } = new URL(request.url ?? '', 'http://localhost')
  const [roomId, peerId] = [searchParams.get('roomId') ?? '', searchParams.get('peerId') ?? '']
  const enter = async () => {
    const entry = await roomOf(roomId)
    await admit?.(searchParams.get('roomToken') ?? '')
    serve(entry, entry.room.createPeer(peerId, accept()))
  }
  enter().catch(reject)
})
http.listen(Number(BENCH_PORT), '127.0.0.1')
