/** A room as one participant's page sees it. */
import type { ParticipantId, RoomId } from '@radist-tech/protocol/ids'
import { mayPublish, type Permissions } from '@radist-tech/protocol/rest'
import type {
  ConnectionQuality,
  RoomNotificationData,
  TrackSource,
} from '@radist-tech/protocol/room-signaling'
import { RadistError } from '../errors.ts'
import { EventEmitter, type Unsubscribe } from '../event-emitter.ts'
import {
  type CaptureConstraints,
  type Channel,
  captureLocalStream,
  captureScreen,
  stopStream,
} from '../local-media.ts'
import type { SendableData } from '../message-framing.ts'
import type { ConnectionState } from '../signaling-session.ts'
import type { WebSocketFactory } from '../web-socket.ts'
import { LocalTrack } from './local-track.ts'
import { MediaUpkeep } from './media-upkeep.ts'
import type { SendOptions } from './room-data.ts'
import type { RadistRoomConnectionEvents, RoomParticipant } from './room-events.ts'
import { type LocateRoom, RoomSignaling } from './room-signaling.ts'
import { RoomState } from './room-state.ts'
import { type RoomTokenContent, readRoomToken } from './room-token.ts'
import { watchShownSize } from './shown-size.ts'
import type { VideoCodec } from './video-encodings.ts'
import type { ViewportSize } from './viewports.ts'

export interface RoomConnectionOptions {
  publicKey: string
  roomToken: string
  channels: ReadonlySet<Channel>
  constraints: CaptureConstraints
  rtcConfiguration: RTCConfiguration
  webSocketFactory: WebSocketFactory
  random: () => number
  locate: LocateRoom
  videoCodec?: VideoCodec | undefined
}

export interface PublishOptions {
  source: TrackSource
  /** In place of the connection's own choice. */
  videoCodec?: VideoCodec
}

