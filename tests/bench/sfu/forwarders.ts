/** One video in, SRTP out to a hundred addresses where nobody reads: in mediasoup's worker, and in Janus. */
import { createSocket } from 'node:dgram'
import { createWorker, type types } from 'mediasoup'
import { roomCodecs } from '../../../apps/sfu/src/media/codecs.ts'
import { JANUS_ROOM, Janus } from './janus.ts'
import { publishTo } from './janus-side.ts'
import { videoParameters } from './rtp-source.ts'
import type { UnreadSocket } from './unread-socket.ts'

export const OUTPUTS = 100
/** AES_CM_128_HMAC_SHA1_80 (RFC 4568, section 6.2): a key and a salt of 30 bytes together. */
const SUITE_BITS = 80
/** One for each output: Janus encrypts only once for all that have the same. */
const srtpKey = (output: number) => Buffer.alloc(30, output + 1).toString('base64')

export interface Forwarder {
  name: string
  pid: number
  /** In, to be sent out to all. */
  send(packet: Buffer): void
  /** Packets of the video that have been sent out so far, to all together. */
  forwarded(): Promise<number>
  close(): Promise<void>
}

/** Plain RTP in. The worker alone, the one that our host runs. */
export async function startWorker({ port }: UnreadSocket): Promise<Forwarder> {
  const { MEDIASOUP_WORKER_BIN: workerBin } = process.env
  const worker = await createWorker({ logLevel: 'error', ...(workerBin === undefined ? {} : { workerBin }) })
  const socket = createSocket('udp4')
  const router = await worker.createRouter({ mediaCodecs: roomCodecs })
  const input = await router.createPlainTransport({ listenIp: '127.0.0.1', comedia: true, rtcpMux: true })
  const producer = await input.produce({ kind: 'video', rtpParameters: videoParameters })
  const consumers: types.Consumer[] = []
  for (let i = 0; i < OUTPUTS; i++) {
    const output = await router.createPlainTransport({
      listenIp: '127.0.0.1',
      rtcpMux: true,
      enableSrtp: true,
      srtpCryptoSuite: 'AES_CM_128_HMAC_SHA1_80',
    })
    const srtpParameters = { cryptoSuite: 'AES_CM_128_HMAC_SHA1_80', keyBase64: srtpKey(i) } as const
    await output.connect({ ip: '127.0.0.1', port, srtpParameters })
    consumers.push(await output.consume({ producerId: producer.id, rtpCapabilities: router.rtpCapabilities }))
  }
  return {
    name: 'worker',
    pid: worker.pid,
    send: (packet) => socket.send(packet, input.tuple.localPort, '127.0.0.1'),
    // By its own count: what it sends to probe the bandwidth comes to the socket, too.
    async forwarded() {
      const stats = await Promise.all(consumers.map((consumer) => consumer.getStats()))
      return stats
        .flat()
        .filter(({ type }) => type === 'outbound-rtp')
        .reduce((sum, { packetCount }) => sum + packetCount, 0)
    },
    async close() {
      socket.close()
      worker.close()
    },
  }
}

/** SRTP in, since the VideoRoom takes nothing else: one packet more to decrypt for each hundred encrypted. */
export async function startJanusForwarder(program: string, sink: UnreadSocket): Promise<Forwarder> {
  const janus = await Janus.start(program)
  try {
    const { handle, feed, peer } = await publishTo(janus)
    const forward = {
      request: 'rtp_forward',
      room: JANUS_ROOM,
      publisher_id: feed,
      host: '127.0.0.1',
      srtp_suite: SUITE_BITS,
      streams: [{ mid: '0', port: sink.port }],
    }
    for (let i = 0; i < OUTPUTS; i++) await handle.ask({ ...forward, srtp_crypto: srtpKey(i) })
    return {
      name: 'Janus',
      pid: janus.pid,
      send: (packet) => peer.send(packet),
      forwarded: async () => sink.arrived,
      async close() {
        peer.close()
        await janus.stop()
      },
    }
  } catch (error) {
    await janus.stop()
    throw error
  }
}
