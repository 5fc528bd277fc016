/**
 * A participant's media in a room: mediasoup-client's device with one transport to send and one to
 * receive. Its methods are called one at a time, by the connection's queue.
 */
import type { ParticipantId } from '@radist-tech/protocol/ids'
import {
  type DataProducerInfo,
  type ProducerInfo,
  type RoomNotificationData,
  type TrackSource,
  trackSourceSchema,
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

const DATA_LABEL = 'radist-data'
/** What mediasoup accepts by default, in bytes. */
const MAX_MESSAGE_BYTES = 262_144

export interface RoomMediaEvents {
  message: (from: ParticipantId, content: MessageContent) => void
  dataChannel: (open: boolean) => void
  /** A transport lost its path; answered with {@link RoomMedia.restartIce}. */
  pathFailed: () => void
}

export class RoomMedia {
  readonly #signaling: RoomSignaling
  readonly #device: mediasoup.Device
  readonly #rtcConfiguration: RTCConfiguration
  readonly #events: RoomMediaEvents
  #sendTransport: mediasoup.Transport | null = null
  #recvTransport: mediasoup.Transport | null = null
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
    this.#rtcConfiguration = rtcConfiguration
    this.#events = events
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

  async publish(track: MediaStreamTrack, source: TrackSource): Promise<void> {
    const transport = await this.#transportToSend()
    const isCamera = source === 'camera'
    const producer = await transport.produce({
      track,
      appData: { source },
      // The track belongs to the connection's local stream, which outlives a producer.
      stopTracks: false,
      ...(isCamera && cameraEncodings(this.#device.sendRtpCapabilities, track.getSettings())),
      codecOptions: isCamera ? { videoGoogleStartBitrate: 1000 } : { opusDtx: true, opusFec: true },
    })
    this.#producers.set(source, producer)
    producer.on('transportclose', () => this.#producers.delete(source))
  }

  async publishData(): Promise<void> {
    const transport = await this.#transportToSend()
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

  /** Opens the transport to receive with, so that what follows can be asked for all at once. */
  async prepareToReceive(): Promise<void> {
    await this.#transportToReceive()
  }

  /** Receives a participant's track. Resolves with it when it flows. */
  async consume(participantId: ParticipantId, { producerId }: ProducerInfo): Promise<MediaStreamTrack> {
    const transport = await this.#transportToReceive()
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
    const transport = await this.#transportToReceive()
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

  /** Finds new paths; `onlyBroken` leaves alone the transports that work. */
  async restartIce(options: { onlyBroken: boolean }): Promise<void> {
    for (const transport of [this.#sendTransport, this.#recvTransport]) {
      if (!transport || transport.closed || transport.connectionState === 'new') continue
      const broken = transport.connectionState === 'failed' || transport.connectionState === 'disconnected'
      if (options.onlyBroken && !broken) continue
      const { iceParameters } = await this.#signaling.request('restartIce', { transportId: transport.id })
      await transport.restartIce({ iceParameters })
    }
  }

  /** Both transports' statistics in one report; the ids of the two do not collide. */
  async getStats(): Promise<RTCStatsReport> {
    const merged = new Map<string, unknown>()
    const transports = { send: this.#sendTransport, recv: this.#recvTransport }
    for (const [direction, transport] of Object.entries(transports)) {
      if (!transport || transport.closed) continue
      for (const [id, stats] of await transport.getStats()) merged.set(`${direction}:${id}`, stats)
    }
    return merged
  }

  /** Ends both transports, and with them all producers and consumers. */
  close(): void {
    this.#sendTransport?.close()
    this.#recvTransport?.close()
    this.#consumers.clear()
    this.#dataConsumers.clear()
    this.#producers.clear()
  }

  async #transportToSend(): Promise<mediasoup.Transport> {
    if (this.#sendTransport) return this.#sendTransport
    const options = await this.#signaling.request('createTransport', { direction: 'send' })
    const transport = this.#device.createSendTransport(this.#transportOptions(options))
    this.#listen(transport)
    transport.on('produce', ({ kind, rtpParameters, appData }, callback, errback) => {
      this.#signaling
        .request('produce', {
          transportId: transport.id,
          kind,
          source: trackSourceSchema.parse(appData.source),
          rtpParameters,
        })
        .then(({ producerId }) => callback({ id: producerId }), errback)
    })
    transport.on('producedata', ({ sctpStreamParameters, label }, callback, errback) => {
      this.#signaling
        .request('produceData', {
          transportId: transport.id,
          sctpStreamParameters,
          label: label ?? DATA_LABEL,
        })
        .then(({ dataProducerId }) => callback({ id: dataProducerId }), errback)
    })
    this.#sendTransport = transport
    return transport
  }

  async #transportToReceive(): Promise<mediasoup.Transport> {
    if (this.#recvTransport) return this.#recvTransport
    const options = await this.#signaling.request('createTransport', { direction: 'recv' })
    const transport = this.#device.createRecvTransport(this.#transportOptions(options))
    this.#listen(transport)
    this.#recvTransport = transport
    return transport
  }

  #transportOptions({
    transportId,
    ...options
  }: { transportId: string } & Omit<mediasoup.TransportOptions, 'id'>) {
    const { iceServers, iceTransportPolicy } = this.#rtcConfiguration
    return {
      id: transportId,
      ...options,
      ...(iceServers && { iceServers }),
      ...(iceTransportPolicy && { iceTransportPolicy }),
    }
  }

  #listen(transport: mediasoup.Transport): void {
    transport.on('connect', ({ dtlsParameters }, callback, errback) => {
      this.#signaling
        .request('connectTransport', { transportId: transport.id, dtlsParameters })
        .then(() => callback(), errback)
    })
    transport.on('connectionstatechange', (state) => {
      if (state === 'failed') this.#events.pathFailed()
    })
  }
}
