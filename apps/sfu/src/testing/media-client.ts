/**
 * A participant's media in this process: mediasoup-client on libwebrtc, as a page would have it. A fault of libwebrtc
 * ends the process that imports this: tests take `media-device.ts`.
 */
import { type DataChannel, dataChannelSchema, type ProducerInfo } from '@radist-tech/protocol'
import wrtc from '@roamhq/wrtc'
import { Device, type types } from 'mediasoup-client'
import type { TestParticipant } from './test-participant.ts'

// mediasoup-client takes the browser's names from the global object.
Object.assign(globalThis, wrtc)
// libwebrtc's binding trips over its own clean-up when its process ends, with a page of noise: it is not let to.
process.once('exit', () => process.kill(process.pid, 'SIGKILL'))

/** Who asks the host. */
type Signaling = Pick<TestParticipant, 'request'>

const FRAME = { width: 320, height: 180, everyMs: 66 }
/** libwebrtc's audio sources take 10 ms of samples at a time. */
const SAMPLES = { rate: 48_000, each: 480, everyMs: 10 }

export class MediaClient {
  readonly #signaling: Signaling
  readonly #device: Device
  readonly #send: types.Transport
  readonly #recv: types.Transport

  private constructor(
    signaling: Signaling,
    device: Device,
    transports: Record<'send' | 'recv', types.Transport>,
  ) {
    this.#signaling = signaling
    this.#device = device
    this.#send = transports.send
    this.#recv = transports.recv
  }

  /** Of one who has just joined. */
  static async open(participant: TestParticipant): Promise<MediaClient> {
    return MediaClient.of(participant, (await participant.notified('joined')).routerRtpCapabilities)
  }

  static async of(signaling: Signaling, routerRtpCapabilities: types.RtpCapabilities): Promise<MediaClient> {
    const device = new Device({ handlerName: 'Chrome111' })
    await device.load({ routerRtpCapabilities })
    const send = await openTransport(signaling, device, 'send')
    const recv = await openTransport(signaling, device, 'recv')
    return new MediaClient(signaling, device, { send, recv })
  }

  get rtpCapabilities(): types.RtpCapabilities {
    return this.#device.rtpCapabilities
  }

  /** Sends moving pictures. */
  async publishVideo(): Promise<types.Producer> {
    const source = new wrtc.nonstandard.RTCVideoSource()
    const { width, height, everyMs } = FRAME
    let shade = 0
    setInterval(() => {
      shade = (shade + 8) % 256
      source.onFrame({ width, height, data: new Uint8Array((width * height * 3) / 2).fill(shade) })
    }, everyMs)
    return this.#send.produce({ track: source.createTrack(), appData: { source: 'camera' } })
  }

  /** Sends a loud tone. */
  async publishAudio(): Promise<types.Producer> {
    const source = new wrtc.nonstandard.RTCAudioSource()
    let position = 0
    setInterval(() => {
      const samples = Int16Array.from({ length: SAMPLES.each }, () => {
        position += 1
        return Math.sin((position * 2 * Math.PI * 300) / SAMPLES.rate) * 20_000
      })
      source.onData({
        samples,
        sampleRate: SAMPLES.rate,
        bitsPerSample: 16,
        channelCount: 1,
        numberOfFrames: SAMPLES.each,
      })
    }, SAMPLES.everyMs)
    return this.#send.produce({ track: source.createTrack(), appData: { source: 'microphone' } })
  }

  async consume({ producerId }: Pick<ProducerInfo, 'producerId'>): Promise<types.Consumer> {
    const transportId = this.#recv.id
    const { rtpCapabilities } = this.#device
    const answer = await this.#signaling.request('consume', { transportId, producerId, rtpCapabilities })
    const consumer = await this.#recv.consume({ ...answer, id: answer.consumerId })
    await this.#signaling.request('resumeConsumer', { consumerId: consumer.id })
    return consumer
  }

