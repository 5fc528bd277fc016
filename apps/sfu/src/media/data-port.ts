/**
 * The host's own end of the data channels of those who are on one router. What a participant sends is read
 * here; to send, each receiver consumes one of two producers that never say anything: messages are put into
 * its consumer one by one, so that each is addressed, and how much waits for each is known.
 */
import { type DataChannel, MAX_DATA_FRAME_BYTES } from '@radist-tech/protocol'
import type { types } from 'mediasoup'
import { askMedia } from './ask-media.ts'

/** What each channel promises (RFC 8831, 6.1). */
const delivery = {
  reliable: { ordered: true },
  unreliable: { ordered: false, maxRetransmits: 0 },
} as const

export class DataPort {
  readonly #transport: types.DirectTransport
  readonly #sources: Record<DataChannel, types.DataProducer>

  private constructor(transport: types.DirectTransport, sources: Record<DataChannel, types.DataProducer>) {
    this.#transport = transport
    this.#sources = sources
  }

  static async open(router: types.Router): Promise<DataPort> {
    const transport = await askMedia(
      router.createDirectTransport({
        maxSendMessageSize: MAX_DATA_FRAME_BYTES,
        maxReceiveMessageSize: MAX_DATA_FRAME_BYTES,
      }),
      (late) => late.close(),
    )
    try {
      const source = (label: DataChannel) => askMedia(transport.produceData({ label }))
      return new DataPort(transport, {
        reliable: await source('reliable'),
        unreliable: await source('unreliable'),
      })
    } catch (error) {
      transport.close()
      throw error
    }
  }

  /** Opens a channel from a participant. What comes is told until the producer that is answered is closed. */
  async receive(
    from: types.WebRtcTransport,
    channel: DataChannel,
    streamId: number,
    take: (frame: Uint8Array) => void,
  ): Promise<types.DataProducer> {
    const sctpStreamParameters = { streamId, ...delivery[channel] }
    const producer = await askMedia(from.produceData({ sctpStreamParameters, label: channel }), (late) =>
      late.close(),
    )
    try {
      const request = this.#transport.consumeData({ dataProducerId: producer.id, paused: true })
      const consumer = await askMedia(request, (late) => late.close())
      consumer.on('message', take)
      await askMedia(consumer.resume())
    } catch (error) {
      producer.close()
      throw error
    }
    return producer
  }

  /** Opens a channel to a participant. */
  send(to: types.WebRtcTransport, channel: DataChannel): Promise<types.DataConsumer> {
    const dataProducerId = this.#sources[channel].id
    return askMedia(to.consumeData({ dataProducerId, ...delivery[channel] }), (late) => late.close())
  }
}