/** One participant's connection to a room; made by `RadistClient.createRoomConnection`. */
export class RadistRoomConnection {
  readonly #localStream: MediaStream | null
  readonly #emitter = new EventEmitter<RadistRoomConnectionEvents>()
  readonly #signaling: RoomSignaling
  readonly #media: MediaUpkeep
  readonly #room: RoomState
  readonly #localTracks = new Set<LocalTrack>()
  /** Tracks that were captured here for the page: stopped when they are published no more. */
  readonly #captured = new Set<MediaStreamTrack>()
  /** Stands for the sizes that the page says itself, beside those of attached elements. */
  readonly #saidViewport = {}
  readonly #onPageHide = (event: PageTransitionEvent): void => {
    if (!event.persisted) this.close()
  }

  private constructor(
    options: RoomConnectionOptions,
    token: RoomTokenContent,
    localStream: MediaStream | null,
  ) {
    this.#localStream = localStream
    for (const track of localStream?.getTracks() ?? [])
      this.#localTracks.add(new LocalTrack(track, track.kind === 'audio' ? 'microphone' : 'camera'))
    this.#room = new RoomState(this.#emitter, () => ({ signaling: this.#signaling, media: this.#media }))
    this.#signaling = new RoomSignaling({ ...options, ...token }, this.#room.handlers(), (state, error) =>
      this.#onState(state, error),
    )
    this.#media = new MediaUpkeep(
      {
        ...options,
        localTracks: this.#localTracks,
        signaling: this.#signaling,
        roster: () => this.#room.roster,
      },
      {
        message: (message) => this.#emitter.emit('message', message),
        lost: (count) => this.#emitter.emit('messageslost', { count }),
        dataChannel: (open) => this.#emitter.emit('datachannel', { open }),
        track: (participant, producer, track) => this.#room.takeTrack(participant, producer, track),
        reset: () => this.#room.dropTracks(),
        error: (error) => this.#emitter.emit('error', error),
      },
    )
  }

  /** Asks for the devices first, so that a refusal there does not use up the single-use token. */
  static async open(options: RoomConnectionOptions): Promise<RadistRoomConnection> {
    const token = readRoomToken(options.roomToken)
    const localStream = await captureLocalStream(
      publishableChannels(options.channels, token.permissions),
      options.constraints,
    )
    const connection = new RadistRoomConnection(options, token, localStream)
    // Frees the place at once when the page is left, rather than after the grace period.
    globalThis.addEventListener?.('pagehide', connection.#onPageHide)
    await connection.#signaling.open()
    try {
      if (!connection.#room.session) throw new RadistError('connection_closed')
      await connection.#media.start(connection.#room.session)
    } catch (error) {
      connection.close()
      throw error
    }
    return connection
  }

  get roomId(): RoomId | null {
    return this.#room.session?.roomId ?? null
  }

  /** This participant's own id. */
  get participantId(): ParticipantId | null {
    return this.#room.session?.participantId ?? null
  }

  /** What this participant's token called it, or null. */
  get identity(): string | null {
    return this.#room.session?.identity ?? null
  }

  get permissions(): RoomNotificationData<'joined'>['permissions'] | null {
    return this.#room.session?.permissions ?? null
  }

  get state(): ConnectionState {
    return this.#signaling.state
  }

  get localStream(): MediaStream | null {
    return this.#localStream
  }

  /** The others' media by participant. */
  get remoteStreams(): ReadonlyMap<ParticipantId, MediaStream> {
    return new Map(this.participants.map(({ participantId, stream }) => [participantId, stream]))
  }

  /** The others in the room, as of now. */
  get participants(): RoomParticipant[] {
    return this.#room.participants
  }

  /** How good this participant's connection is, oneself included; null while it is not known. */
  connectionQualityOf(participantId: ParticipantId): ConnectionQuality | null {
    return this.#room.qualityOf(participantId)
  }

  get activeSpeaker(): ParticipantId | null {
    return this.#room.activeSpeaker
  }

  /** Listens to an event, until the function that it answers with is called. */
  on<E extends keyof RadistRoomConnectionEvents>(
    event: E,
    listener: (payload: RadistRoomConnectionEvents[E]) => void,
  ): Unsubscribe {
    const current = (): { [K in keyof RadistRoomConnectionEvents]?: RadistRoomConnectionEvents[K][] } => ({
      localstream: this.#localStream ? [this.#localStream] : [],
      remotestream: this.participants.filter(({ stream }) => stream.getTracks().length > 0),
      trackadded: this.#room.tracks,
      participantjoined: this.participants.map(({ participantId, identity }) => ({
        participantId,
        identity,
      })),
      state: [this.state],
      datachannel: [{ open: this.#media.dataChannelOpen }],
    })
    if (!(event in current())) return this.#emitter.on(event, listener)
    return this.#emitter.onWithCurrent(event, listener, () => current()[event] ?? [])
  }

  /**
   * Sends to all others, or to one (`to`): a string as text, bytes as binary, anything else as JSON. Reliable
   * messages come in the order in which they are sent; with `reliable: false`, one may come late or never.
   *
   * The promise resolves once the browser has room for more, so that whoever awaits it sends no faster
   * than the network takes it. It rejects with `data_channel_not_open` when the channel closes before that.
   *
   * @throws RadistError `data_channel_not_open` while the channel is not open or the token does not
   *   permit data, `message_too_large` above 262,080 bytes, `data_channel_full` when 8 MiB wait already,
   *   `invalid_argument` when `to` is no participant's id. A message that the host refuses is told by `messagesrefused`
   */
  send(data: SendableData, options: SendOptions = {}): Promise<void> {
    return this.#media.send(data, options)
  }

  /** Bytes of messages that the browser has not sent yet. */
  get bufferedAmount(): number {
    return this.#media.bufferedAmount
  }

  /** What this page publishes now: microphone and camera, and what it added. */
  get localTracks(): readonly LocalTrack[] {
    return [...this.#localTracks]
  }

  /** Mutes or unmutes the microphone, for this page at once and for the host, which tells the others. */
  setMicrophoneEnabled(enabled: boolean): void {
    this.#setSourceMuted('microphone', !enabled)
  }

  /** Switches the camera's picture off or on, for this page at once and for the host, which tells the others. */
  setCameraEnabled(enabled: boolean): void {
    this.#setSourceMuted('camera', !enabled)
  }

  /** Mutes or unmutes any track that is published, without renegotiation. */
  setTrackMuted(local: LocalTrack, muted: boolean): void {
    local.track.enabled = !muted
    local.setMuted(muted)
    this.#media.tellMuted(local)
  }

  /**
   * Publishes one more track, beside the others of its kind. The page keeps the track: it stops it when it
   * has no more use for it. Resolves when it is sent; when the connection is just lost, it is sent with the rest
   * once that is back.
   *
   * @throws RadistError `permission_denied`, `request_refused` (such as for too many), `negotiation_failed`,
   *   `invalid_argument` when the source is not of the track's kind
   */
  async publishTrack(track: MediaStreamTrack, options: PublishOptions): Promise<LocalTrack> {
    const { source, videoCodec } = options
    const kind = source === 'microphone' || source === 'screen-audio' ? 'audio' : 'video'
    if (track.kind !== kind)
      throw new RadistError('invalid_argument', { detail: `A ${source} is not ${track.kind}.` })
    if (this.state === 'closed') throw new RadistError('connection_closed')
    const local = new LocalTrack(track, source, videoCodec)
    this.#localTracks.add(local)
    try {
      await this.#media.publish(local)
    } catch (error) {
      this.#localTracks.delete(local)
      throw error
    }
    return local
  }

  /** Ends it for the others. A track that the page made goes on; a shared screen is stopped. */
  async unpublish(local: LocalTrack): Promise<void> {
    if (!this.#localTracks.delete(local)) return
    if (this.#captured.delete(local.track)) local.track.stop()
    await this.#media.unpublish(local)
  }

  /** Sends another track of the same kind in its place, without renegotiation: the others notice nothing. */
  async replaceTrack(local: LocalTrack, track: MediaStreamTrack): Promise<void> {
    if (track.kind !== local.track.kind)
      throw new RadistError('invalid_argument', { detail: `The track is not ${local.track.kind}.` })
    local.setTrack(track)
    track.enabled = !local.muted
    await this.#media.replaceTrack(local)
  }

  /**
   * Shares the screen, or a part that the user chooses, with its sound where there is any. Ends when the
   * user ends it, or with `unpublish`.
   *
   * @throws RadistError `media_…` when the user refuses; else as `publishTrack`
   */
  async shareScreen(
    options: DisplayMediaStreamOptions = { video: true, audio: true },
  ): Promise<LocalTrack[]> {
    const stream = await captureScreen(options)
    const shared: LocalTrack[] = []
    try {
      for (const track of stream.getTracks()) {
        this.#captured.add(track)
        const source = track.kind === 'audio' ? 'screen-audio' : 'screen'
        const local = await this.publishTrack(track, { source })
        track.addEventListener('ended', () => void this.unpublish(local).catch(() => undefined))
        shared.push(local)
      }
    } catch (error) {
      await Promise.allSettled(shared.map((local) => this.unpublish(local)))
      stopStream(stream)
      throw error
    }
    return shared
  }

  /**
   * Says at which size the page shows a video, in device pixels: the host sends the smallest layer that fills
   * it, and nothing for 0 by 0. Kept for videos that come later. Without it, the largest layer is sent.
   *
   * @param target a participant, whose camera is meant, or a track's `producerId`
   */
  setViewport(target: ParticipantId | string, size: ViewportSize): void {
    this.#media.setViewport(target, this.#saidViewport, size)
  }

  /**
   * Says it for as long as an element shows the video, by the element's size on the screen. With several
   * elements the largest counts; when the last is taken away, nothing is sent.
   *
   * @returns takes the element away
   */
  attachViewport(target: ParticipantId | string, element: Element): Unsubscribe {
    const unwatch = watchShownSize(element, (size) => this.#media.setViewport(target, element, size))
    return () => {
      unwatch()
      this.#media.setViewport(target, element, null)
    }
  }

  /** Opens a new socket at once and restarts ICE, as after a change of network. Resolves when signaling is up. */
  async reconnect(): Promise<void> {
    await this.#signaling.reconnect()
    this.#media.restartIce()
  }

  /** Statistics of both transports; ids are prefixed with `send:` and `recv:`. */
  getStats(): Promise<RTCStatsReport> {
    return this.#media.getStats()
  }

  /** Leaves the room for good and releases microphone and camera. */
  close(): void {
    this.#signaling.close()
  }

  #setSourceMuted(source: TrackSource, muted: boolean): void {
    for (const local of this.#localTracks) {
      if (local.source === source) this.setTrackMuted(local, muted)
    }
  }

  #onState(state: ConnectionState, error: RadistError | null): void {
    if (state === 'closed') {
      globalThis.removeEventListener?.('pagehide', this.#onPageHide)
      this.#media.close()
      stopStream(this.#localStream)
      for (const track of this.#captured) track.stop()
    }
    this.#emitter.emit('state', state)
    if (error) this.#emitter.emit('error', error)
  }
}

/** What is worth capturing: what the token does not permit is left out. */
const publishableChannels = (channels: ReadonlySet<Channel>, permissions: Permissions): Set<Channel> =>
  new Set(
    [...channels].filter(
      (channel) =>
        channel === 'data' || mayPublish(permissions, channel === 'audio' ? 'microphone' : 'camera'),
    ),
  )