  /** Opens a data channel to the host. */
  async sendingData(channel: DataChannel): Promise<types.DataProducer> {
    const delivery = channel === 'reliable' ? { ordered: true } : { ordered: false, maxRetransmits: 0 }
    const producer = await this.#send.produceData({ ...delivery, label: channel })
    await opened(producer)
    return producer
  }

  /** Opens a data channel from the host, whose frames are given to `take` as they come. */
  async receivingData(channel: DataChannel, take: (frame: Uint8Array<ArrayBuffer>) => void): Promise<void> {
    const { dataConsumerId, ...options } = await this.#signaling.request('consumeData', {
      transportId: this.#recv.id,
      channel,
    })
    const consumer = await this.#recv.consumeData({ ...options, id: dataConsumerId })
    consumer.binaryType = 'arraybuffer'
    await opened(consumer)
    consumer.on('message', (message: ArrayBuffer) => take(new Uint8Array(message)))
    await this.#signaling.request('resumeDataConsumer', { dataConsumerId })
  }

  /** RTP packets received so far over all consumers, and those that are missing between them. */
  async received(): Promise<{ packets: number; lost: number }> {
    const sum = { packets: 0, lost: 0 }
    for (const stats of (await this.#recv.getStats()).values()) {
      if (stats.type !== 'inbound-rtp') continue
      sum.packets += stats.packetsReceived
      sum.lost += stats.packetsLost
    }
    return sum
  }
}

/** Settles when this many decoded video frames, or blocks of decoded sound, have come out of a consumer. */
export function decoded({ track }: types.Consumer, count: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const timeout = setTimeout(() => reject(new Error(`fewer than ${count} of ${track.kind} came out`)), 15_000)
  let left = count
  const take = () => {
    left -= 1
    if (left === 0) resolve()
  }
  const stop = track.kind === 'video' ? onFrames(track, take) : onSound(track, take)
  return promise.finally(() => {
    clearTimeout(timeout)
    stop()
  })
}

function onFrames(track: MediaStreamTrack, take: () => void): () => void {
  const sink = new wrtc.nonstandard.RTCVideoSink(track)
  sink.onframe = take
  return () => sink.stop()
}

/** Before the first packet, and where packets are missing, what comes out is silence. */
function onSound(track: MediaStreamTrack, take: () => void): () => void {
  const sink = new wrtc.nonstandard.RTCAudioSink(track)
  sink.ondata = ({ samples }: { samples: Int16Array }) => {
    if (samples.some((sample) => Math.abs(sample) > 1000)) take()
  }
  return () => sink.stop()
}

/** What data producers and data consumers have in common. */
interface Channel {
  readonly readyState: string
  once(event: 'open', listener: () => void): unknown
}

/** Settles when a data producer or consumer is open. */
async function opened(channel: Channel): Promise<void> {
  if (channel.readyState === 'open') return
  await new Promise<void>((resolve) => channel.once('open', resolve))
}

async function openTransport(
  signaling: Signaling,
  device: Device,
  direction: 'send' | 'recv',
): Promise<types.Transport> {
  const { transportId, ...parameters } = await signaling.request('createTransport', { direction })
  const options = { id: transportId, ...parameters }
  const transport =
    direction === 'send' ? device.createSendTransport(options) : device.createRecvTransport(options)
  transport.on('connect', ({ dtlsParameters }, done, failed) => {
    signaling.request('connectTransport', { transportId, dtlsParameters }).then(done, failed)
  })
  transport.on('produce', ({ kind, rtpParameters }, done, failed) => {
    const source = kind === 'audio' ? 'microphone' : 'camera'
    signaling
      .request('produce', { transportId, kind, source, rtpParameters })
      .then(({ producerId }) => done({ id: producerId }), failed)
  })
  transport.on('producedata', ({ sctpStreamParameters: { streamId = 0 }, label }, done, failed) => {
    signaling
      .request('produceData', { transportId, channel: dataChannelSchema.parse(label), streamId })
      .then(({ dataProducerId }) => done({ id: dataProducerId }), failed)
  })
  return transport
}
