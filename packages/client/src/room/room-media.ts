/**
 * A participant's media in a room: mediasoup-client's device with one transport to send and one to
 * receive. Its methods are called one at a time, by the connection's queue.
 */
import type { ParticipantId } from '@radist-tech/protocol/ids'
import type {
  DataProducerInfo,
  ProducerInfo,
  RoomNotificationData,
  TrackSource,
} from '@radist-tech/protocol/room-signaling'
import type { types as mediasoup } from 'mediasoup-client'
import { RadistError } from '../errors.ts'
import {
  decodeMessage,
  encodeMessage,
  type MessageContent,
  type SendableData,
  wireLength,
} from '../message-framing.ts'
import { cameraEncodings } from './camera-encodings.ts'
import type { RoomSignaling } from './room-signaling.ts'
import { DATA_LABEL, RoomTransports } from './room-transports.ts'

/** What mediasoup accepts by default, in bytes. */
const MAX_MESSAGE_BYTES = 262_144

export interface RoomMediaEvents {
  message: (from: ParticipantId, content: MessageContent) => void
  dataChannel: (open: boolean) => void
  /** A transport lost its path; answered with {@link RoomTransports.restartIce}. */
  pathFailed: () => void
}

export class RoomMedia {
  readonly transports: RoomTransports
  readonly #signaling: RoomSignaling
  readonly #device: mediasoup.Device
  readonly #events: RoomMediaEvents
  readonly #producers = new Map<TrackSource, mediasoup.Producer>()
  /** By the id of the producer that is consumed. */
  readonly #consumers = new Map<string, mediasoup.Consumer>()
  readonly #dataConsumers = new Map<string, mediasoup.DataConsumer>()
  #dataProducer: mediasoup.DataProducer | null = null

  private constructor(
    signaling: RoomSignaling,
    device: mediasoup.Device,
    rtcConfiguration: RTCConfiguration,
    events: RoomMediaEvents,
  ) {
    this.#signaling = signaling
    this.#device = device
    this.#events = events
    this.transports = new RoomTransports(signaling, device, rtcConfiguration, events.pathFailed)
  }

  /** Fetches mediasoup-client, which pages that never join a room do not need, and prepares it for this room. */
  static async load(
    signaling: RoomSignaling,
    routerRtpCapabilities: RoomNotificationData<'joined'>['routerRtpCapabilities'],
    rtcConfiguration: RTCConfiguration,
    events: RoomMediaEvents,
  ): Promise<RoomMedia> {
    const { Device } = await import('mediasoup-client')
    try {
      const device = await Device.factory()
      await device.load({ routerRtpCapabilities })
      return new RoomMedia(signaling, device, rtcConfiguration, events)
    } catch (error) {
      throw new RadistError('unsupported_browser', { cause: error })
    }
  }

  get dataChannelOpen(): boolean {
    return this.#dataProducer?.readyState === 'open'
  }

  get isPublishingData(): boolean {
    return this.#dataProducer !== null
  }

  isPublishing(source: TrackSource): boolean {
    return this.#producers.has(source)
  }

  consumes(producerId: string): boolean {
    return this.#consumers.has(producerId) || this.#dataConsumers.has(producerId)
  }

  async publish(track: MediaStreamTrack, source: TrackSource, paused: boolean): Promise<void> {
    const transport = await this.transports.sending()
    const isCamera = source === 'camera'
    const producer = await transport.produce({
      track,
      appData: { source, paused },
      // The track belongs to the connection's local stream, which outlives a producer.
      stopTracks: false,
      ...(isCamera && cameraEncodings(this.#device.sendRtpCapabilities, track.getSettings())),
      codecOptions: isCamera ? { videoGoogleStartBitrate: 1000 } : { opusDtx: true, opusFec: true },
    })
    if (paused) producer.pause()
    this.#producers.set(source, producer)
    producer.on('transportclose', () => this.#producers.delete(source))
  }

  async publishData(): Promise<void> {
    const transport = await this.transports.sending()
    const producer = await transport.produceData({ label: DATA_LABEL, ordered: true })
    this.#dataProducer = producer
    producer.on('open', () => this.#events.dataChannel(true))
    producer.on('close', () => this.#events.dataChannel(false))
    if (producer.readyState === 'open') this.#events.dataChannel(true)
  }

  /** Tells the host whether a track of one's own is muted; said again after each reconnection. */
  async setPaused(source: TrackSource, paused: boolean): Promise<void> {
    const producer = this.#producers.get(source)
    if (!producer) return
    if (paused) producer.pause()
    else producer.resume()
    await this.#signaling.request(paused ? 'pauseProducer' : 'resumeProducer', { producerId: producer.id })
  }

  /** The host has paused or resumed a track of one's own. Answers which, or null when there is none such. */
  pauseLocally(producerId: string, paused: boolean): TrackSource | null {
    for (const [source, producer] of this.#producers) {
      if (producer.id !== producerId) continue
      if (paused) producer.pause()
      else producer.resume()
      return source
    }
    return null
  }

  /** Receives a participant's track. Resolves with it when it flows. */
  async consume(participantId: ParticipantId, { producerId }: ProducerInfo): Promise<MediaStreamTrack> {
    const transport = await this.transports.receiving()
    const answer = await this.#signaling.request('consume', {
      transportId: transport.id,
      producerId,
      rtpCapabilities: this.#device.recvRtpCapabilities,
    })
    const consumer = await transport.consume({
      id: answer.consumerId,
      producerId,
      kind: answer.kind,
      rtpParameters: answer.rtpParameters,
      // Tracks of one stream are played in step: a participant's voice and lips.
      streamId: participantId,
    })
    this.#consumers.set(producerId, consumer)
    consumer.on('transportclose', () => this.#consumers.delete(producerId))
    try {
      await this.#signaling.request('resumeConsumer', { consumerId: consumer.id })
    } catch (error) {
      // It would stay paused for ever; given up, it is asked for again.
      this.stopConsuming(producerId)
      throw error
    }
    return consumer.track
  }

  async consumeData(participantId: ParticipantId, { dataProducerId }: DataProducerInfo): Promise<void> {
    const transport = await this.transports.receiving()
    const answer = await this.#signaling.request('consumeData', {
      transportId: transport.id,
      dataProducerId,
    })
    const consumer = await transport.consumeData({
      id: answer.dataConsumerId,
      dataProducerId,
      sctpStreamParameters: answer.sctpStreamParameters,
      label: answer.label,
    })
    consumer.binaryType = 'arraybuffer'
    this.#dataConsumers.set(dataProducerId, consumer)
    consumer.on('transportclose', () => this.#dataConsumers.delete(dataProducerId))
    consumer.on('message', (wire: string | ArrayBuffer) => {
      this.#events.message(participantId, decodeMessage(wire))
    })
  }

  /** Whichever of the two it is that is received from this producer. */
  stopConsuming(producerId: string): void {
    this.#consumers.get(producerId)?.close()
    this.#consumers.delete(producerId)
    this.#dataConsumers.get(producerId)?.close()
    this.#dataConsumers.delete(producerId)
  }

  sendMessage(data: SendableData): void {
    if (this.#dataProducer?.readyState !== 'open') throw new RadistError('data_channel_not_open')
    const wire = encodeMessage(data)
    if (wireLength(wire) > MAX_MESSAGE_BYTES) throw new RadistError('message_too_large')
    this.#dataProducer.send(wire)
  }

  /** Ends both transports, and with them all producers and consumers. */
  close(): void {
    this.transports.close()
    this.#consumers.clear()
    this.#dataConsumers.clear()
    this.#producers.clear()
  }
}
