/**
 * A participant's media in a room: mediasoup-client's device with one transport to send and one to
 * receive. Its methods are called one at a time, by the connection's queue.
 */
import type { ParticipantId } from '@radist-tech/protocol/ids'
import type { ProducerInfo, RoomNotificationData } from '@radist-tech/protocol/room-signaling'
import type { types as mediasoup } from 'mediasoup-client'
import { RadistError } from '../errors.ts'
import { OperationQueue } from '../operation-queue.ts'
import type { LocalTrack } from './local-track.ts'
import { RoomData, type RoomDataEvents } from './room-data.ts'
import { RoomRequestError, type RoomSignaling } from './room-signaling.ts'
import { RoomTransports } from './room-transports.ts'
import { UNKNOWN_PICTURE, type VideoCodec, videoEncodings } from './video-encodings.ts'
import { fittedEncodings, type Picture } from './video-layers.ts'
import type { ViewportSize } from './viewports.ts'

/** How often sent videos are looked at for another size, of which browsers tell nothing. */
const SIZE_WATCH_MS = 2000

export interface RoomMediaEvents extends RoomDataEvents {
  /** A transport lost its path; answered with {@link RoomTransports.restartIce}. */
  pathFailed: () => void
}

export class RoomMedia {
  readonly transports: RoomTransports
  readonly data: RoomData
  readonly #signaling: RoomSignaling
  readonly #device: mediasoup.Device
  readonly #producers = new Map<LocalTrack, mediasoup.Producer>()
  /** Ids of producers that are ended here, and not yet known to be at the host. */
  readonly #unpublished = new Set<string>()
  /** Which encodings the host wants, by producer: it may say so before the producer is known here. */
  readonly #layersWanted = new Map<string, readonly boolean[]>()
  /** A sender's parameters are read and written back; two at a time would undo each other. */
  readonly #senderQueue = new OperationQueue()
  /** Sizes that the host was told, by producer or consumer. */
  readonly #sizesTold = new Map<string, string>()
  readonly #sizeWatch = setInterval(() => this.#watchSizes(), SIZE_WATCH_MS)
  /** By the id of the producer that is consumed. */
  readonly #consumers = new Map<string, mediasoup.Consumer>()

