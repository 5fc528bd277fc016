/** The SFUs whose forwarding is compared, behind one face: our host, and mediasoup with nothing around it. */
import { roomRequests } from '@radist-tech/protocol'
import { createWorker, type types } from 'mediasoup'
import { roomCodecs } from '../../../apps/sfu/src/media/codecs.ts'
import { PUBLIC_KEY } from '../../../apps/sfu/src/testing/control-plane-stub.ts'
import { freePorts } from '../../../apps/sfu/src/testing/test-host.ts'
import { TestParticipant } from '../../../apps/sfu/src/testing/test-participant.ts'
import { connectPeer, type SfuTransport } from './mediasoup-peer.ts'
import type { RtpPeer } from './rtp-peer.ts'
import { videoParameters } from './rtp-source.ts'
import { RadistHost } from './setting.ts'

export interface SfuSide {
  name: string
  /** Process ids. */
  workers: readonly number[]
  /** One who publishes a video, to be sent by the caller. */
  publisher(): Promise<RtpPeer>
  /** One who receives it. */
  receiver(): Promise<RtpPeer>
  close(): Promise<void>
}

/** @param workers media workers of the host */
export async function startRadist(workers: number): Promise<SfuSide> {
  const host = await RadistHost.start({
    RADIST_SFU_WORKERS: String(workers),
    RADIST_SFU_WORKER_MAX_CPU: '1.0',
  })
  const room = await host.assign()
  const participants: TestParticipant[] = []
  let producerId = ''
  const join = async (direction: 'send' | 'recv') => {
    const roomToken = await host.controlPlane.roomToken(room)
    const participant = new TestParticipant(host.url, { publicKey: PUBLIC_KEY, roomToken })
    participants.push(participant)
    const { routerRtpCapabilities } = await participant.notified('joined')
    const { transportId, ...rest } = await participant.request('createTransport', { direction })
    const transport = {
      parameters: { id: transportId, ...rest },
      connect: (dtlsParameters: RtpDtls) =>
        participant.request('connectTransport', { transportId, dtlsParameters }),
    }
    return { participant, transportId, transport, routerRtpCapabilities }
  }
  return {
    name: 'ours',
    workers: host.process.children,
    async publisher() {
      const { participant, transportId, transport } = await join('send')
      const peer = await connectPeer(transport, 'sends', videoParameters)
      const request = {
        transportId,
        kind: 'video',
        source: 'camera',
        rtpParameters: videoParameters,
      } as const
      producerId = (await participant.request('produce', request)).producerId
      return peer
    },
    async receiver() {
      const { participant, transportId, transport, routerRtpCapabilities } = await join('recv')
      const { consumerId, rtpParameters } = await participant.request('consume', {
        transportId,
        producerId,
        rtpCapabilities: routerRtpCapabilities,
      })
      const peer = await connectPeer(transport, 'receives', rtpParameters)
      await participant.request('resumeConsumer', { consumerId })
      return peer
    },
    async close() {
      await host.close()
    },
  }
}

/** What mediasoup answers, seen as mediasoup-client's. */
const rtpParametersOf = ({ rtpParameters }: types.Consumer) =>
  roomRequests.consume.answer.shape.rtpParameters.parse(rtpParameters)

type RtpDtls = Parameters<SfuTransport['connect']>[0]

/** The same codecs and transport options, and no code of ours. */
export async function startBareMediasoup(): Promise<SfuSide> {
  const { MEDIASOUP_WORKER_BIN: workerBin } = process.env
  const worker = await createWorker({ logLevel: 'error', ...(workerBin === undefined ? {} : { workerBin }) })
  const listen = { ip: '127.0.0.1', port: await freePorts(1) }
  const webRtcServer = await worker.createWebRtcServer({
    listenInfos: [
      { protocol: 'udp', ...listen },
      { protocol: 'tcp', ...listen },
    ],
  })
  const router = await worker.createRouter({ mediaCodecs: roomCodecs })
  let producer: types.Producer | undefined
  const newTransport = async () => {
    const created = await router.createWebRtcTransport({
      webRtcServer,
      enableUdp: true,
      enableTcp: true,
      preferUdp: true,
      enableSctp: true,
      maxSendMessageSize: 262_144,
      maxReceiveMessageSize: 262_144,
      initialAvailableOutgoingBitrate: 1_000_000,
    })
    const { id, iceParameters, iceCandidates, dtlsParameters } = created
    const transport = {
      parameters: { id, iceParameters, iceCandidates, dtlsParameters },
      connect: (remote: RtpDtls) => created.connect({ dtlsParameters: remote }),
    }
    return { created, transport }
  }
  return {
    name: 'bare mediasoup',
    workers: [worker.pid],
    async publisher() {
      const { created, transport } = await newTransport()
      const peer = await connectPeer(transport, 'sends', videoParameters)
      producer = await created.produce({ kind: 'video', rtpParameters: videoParameters })
      return peer
    },
    async receiver() {
      const { created, transport } = await newTransport()
      const consumer = await created.consume({
        producerId: producer?.id ?? '',
        rtpCapabilities: router.rtpCapabilities,
        paused: true,
      })
      const peer = await connectPeer(transport, 'receives', rtpParametersOf(consumer))
      await consumer.resume()
      return peer
    },
    async close() {
      worker.close()
    },
  }
}
