/** A room as one participant's page sees it. */
import type { DepartureReason } from '@radist-tech/protocol/host-api'
import type { ParticipantId, RoomId } from '@radist-tech/protocol/ids'
import { mayPublish, type Permissions } from '@radist-tech/protocol/rest'
import type { RoomNotificationData } from '@radist-tech/protocol/room-signaling'
import { RadistError } from '../errors.ts'
import { EventEmitter, type Unsubscribe } from '../event-emitter.ts'
import { type CaptureConstraints, type Channel, captureLocalStream, stopStream } from '../local-media.ts'
import type { SendableData } from '../message-framing.ts'
import type { ConnectionState } from '../signaling-session.ts'
import type { WebSocketFactory } from '../web-socket.ts'
import { MediaUpkeep } from './media-upkeep.ts'
import { RemoteTracks } from './remote-tracks.ts'
import {
  participantEvent,
  type RadistRoomConnectionEvents,
  type RoomParticipant,
  trackStateOf,
} from './room-events.ts'
import { type LocateRoom, type NotificationHandlers, RoomSignaling } from './room-signaling.ts'
import { readRoomToken } from './room-token.ts'
import * as rosters from './roster.ts'

export interface RoomConnectionOptions {
  publicKey: string
  roomToken: string
  channels: ReadonlySet<Channel>
  constraints: CaptureConstraints
  rtcConfiguration: RTCConfiguration
  webSocketFactory: WebSocketFactory
  random: () => number
  locate: LocateRoom
}

type Session = Omit<RoomNotificationData<'joined'>, 'reconnectToken' | 'participants'>