  private constructor(
    signaling: RoomSignaling,
    device: mediasoup.Device,
    rtcConfiguration: RTCConfiguration,
    events: RoomMediaEvents,
  ) {
    this.#signaling = signaling
    this.#device = device
    this.transports = new RoomTransports(signaling, device, rtcConfiguration, events.pathFailed)
    this.data = new RoomData(signaling, this.transports, events)
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

  isPublishing(local: LocalTrack): boolean {
    return this.#producers.has(local)
  }

  consumes(producerId: string): boolean {
    return this.#consumers.has(producerId)
  }

  async publish(local: LocalTrack, videoCodec?: VideoCodec): Promise<void> {
    const transport = await this.transports.sending()
    const { track, source } = local
    const paused = local.muted || local.mutedByBackend
    const isVideo = track.kind === 'video'
    const producer = await transport.produce({
      track,
      appData: { source, paused, ...sizeOf(track) },
      // The track belongs to the page, and outlives a producer.
      stopTracks: false,
      ...(isVideo &&
        videoEncodings(
          this.#device.sendRtpCapabilities,
          pictureOf(track) ?? UNKNOWN_PICTURE,
          local.videoCodec ?? videoCodec,
        )),
      codecOptions: isVideo ? { videoGoogleStartBitrate: 1000 } : { opusDtx: true, opusFec: true },
    })
    if (paused) producer.pause()
    this.#producers.set(local, producer)
    this.#sizesTold.set(producer.id, JSON.stringify(pictureOf(track)))
    producer.on('transportclose', () => this.#producers.delete(local))
    if (this.#layersWanted.has(producer.id)) await this.#applyEncodings(producer)
  }

  /** Ends it here at once, and at the host. */
  async unpublish(local: LocalTrack): Promise<void> {
    const producer = this.#producers.get(local)
    if (!producer) return
    this.#producers.delete(local)
    this.#layersWanted.delete(producer.id)
    this.#sizesTold.delete(producer.id)
    producer.close()
    this.#unpublished.add(producer.id)
    await this.endUnpublished()
  }

  /** Ends at the host what is ended here; what a lost socket left undone is done by the next call. */
  async endUnpublished(): Promise<void> {
    for (const producerId of this.#unpublished) {
      try {
        await this.#signaling.request('closeProducer', { producerId })
      } catch (error) {
        if (!(error instanceof RoomRequestError)) throw error
      }
      this.#unpublished.delete(producerId)
    }
  }

  /** Sends the local track's new track, in place of the one before and without renegotiation. */
  async replaceTrack(local: LocalTrack): Promise<void> {
    const producer = this.#producers.get(local)
    await producer?.replaceTrack({ track: local.track })
    if (producer) await this.#tellSize(producer)
  }

  /** The host says which encodings of a producer anybody receives: the others are not sent. */
  async setLayersWanted(producerId: string, layers: readonly boolean[]): Promise<void> {
    this.#layersWanted.set(producerId, layers)
    const producer = [...this.#producers.values()].find(({ id }) => id === producerId)
    if (producer) await this.#applyEncodings(producer)
  }

  /** Tells the host whether a track of one's own is muted; said again after each reconnection. */
  async tellMuted(local: LocalTrack): Promise<void> {
    const producer = this.#producers.get(local)
    if (!producer) return
    const { muted } = local
    if (muted) producer.pause()
    else producer.resume()
    await this.#signaling.request(muted ? 'pauseProducer' : 'resumeProducer', { producerId: producer.id })
  }

  /** The host has paused or resumed a track of one's own. Answers which, or null when there is none such. */
  pauseLocally(producerId: string, paused: boolean): LocalTrack | null {
    for (const [local, producer] of this.#producers) {
      if (producer.id !== producerId) continue
      if (paused) producer.pause()
      else producer.resume()
      return local
    }
    return null
  }

  /**
   * Receives a participant's track. Resolves with it when it flows.
   * @param viewport the size at which it is shown, at the time of asking
   */
  async consume(
    participantId: ParticipantId,
    { producerId }: ProducerInfo,
    viewport: () => ViewportSize | null,
  ): Promise<MediaStreamTrack> {
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
      const size = viewport()
      if (size) await this.setViewport(producerId, size)
      await this.#signaling.request('resumeConsumer', { consumerId: consumer.id })
    } catch (error) {
      // It would stay paused for ever; given up, it is asked for again.
      this.stopConsuming(producerId)
      throw error
    }
    return consumer.track
  }

  /** Tells the host at which size a video that is received is shown. */
  async setViewport(producerId: string, size: ViewportSize): Promise<void> {
    const consumer = this.#consumers.get(producerId)
    if (consumer?.kind !== 'video') return
    const told = JSON.stringify(size)
    if (this.#sizesTold.get(consumer.id) === told) return
    this.#sizesTold.set(consumer.id, told)
    try {
      await this.#signaling.request('setViewport', { consumerId: consumer.id, ...size })
    } catch (error) {
      if (this.#sizesTold.get(consumer.id) === told) this.#sizesTold.delete(consumer.id)
      throw error
    }
  }

  stopConsuming(producerId: string): void {
    const consumer = this.#consumers.get(producerId)
    if (consumer) this.#sizesTold.delete(consumer.id)
    consumer?.close()
    this.#consumers.delete(producerId)
  }

  /** Ends both transports, and with them all producers, consumers and data channels. */
  close(): void {
    clearInterval(this.#sizeWatch)
    this.#senderQueue.close()
    this.transports.close()
    this.#consumers.clear()
    this.#producers.clear()
    this.data.close()
  }

  /**
   * Sends of a video what there is for its size, and of that what the host wants. Resolves with the scale of each
   * layer that there is.
   */
  async #applyEncodings(producer: mediasoup.Producer): Promise<number[] | undefined> {
    return this.#senderQueue.run(async () => {
      const sender = producer.rtpSender
      if (!sender || producer.closed) return undefined
      const picture = (producer.track && pictureOf(producer.track)) ?? UNKNOWN_PICTURE
      const fitted = fittedEncodings(producer.rtpParameters.encodings ?? [], picture)
      const wanted = this.#layersWanted.get(producer.id)
      const parameters = sender.getParameters()
      parameters.encodings.forEach((encoding, i) => {
        const fit = fitted.encodings[i]
        Object.assign(encoding, fit, { active: fit?.active !== false && (wanted?.[i] ?? true) })
      })
      await sender.setParameters(parameters)
      return fitted.scales
    })
  }

  /** What fails here is told with the next look. */
  #watchSizes(): void {
    for (const producer of this.#producers.values()) this.#tellSize(producer).catch(() => undefined)
  }

  async #tellSize(producer: mediasoup.Producer): Promise<void> {
    const picture = producer.track && pictureOf(producer.track)
    const told = JSON.stringify(picture)
    if (!picture || this.#sizesTold.get(producer.id) === told) return
    this.#sizesTold.set(producer.id, told)
    try {
      const scales = await this.#applyEncodings(producer)
      if (!scales) return
      const { width, height } = picture
      await this.#signaling.request('updateTrack', { producerId: producer.id, width, height, scales })
    } catch (error) {
      if (this.#sizesTold.get(producer.id) === told) this.#sizesTold.delete(producer.id)
      throw error
    }
  }
}

/** A video's size, once the browser knows it. */
function sizeOf(track: MediaStreamTrack): ViewportSize | null {
  const { width, height } = track.getSettings()
  return track.kind === 'video' && width && height ? { width, height } : null
}

/**
 * A video's picture, once its size is known. Screens are what browsers take for one: what captures a display, unless
 * its page says that it moves (MediaStreamTrack Content Hints, section 3.1).
 */
function pictureOf(track: MediaStreamTrack): Picture | null {
  const size = sizeOf(track)
  const { contentHint } = track
  const isDisplay = track.getSettings().displaySurface !== undefined
  const isScreen = contentHint === 'detail' || contentHint === 'text' || (isDisplay && contentHint === '')
  return size && { ...size, isScreen }
}
