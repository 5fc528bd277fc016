/**
 * Keeps a participant's media as its page and the room want it: publishes what the page has,
 * receives what the others publish, does again what a lost socket left undone, and makes all of it
 * anew when the host has lost it. One operation at a time; each looks at what is missing by then, so
 * that asking twice does nothing twice.
 */
import type { ParticipantId } from '@radist-tech/protocol/ids'
import type {
  ParticipantInfo,
  ProducerInfo,
  RoomNotificationData,
} from '@radist-tech/protocol/room-signaling'
import { backOffDelay } from '../back-off.ts'
import { asRadistError, RadistError } from '../errors.ts'
import type { Channel } from '../local-media.ts'
import type { SendableData } from '../message-framing.ts'
import { OperationQueue } from '../operation-queue.ts'
import type { LocalTrack } from './local-track.ts'
import type { SendOptions } from './room-data.ts'
import { RoomMedia, type RoomMediaEvents } from './room-media.ts'
import { RoomRequestError, type RoomSignaling } from './room-signaling.ts'
import type { Roster } from './roster.ts'
import type { VideoCodec } from './video-encodings.ts'
import { type ViewportSize, Viewports, type ViewportTarget } from './viewports.ts'

/**
 * How often media that was lost is tried to be made anew: over some 35 s, longer than a host
 * without any media worker keeps its participants.
 */
const RECOVERY_ATTEMPTS = 8

type Joined = Pick<RoomNotificationData<'joined'>, 'permissions' | 'routerRtpCapabilities'>

export interface MediaUpkeepOptions {
  signaling: RoomSignaling
  /** What the page publishes, at the time of asking. */
  localTracks: ReadonlySet<LocalTrack>
  /** For the videos that it publishes. */
  videoCodec?: VideoCodec | undefined
  channels: ReadonlySet<Channel>
  rtcConfiguration: RTCConfiguration
  /** Who is in the room, at the time of asking. */
  roster: () => Roster
  random: () => number
}

export interface MediaUpkeepEvents extends Omit<RoomMediaEvents, 'pathFailed' | 'receivable'> {
  /** A participant's track flows. */
  track: (participant: ParticipantInfo, producer: ProducerInfo, track: MediaStreamTrack) => void
  /** All tracks that were received are gone; those that come are told anew. */
  reset: () => void
  error: (error: RadistError) => void
}

export class MediaUpkeep {
  readonly #options: MediaUpkeepOptions
  readonly #events: MediaUpkeepEvents
  readonly #queue = new OperationQueue()
  readonly #viewports = new Viewports()
  /** Producers of tracks that this browser cannot decode. */
  readonly #undecodable = new Set<string>()
  #permissions: Joined['permissions'] | null = null
  #routerRtpCapabilities: Joined['routerRtpCapabilities'] = {}
  /** Null until it is prepared, at first and after the host has lost it. */
  #media: RoomMedia | null = null
  #closed = false
  #recovering: ReturnType<typeof setTimeout> | undefined
  /** A search for new paths is on its way: both transports break as one, and are both served by it. */
  #isRestartingBroken = false

  constructor(options: MediaUpkeepOptions, events: MediaUpkeepEvents) {
    this.#options = options
    this.#events = events
  }

  get dataChannelOpen(): boolean {
    return this.#media?.data.open ?? false
  }

  /** Bytes of messages that have not left this page yet. */
  get bufferedAmount(): number {
    return this.#media?.data.bufferedAmount ?? 0
  }

  /** Prepares the device for the room that was joined. Throws RadistError `unsupported_browser`. */
  async start({ permissions, routerRtpCapabilities }: Joined): Promise<void> {
    this.#permissions = permissions
    this.#routerRtpCapabilities = routerRtpCapabilities
    const media = await this.#queue.run(() => this.#prepare())
    if (!media) throw new RadistError('connection_closed')
    this.#enqueue((current) => this.#publish(current))
    this.subscribe()
  }

