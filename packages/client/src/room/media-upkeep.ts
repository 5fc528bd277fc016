/**
 * Keeps a participant's media as its page and the room want it: publishes what the page has,
 * receives what the others publish, and does again what a lost socket left undone. One operation at
 * a time; each looks at what is missing by then, so that asking twice does nothing twice.
 */
import type { ParticipantId } from '@radist-tech/protocol/ids'
import type {
  ParticipantInfo,
  ProducerInfo,
  RoomNotificationData,
  TrackSource,
} from '@radist-tech/protocol/room-signaling'
import { asRadistError, RadistError } from '../errors.ts'
import type { Channel } from '../local-media.ts'
import type { SendableData } from '../message-framing.ts'
import { OperationQueue } from '../operation-queue.ts'
import { RoomMedia, type RoomMediaEvents } from './room-media.ts'
import { RoomRequestError, type RoomSignaling } from './room-signaling.ts'
import type { Roster } from './roster.ts'

type Joined = Pick<RoomNotificationData<'joined'>, 'permissions' | 'routerRtpCapabilities'>

export interface MediaUpkeepOptions {
  signaling: RoomSignaling
  localStream: MediaStream | null
  channels: ReadonlySet<Channel>
  rtcConfiguration: RTCConfiguration
  /** Who is in the room, at the time of asking. */
  roster: () => Roster
}

export interface MediaUpkeepEvents extends Omit<RoomMediaEvents, 'pathFailed'> {
  /** A participant's track flows. */
  track: (participant: ParticipantInfo, producer: ProducerInfo, track: MediaStreamTrack) => void
  error: (error: RadistError) => void
}

export class MediaUpkeep {
  readonly #options: MediaUpkeepOptions
  readonly #events: MediaUpkeepEvents
  readonly #queue = new OperationQueue()
  readonly #muted = new Set<TrackSource>()
  #permissions: Joined['permissions'] | null = null
  #media: RoomMedia | null = null
  #closed = false

  constructor(options: MediaUpkeepOptions, events: MediaUpkeepEvents) {
    this.#options = options
    this.#events = events
  }

  get dataChannelOpen(): boolean {
    return this.#media?.dataChannelOpen ?? false
  }

  /** Prepares the device for the room that was joined. Throws RadistError `unsupported_browser`. */
  async start({ permissions, routerRtpCapabilities }: Joined): Promise<void> {
    const { signaling, rtcConfiguration } = this.#options
    this.#permissions = permissions
    const media = await RoomMedia.load(signaling, routerRtpCapabilities, rtcConfiguration, {
      message: (from, content) => this.#events.message(from, content),
      dataChannel: (open) => this.#events.dataChannel(open),
      pathFailed: () => this.restartIce({ onlyBroken: true }),
    })
    if (this.#closed) {
      media.close()
      throw new RadistError('connection_closed')
    }
    this.#media = media
    this.#enqueue(() => this.#publish(media))
    this.subscribe()
  }

  /** After a reconnection. */
  restore(): void {
    this.restartIce({ onlyBroken: true })
    this.#enqueue((media) => this.#publish(media))
    for (const source of ['microphone', 'camera'] as const) {
      this.#enqueue((media) => media.setPaused(source, this.#muted.has(source)))
    }
    this.subscribe()
  }

  /** Receives what others publish and is not received yet. */
  subscribe(): void {
    this.#enqueue((media) => this.#subscribe(media))
  }

  stopConsuming(producerId: string): void {
    this.#enqueue(async (media) => media.stopConsuming(producerId))
  }

  setMuted(source: TrackSource, muted: boolean): void {
    if (muted) this.#muted.add(source)
    else this.#muted.delete(source)
    this.#enqueue((media) => media.setPaused(source, this.#muted.has(source)))
  }

  restartIce(options: { onlyBroken: boolean }): void {
    this.#enqueue((media) => media.restartIce(options))
  }

  send(data: SendableData): void {
    if (!this.#media) throw new RadistError('data_channel_not_open')
    this.#media.sendMessage(data)
  }

  async getStats(): Promise<RTCStatsReport> {
    return (await this.#media?.getStats()) ?? new Map()
  }

  close(): void {
    this.#closed = true
    this.#queue.close()
    this.#media?.close()
  }

  async #publish(media: RoomMedia): Promise<void> {
    const { localStream, channels } = this.#options
    const [microphone] = localStream?.getAudioTracks() ?? []
    const [camera] = localStream?.getVideoTracks() ?? []
    if (microphone && !media.isPublishing('microphone')) await media.publish(microphone, 'microphone')
    if (camera && !media.isPublishing('camera')) await media.publish(camera, 'camera')
    const publishesData = channels.has('data') && this.#permissions?.data
    if (publishesData && !media.isPublishingData) await media.publishData()
  }

  async #subscribe(media: RoomMedia): Promise<void> {
    const subscribes = this.#permissions?.subscribe ?? false
    const receivesData = this.#options.channels.has('data') && (subscribes || this.#permissions?.data)
    const wanted: (() => Promise<void>)[] = []
    for (const participant of this.#options.roster().values()) {
      for (const producer of subscribes ? participant.producers : []) {
        if (!media.consumes(producer.producerId)) {
          wanted.push(() => this.#consume(media, participant, producer))
        }
      }
      for (const dataProducer of receivesData ? participant.dataProducers : []) {
        if (!media.consumes(dataProducer.dataProducerId)) {
          wanted.push(() => media.consumeData(participant.participantId, dataProducer))
        }
      }
    }
    if (wanted.length === 0) return
    await media.prepareToReceive()
    for (const result of await Promise.allSettled(wanted.map((consume) => consume()))) {
      if (result.status === 'rejected') this.#onFailure(result.reason)
    }
  }

  async #consume(media: RoomMedia, participant: ParticipantInfo, producer: ProducerInfo): Promise<void> {
    const track = await media.consume(participant.participantId, producer)
    if (this.#isInRoom(participant.participantId, producer.producerId)) {
      this.#events.track(participant, producer, track)
    } else {
      media.stopConsuming(producer.producerId)
    }
  }

  #isInRoom(participantId: ParticipantId, producerId: string): boolean {
    const producers = this.#options.roster().get(participantId)?.producers ?? []
    return producers.some((producer) => producer.producerId === producerId)
  }

  #enqueue(operation: (media: RoomMedia) => Promise<void>): void {
    this.#queue
      .run(async () => {
        if (this.#media) await operation(this.#media)
      })
      .catch((error: unknown) => this.#onFailure(error))
  }

  #onFailure(error: unknown): void {
    // A lost socket: all that is outstanding is done again by `restore`.
    if (this.#options.signaling.state !== 'connected') return
    // What was asked for has gone in the meantime; the host tells of it itself.
    if (error instanceof RoomRequestError && error.roomErrorCode === 'not-found') return
    this.#events.error(asRadistError(error, 'negotiation_failed'))
  }
}
