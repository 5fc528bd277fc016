/**
 * What a participant's page knows of its room: follows what the host tells, does what that asks of the
 * page's own media, and tells the page what has changed.
 */
import type { DepartureReason } from '@radist-tech/protocol/host-api'
import type { ParticipantId } from '@radist-tech/protocol/ids'
import type {
  ConnectionQuality,
  ParticipantInfo,
  ProducerInfo,
  RoomNotificationData,
} from '@radist-tech/protocol/room-signaling'
import { RadistError } from '../errors.ts'
import type { EventEmitter } from '../event-emitter.ts'
import type { MediaUpkeep } from './media-upkeep.ts'
import { RemoteTracks } from './remote-tracks.ts'
import {
  participantEvent,
  type RadistRoomConnectionEvents,
  type RoomParticipant,
  type TrackEvent,
  trackStateOf,
} from './room-events.ts'
import type { NotificationHandlers, RoomSignaling } from './room-signaling.ts'
import * as rosters from './roster.ts'

type Session = Omit<RoomNotificationData<'joined'>, 'reconnectToken' | 'participants'>

/** What this needs of the connection; there by the time that the host tells anything. */
interface Connection {
  readonly signaling: RoomSignaling
  readonly media: MediaUpkeep
}

export class RoomState {
  readonly #remote = new RemoteTracks()
  readonly #emitter: EventEmitter<RadistRoomConnectionEvents>
  readonly #connection: () => Connection
  #session: Session | null = null
  #roster: rosters.Roster = rosters.rosterOf([])
  #activeSpeaker: ParticipantId | null = null
  readonly #qualities = new Map<ParticipantId, ConnectionQuality>()

  constructor(emitter: EventEmitter<RadistRoomConnectionEvents>, connection: () => Connection) {
    this.#emitter = emitter
    this.#connection = connection
  }

  /** As whom the host has let this page in; null before it has. */
  get session(): Session | null {
    return this.#session
  }

  /** The others in the room. */
  get roster(): rosters.Roster {
    return this.#roster
  }

  get activeSpeaker(): ParticipantId | null {
    return this.#activeSpeaker
  }

  get participants(): RoomParticipant[] {
    return [...this.#roster.values()].map((participant) => ({
      ...participantEvent(participant),
      connected: participant.connected,
      microphone: trackStateOf(participant, 'microphone'),
      camera: trackStateOf(participant, 'camera'),
      stream: this.#remote.streamOf(participant.participantId),
    }))
  }

  qualityOf(participantId: ParticipantId): ConnectionQuality | null {
    return this.#qualities.get(participantId) ?? null
  }

  /** Others' tracks that flow. */
  get tracks(): TrackEvent[] {
    return this.#remote.all
  }

  /** A participant's track flows. */
  takeTrack(
    participant: ParticipantInfo,
    { producerId, source }: ProducerInfo,
    track: MediaStreamTrack,
  ): void {
    const event = participantEvent(participant)
    const trackEvent = { ...event, track, source, producerId }
    this.#remote.add(producerId, trackEvent)
    this.#emitter.emit('trackadded', trackEvent)
    this.#emitter.emit('remotestream', { ...event, stream: this.#remote.streamOf(event.participantId) })
  }

  /** All tracks that were received are gone. */
  dropTracks(): void {
    for (const event of this.#remote.removeAll()) this.#emitter.emit('trackremoved', event)
  }

  handlers(): NotificationHandlers {
    return {
      joined: ({ reconnectToken, participants, ...session }) => {
        const isElsewhere = this.#session !== null
        this.#session = session
        this.#connection().signaling.seated({ ...session, reconnectToken })
        if (isElsewhere) this.#connection().media.reset(session.routerRtpCapabilities)
        // The others come to the new host one by one.
        this.#apply(rosters.rosterOf(participants), 'host-lost')
      },
      resumed: ({ participants, transportIds, ...seat }) => {
        this.#connection().signaling.seated(seat)
        this.#apply(rosters.rosterOf(participants))
        this.#connection().media.resume(transportIds)
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
      dataRefused: (refusal) => this.#emitter.emit('messagesrefused', refusal),
      // Comes with the producer's own end, from which all follows here.
      consumerClosed: () => undefined,
      consumerLayersChanged: () => undefined,
      layersWanted: (wanted) => this.#connection().media.layersWanted(wanted),
      mediaReset: ({ routerRtpCapabilities }) => this.#connection().media.reset(routerRtpCapabilities),
      activeSpeaker: ({ participantId }) => {
        this.#activeSpeaker = participantId
        this.#emitter.emit('activespeaker', { participantId })
      },
      audioLevels: ({ levels }) => this.#emitter.emit('audiolevels', { levels }),
      connectionQuality: ({ qualities }) => {
        for (const { participantId, quality } of qualities) this.#qualities.set(participantId, quality)
        this.#emitter.emit('connectionquality', { qualities })
      },
      closed: ({ reason }) => {
        if (reason !== 'closed-by-backend' && reason !== 'empty') {
          this.#connection().signaling.relocate()
          return
        }
        this.#emitter.emit('ended', { reason })
        this.#connection().signaling.close(new RadistError('room_closed'))
      },
      removed: ({ reason }) => {
        this.#emitter.emit('removed', { reason })
        this.#connection().signaling.close(
          new RadistError(reason === 'removed' ? 'participant_removed' : 'connection_overtaken'),
        )
      },
      trackMuted: ({ producerId, muted }) => {
        const local = this.#connection().media.muteByBackend(producerId, muted)
        if (local) this.#emitter.emit('muted', { source: local.source, muted })
      },
    }
  }

  /** Takes a new roster, and tells and does what follows from the difference. */
  #apply(next: rosters.Roster, reason: DepartureReason = 'left'): void {
    const changes = rosters.rosterChanges(this.#roster, next)
    this.#roster = next
    for (const change of changes) this.#onChange(change, reason)
    if (changes.some(({ type }) => type === 'producer-added')) this.#connection().media.subscribe()
  }

  #onChange(change: rosters.RosterChange, reason: DepartureReason): void {
    const event = participantEvent(change.participant)
    switch (change.type) {
      case 'participant-joined':
        this.#emitter.emit('participantjoined', event)
        return
      case 'participant-left':
        this.#remote.forget(event.participantId)
        this.#connection().media.forget(event.participantId)
        this.#qualities.delete(event.participantId)
        this.#emitter.emit('participantleft', { ...event, reason })
        return
      case 'participant-disconnected':
        this.#emitter.emit('participantdisconnected', event)
        return
      case 'participant-reconnected':
        this.#emitter.emit('participantreconnected', event)
        return
      case 'producer-added':
        return
      case 'producer-paused':
        this.#emitter.emit('trackmuted', { ...event, source: change.producer.source })
        return
      case 'producer-resumed':
        this.#emitter.emit('trackunmuted', { ...event, source: change.producer.source })
        return
      case 'producer-closed': {
        const { producerId } = change.producer
        this.#connection().media.stopConsuming(producerId)
        this.#connection().media.forget(producerId)
        const track = this.#remote.remove(producerId)
        if (track) this.#emitter.emit('trackremoved', track)
        return
      }
      default:
        change satisfies never
    }
  }
}