/** One participant's connection to a room; made by `RadistClient.createRoomConnection`. */
export class RadistRoomConnection {
  readonly #localStream: MediaStream | null
  readonly #emitter = new EventEmitter<RadistRoomConnectionEvents>()
  readonly #signaling: RoomSignaling
  readonly #media: MediaUpkeep
  readonly #remote = new RemoteTracks()
  #session: Session | null = null
  #roster: rosters.Roster = rosters.rosterOf([])
  #activeSpeaker: ParticipantId | null = null
  readonly #onPageHide = (event: PageTransitionEvent): void => {
    if (!event.persisted) this.close()
  }

  private constructor(options: RoomConnectionOptions, signalingUrl: string, localStream: MediaStream | null) {
    this.#localStream = localStream
    this.#signaling = new RoomSignaling({ ...options, signalingUrl }, this.#handlers(), (state, error) =>
      this.#onState(state, error),
    )
    this.#media = new MediaUpkeep(
      { ...options, localStream, signaling: this.#signaling, roster: () => this.#roster },
      {
        message: (from, content) => this.#emitter.emit('message', { from, ...content }),
        dataChannel: (open) => this.#emitter.emit('datachannel', { open }),
        track: (participant, producer, track) => {
          const event = participantEvent(participant)
          const trackEvent = { ...event, track, source: producer.source }
          this.#remote.add(producer.producerId, trackEvent)
          this.#emitter.emit('trackadded', trackEvent)
          this.#emitter.emit('remotestream', { ...event, stream: this.#remote.streamOf(event.participantId) })
        },
        reset: () => {
          for (const event of this.#remote.removeAll()) this.#emitter.emit('trackremoved', event)
        },
        error: (error) => this.#emitter.emit('error', error),
      },
    )
  }

  /** Asks for the devices first, so that a refusal there does not use up the single-use token. */
  static async open(options: RoomConnectionOptions): Promise<RadistRoomConnection> {
    const { signalingUrl, permissions } = readRoomToken(options.roomToken)
    const localStream = await captureLocalStream(
      publishableChannels(options.channels, permissions),
      options.constraints,
    )
    const connection = new RadistRoomConnection(options, signalingUrl, localStream)
    await connection.#signaling.open()
    // Frees the place at once when the page is left, rather than after the grace period.
    globalThis.addEventListener?.('pagehide', connection.#onPageHide)
    try {
      if (!connection.#session) throw new RadistError('connection_closed')
      await connection.#media.start(connection.#session)
    } catch (error) {
      connection.close()
      throw error
    }
    return connection
  }

  get roomId(): RoomId | null {
    return this.#session?.roomId ?? null
  }

  /** This participant's own id. */
  get participantId(): ParticipantId | null {
    return this.#session?.participantId ?? null
  }

  /** What this participant's token called it, or null. */
  get identity(): string | null {
    return this.#session?.identity ?? null
  }

  get permissions(): RoomNotificationData<'joined'>['permissions'] | null {
    return this.#session?.permissions ?? null
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
    return [...this.#roster.values()].map((participant) => ({
      ...participantEvent(participant),
      connected: participant.connected,
      microphone: trackStateOf(participant, 'microphone'),
      camera: trackStateOf(participant, 'camera'),
      stream: this.#remote.streamOf(participant.participantId),
    }))
  }

  get activeSpeaker(): ParticipantId | null {
    return this.#activeSpeaker
  }

  /** Listens to an event, until the function that it answers with is called. */
  on<E extends keyof RadistRoomConnectionEvents>(
    event: E,
    listener: (payload: RadistRoomConnectionEvents[E]) => void,
  ): Unsubscribe {
    const current = (): { [K in keyof RadistRoomConnectionEvents]?: RadistRoomConnectionEvents[K][] } => ({
      localstream: this.#localStream ? [this.#localStream] : [],
      remotestream: this.participants.filter(({ stream }) => stream.getTracks().length > 0),
      trackadded: this.#remote.all,
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
   * Sends to all others: a string as text, bytes as binary, anything else as JSON.
   *
   * @throws RadistError `data_channel_not_open` while the channel is not open or the token does not
   *   permit data, `message_too_large` above 256 KiB
   */
  send(data: SendableData): void {
    this.#media.send(data)
  }

  /** Mutes or unmutes the microphone, for this page at once and for the host, which tells the others. */
  setMicrophoneEnabled(enabled: boolean): void {
    for (const track of this.#localStream?.getAudioTracks() ?? []) track.enabled = enabled
    this.#media.setMuted('microphone', !enabled)
  }

  /** Switches the camera's picture off or on, for this page at once and for the host, which tells the others. */
  setCameraEnabled(enabled: boolean): void {
    for (const track of this.#localStream?.getVideoTracks() ?? []) track.enabled = enabled
    this.#media.setMuted('camera', !enabled)
  }

  /** Opens a new socket at once and restarts ICE, as after a change of network. Resolves when signaling is up. */
  async reconnect(): Promise<void> {
    await this.#signaling.reconnect()
    this.#media.restartIce({ onlyBroken: false })
  }

  /** Statistics of both transports; ids are prefixed with `send:` and `recv:`. */
  getStats(): Promise<RTCStatsReport> {
    return this.#media.getStats()
  }

  /** Leaves the room for good and releases microphone and camera. */
  close(): void {
    this.#signaling.close()
  }

  #handlers(): NotificationHandlers {
    return {
      joined: ({ reconnectToken, participants, ...session }) => {
        const isElsewhere = this.#session !== null
        this.#session = session
        this.#signaling.seated({ ...session, reconnectToken })
        if (isElsewhere) this.#media.reset(session.routerRtpCapabilities)
        // The others come to the new host one by one.
        this.#apply(rosters.rosterOf(participants), 'host-lost')
      },
      resumed: ({ participants, transportIds, ...seat }) => {
        this.#signaling.seated(seat)
        this.#apply(rosters.rosterOf(participants))
        this.#media.resume(transportIds)
      },
      participantJoined: (participant) => this.#apply(rosters.withParticipant(this.#roster, participant)),
      participantDisconnected: ({ participantId }) =>
        this.#apply(rosters.withConnected(this.#roster, participantId, false)),
      participantReconnected: ({ participantId }) =>
        this.#apply(rosters.withConnected(this.#roster, participantId, true)),
      participantLeft: ({ participantId, reason }) =>
        this.#apply(rosters.withoutParticipant(this.#roster, participantId), reason),
      producerAdded: ({ participantId, producer }) =>
        this.#apply(rosters.withProducer(this.#roster, participantId, producer)),
      producerPaused: ({ participantId, producerId }) =>
        this.#apply(rosters.withProducerPaused(this.#roster, participantId, producerId, true)),
      producerResumed: ({ participantId, producerId }) =>
        this.#apply(rosters.withProducerPaused(this.#roster, participantId, producerId, false)),
      producerClosed: ({ participantId, producerId }) =>
        this.#apply(rosters.withoutProducer(this.#roster, participantId, producerId)),
      dataProducerAdded: ({ participantId, dataProducer }) =>
        this.#apply(rosters.withDataProducer(this.#roster, participantId, dataProducer)),
      dataProducerClosed: ({ participantId, dataProducerId }) =>
        this.#apply(rosters.withoutDataProducer(this.#roster, participantId, dataProducerId)),
      // Comes with the producer's own end, from which all follows here.
      consumerClosed: () => undefined,
      consumerLayersChanged: () => undefined,
      mediaReset: ({ routerRtpCapabilities }) => this.#media.reset(routerRtpCapabilities),
      activeSpeaker: ({ participantId }) => {
        this.#activeSpeaker = participantId
        this.#emitter.emit('activespeaker', { participantId })
      },
      closed: ({ reason }) => {
        if (reason !== 'closed-by-backend' && reason !== 'empty') {
          this.#signaling.relocate()
          return
        }
        this.#emitter.emit('ended', { reason })
        this.#signaling.close(new RadistError('room_closed'))
      },
      removed: ({ reason }) => {
        this.#emitter.emit('removed', { reason })
        this.#signaling.close(
          new RadistError(reason === 'removed' ? 'participant_removed' : 'connection_overtaken'),
        )
      },
      trackMuted: ({ producerId, muted }) => {
        const source = this.#media.muteByBackend(producerId, muted)
        if (source) this.#emitter.emit('muted', { source, muted })
      },
    }
  }

  /** Takes a new roster, and tells and does what follows from the difference. */
  #apply(next: rosters.Roster, reason: DepartureReason = 'left'): void {
    const changes = rosters.rosterChanges(this.#roster, next)
    this.#roster = next
    for (const change of changes) this.#onChange(change, reason)
    const arrived = changes.some(({ type }) => type === 'producer-added' || type === 'data-producer-added')
    if (arrived) this.#media.subscribe()
  }

  #onChange(change: rosters.RosterChange, reason: DepartureReason): void {
    const event = participantEvent(change.participant)
    switch (change.type) {
      case 'participant-joined':
        this.#emitter.emit('participantjoined', event)
        return
      case 'participant-left':
        this.#remote.forget(event.participantId)
        this.#emitter.emit('participantleft', { ...event, reason })
        return
      case 'participant-disconnected':
        this.#emitter.emit('participantdisconnected', event)
        return
      case 'participant-reconnected':
        this.#emitter.emit('participantreconnected', event)
        return
      case 'producer-added':
      case 'data-producer-added':
        return
      case 'producer-paused':
        this.#emitter.emit('trackmuted', { ...event, source: change.producer.source })
        return
      case 'producer-resumed':
        this.#emitter.emit('trackunmuted', { ...event, source: change.producer.source })
        return
      case 'producer-closed': {
        const { producerId } = change.producer
        this.#media.stopConsuming(producerId)
        const track = this.#remote.remove(producerId)
        if (track) this.#emitter.emit('trackremoved', track)
        return
      }
      case 'data-producer-closed': {
        const { dataProducerId } = change.dataProducer
        this.#media.stopConsuming(dataProducerId)
        return
      }
      default:
        change satisfies never
    }
  }

  #onState(state: ConnectionState, error: RadistError | null): void {
    if (state === 'closed') {
      globalThis.removeEventListener?.('pagehide', this.#onPageHide)
      this.#media.close()
      stopStream(this.#localStream)
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