  /** After a reconnection to the host, which has these transports of this participant. */
  resume(transportIds: readonly string[]): void {
    if (!this.#permissions) return
    if (this.#media && !this.#media.transports.areAmong(transportIds)) {
      this.reset(this.#routerRtpCapabilities)
      return
    }
    this.#restartBroken()
    this.#recover(0)
    this.#enqueue((media) => media.endUnpublished())
    for (const local of this.#options.localTracks) {
      // The host knows of its own: said again, it would take it for this participant's wish.
      if (!local.mutedByBackend) this.tellMuted(local)
    }
    this.#enqueue((media) => this.#tellViewports(media))
  }

  /** The host has lost this participant's media: all of it is made anew. */
  reset(routerRtpCapabilities: Joined['routerRtpCapabilities']): void {
    this.#routerRtpCapabilities = routerRtpCapabilities
    // What is only being prepared has nothing at the host yet.
    if (!this.#media) return
    this.#media.close()
    this.#media = null
    this.#events.reset()
    this.#recover(0)
  }

  /** Receives what others publish and is not received yet. */
  subscribe(): void {
    this.#enqueue(async (media) => {
      for (const failure of await this.#subscribe(media)) this.#tell(failure)
    })
  }

  stopConsuming(producerId: string): void {
    this.#enqueue(async (media) => media.stopConsuming(producerId))
  }

  /** The backend muted a track, or took that back. Answers which, or null when it is there no more. */
  muteByBackend(producerId: string, muted: boolean): LocalTrack | null {
    const local = this.#media?.pauseLocally(producerId, muted) ?? null
    local?.setMutedByBackend(muted)
    return local
  }

  /** Tells the host whether this track is muted now. */
  tellMuted(local: LocalTrack): void {
    this.#enqueue((media) => media.tellMuted(local))
  }

  /** Publishes a track that the page has added. Rejects when the host refuses it. */
  async publish(local: LocalTrack): Promise<void> {
    await this.#whenReady(async (media) => {
      if (this.#options.localTracks.has(local) && !media.isPublishing(local))
        await media.publish(local, this.#options.videoCodec)
    })
  }

  async unpublish(local: LocalTrack): Promise<void> {
    await this.#whenReady((media) => media.unpublish(local))
  }

  async replaceTrack(local: LocalTrack): Promise<void> {
    await this.#whenReady((media) => media.replaceTrack(local))
  }

  /** At once, not in turn: somebody waits for a picture. */
  layersWanted({ producerId, layers }: RoomNotificationData<'layersWanted'>): void {
    const media = this.#media
    media?.setLayersWanted(producerId, layers).catch((error: unknown) => {
      if (!this.#isMoot(error, media)) this.#tell(error)
    })
  }

  /** Says at which size a place of the page shows a video; null: the place is gone. */
  setViewport(target: ViewportTarget, place: object, size: ViewportSize | null): void {
    this.#viewports.set(target, place, size)
    const media = this.#media
    if (!media) return
    this.#tellViewports(media).catch((error: unknown) => {
      if (!this.#isMoot(error, media)) this.#tell(error)
    })
  }

  /** It will not come back. */
  forget(target: ViewportTarget): void {
    this.#viewports.forget(target)
    this.#undecodable.delete(target)
  }

  /** Finds new paths, whether the present ones work or not. */
  restartIce(): void {
    this.#enqueue((media) => media.transports.restartIce({ onlyBroken: false }))
  }

  send(data: SendableData, options: SendOptions): Promise<void> {
    if (!this.#media) throw new RadistError('data_channel_not_open')
    return this.#media.data.send(data, options)
  }

  async getStats(): Promise<RTCStatsReport> {
    return (await this.#media?.transports.getStats()) ?? new Map()
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#recovering)
    this.#queue.close()
    this.#media?.close()
  }

  async #prepare(): Promise<RoomMedia> {
    const { signaling, rtcConfiguration } = this.#options
    if (this.#media) return this.#media
    const media = await RoomMedia.load(signaling, this.#routerRtpCapabilities, rtcConfiguration, {
      message: (message) => this.#events.message(message),
      lost: (count) => this.#events.lost(count),
      dataChannel: (open) => this.#events.dataChannel(open),
      receivable: () => this.#enqueue((current) => current.data.openReceiving()),
      pathFailed: () => this.#restartBroken(),
    })
    if (this.#closed) throw new RadistError('connection_closed')
    this.#media = media
    return media
  }

  /** Makes all that is missing, and tries again what fails: the host may have no worker for it yet. */
  #recover(attempt: number): void {
    clearTimeout(this.#recovering)
    let current: RoomMedia | null = null
    this.#queue
      .run(async () => {
        current = await this.#prepare()
        await this.#publish(current)
        const [failure] = await this.#subscribe(current)
        if (failure !== undefined) throw failure
      })
      .catch((error: unknown) => {
        if (this.#isMoot(error, current)) return
        if (attempt + 1 < RECOVERY_ATTEMPTS) {
          const delay = backOffDelay(attempt, this.#options.random())
          this.#recovering = setTimeout(() => this.#recover(attempt + 1), delay)
        } else this.#tell(error)
      })
  }

  #restartBroken(): void {
    if (this.#isRestartingBroken) return
    this.#isRestartingBroken = true
    this.#whenReady((media) => media.transports.restartIce({ onlyBroken: true }))
      .catch((error: unknown) => this.#tell(error))
      .finally(() => {
        this.#isRestartingBroken = false
      })
  }

  async #publish(media: RoomMedia): Promise<void> {
    const { localTracks, channels, videoCodec } = this.#options
    for (const local of localTracks) {
      if (!media.isPublishing(local)) await media.publish(local, videoCodec)
    }
    if (channels.has('data') && this.#permissions?.data) await media.data.openSending()
  }

  /** Receives all that is not received yet. Resolves with the failures that matter. */
  async #subscribe(media: RoomMedia): Promise<unknown[]> {
    const subscribes = this.#permissions?.subscribe ?? false
    const receivesData = this.#options.channels.has('data') && (subscribes || this.#permissions?.data)
    const wanted: (() => Promise<void>)[] = receivesData ? [() => media.data.openReceiving()] : []
    for (const participant of this.#options.roster().values()) {
      for (const producer of subscribes ? participant.producers : []) {
        if (!media.consumes(producer.producerId) && !this.#undecodable.has(producer.producerId)) {
          wanted.push(() => this.#consume(media, participant, producer))
        }
      }
    }
    if (wanted.length === 0) return []
    await media.transports.receiving()
    const results = await Promise.allSettled(wanted.map((consume) => consume()))
    return results.flatMap((result) =>
      result.status === 'rejected' && !this.#isMoot(result.reason, media) ? [result.reason] : [],
    )
  }

  async #consume(media: RoomMedia, participant: ParticipantInfo, producer: ProducerInfo): Promise<void> {
    const { participantId } = participant
    const viewport = () => this.#viewports.of(participantId, producer)
    const track = await media.consume(participantId, producer, viewport).catch((error: unknown) => {
      if (!isUndecodable(error)) throw error
      // Told once, and not tried again: the others' tracks are received all the same.
      this.#undecodable.add(producer.producerId)
      this.#tell(error)
      return null
    })
    if (!track) return
    // Closed with the rest when the media was given up meanwhile.
    if (media !== this.#media) return
    if (this.#isInRoom(participantId, producer.producerId)) {
      this.#events.track(participant, producer, track)
    } else {
      media.stopConsuming(producer.producerId)
    }
  }

  #isInRoom(participantId: ParticipantId, producerId: string): boolean {
    const producers = this.#options.roster().get(participantId)?.producers ?? []
    return producers.some((producer) => producer.producerId === producerId)
  }

  async #tellViewports(media: RoomMedia): Promise<void> {
    const told: Promise<void>[] = []
    for (const { participantId, producers } of this.#options.roster().values()) {
      for (const producer of producers) {
        const size = this.#viewports.of(participantId, producer)
        if (size) told.push(media.setViewport(producer.producerId, size))
      }
    }
    await Promise.all(told)
  }

  /** In turn. Resolves also when it is left to {@link resume} or to media that is made anew. */
  async #whenReady(operation: (media: RoomMedia) => Promise<void>): Promise<void> {
    await this.#queue.run(async () => {
      const media = this.#media
      // Not there yet, or not any more: whoever makes it does all that is wanted by then.
      if (!media) return
      try {
        await operation(media)
      } catch (error) {
        if (!this.#isMoot(error, media)) throw asRadistError(error, 'negotiation_failed')
      }
    })
  }

  #enqueue(operation: (media: RoomMedia) => Promise<void>): void {
    this.#whenReady(operation).catch((error: unknown) => this.#tell(error))
  }

  /** Whether a failure is settled otherwise. `media` is what it happened to; null: before there was any. */
  #isMoot(error: unknown, media: RoomMedia | null): boolean {
    // Given up, since the host has lost it: all of it is made anew.
    if (media !== null && media !== this.#media) return true
    // A lost socket: all that is outstanding is done again by `resume`.
    if (this.#options.signaling.state !== 'connected') return true
    // What was asked for has gone in the meantime; the host tells of it itself.
    return error instanceof RoomRequestError && error.roomErrorCode === 'not-found'
  }

  #tell(error: unknown): void {
    this.#events.error(asRadistError(error, 'negotiation_failed'))
  }
}

const isUndecodable = (error: unknown): boolean =>
  error instanceof RoomRequestError && error.roomErrorCode === 'unsupported-codec'
