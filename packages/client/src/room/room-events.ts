/** What a room tells its page. */
import type { DepartureReason } from '@radist-tech/protocol/host-api'
import type { ParticipantId } from '@radist-tech/protocol/ids'
import type { ParticipantInfo, RoomNotificationData, TrackSource } from '@radist-tech/protocol/room-signaling'
import type { RadistError } from '../errors.ts'
import type { ConnectionState } from '../signaling-session.ts'
import type { RoomMessage } from './room-data.ts'

/** `absent`: the participant does not publish such a track. */
export type TrackState = 'absent' | 'muted' | 'live'

/** Another participant, as of now. */
export interface RoomParticipant {
  participantId: ParticipantId
  /** What the room token called the participant, or null. */
  identity: string | null
  /** False while its socket is gone and its place is kept. */
  connected: boolean
  microphone: TrackState
  camera: TrackState
  /** Its media, as far as it has arrived; the same object throughout. */
  stream: MediaStream
}

interface ParticipantEvent {
  participantId: ParticipantId
  identity: string | null
}

export interface TrackEvent extends ParticipantEvent {
  track: MediaStreamTrack
  source: TrackSource
  /** Names the track for `setViewport`; another one after the host's media worker has died. */
  producerId: string
}

export type RoomEndedReason = Extract<RoomNotificationData<'closed'>['reason'], 'closed-by-backend' | 'empty'>

export type RadistRoomConnectionEvents = {
  /** Microphone and camera of this page. Listeners that come later are told at once. */
  localstream: MediaStream
  /** A participant's media; told again for each track that is added. Later listeners are told at once. */
  remotestream: ParticipantEvent & { stream: MediaStream }
  /** A participant's track flows. Later listeners are told at once. */
  trackadded: TrackEvent
  trackremoved: TrackEvent
  /** A participant muted or unmuted a track; `participants` has the new state. */
  trackmuted: ParticipantEvent & { source: TrackSource }
  trackunmuted: ParticipantEvent & { source: TrackSource }
  /** Later listeners are told of those who are there already. */
  participantjoined: ParticipantEvent
  participantleft: ParticipantEvent & { reason: DepartureReason }
  /** A participant's socket dropped; its place is kept for a while, and its media may go on. */
  participantdisconnected: ParticipantEvent
  participantreconnected: ParticipantEvent
  message: RoomMessage
  /** So many messages to this page are missing at this point, since it has read too slowly. */
  messageslost: { count: number }
  /** So many messages of this page were refused by the host, and have reached nobody. */
  messagesrefused: RoomNotificationData<'dataRefused'>
  /** Who speaks loudest, this participant included; null when nobody does. */
  activespeaker: { participantId: ParticipantId | null }
  /** How loud those are who can be heard, in dBov (-127 to 0), about twice a second; the others are silent. */
  audiolevels: RoomNotificationData<'audioLevels'>
  /** Whose connection has become better or worse; `connectionQualityOf` has it of each. */
  connectionquality: RoomNotificationData<'connectionQuality'>
  /** The state of the signaling; media goes on while it is `reconnecting`. Later listeners are told at once. */
  state: ConnectionState
  /**
   * Whether `send` can be used now. While it is not open, what others send does not reach this page. Later listeners are
   * told at once.
   */
  datachannel: { open: boolean }
  /** The room is over; `state` turns to `closed`. */
  ended: { reason: RoomEndedReason }
  /** This participant's stay is over, the room goes on; `state` turns to `closed`. `replaced`: its identity joined again. */
  removed: RoomNotificationData<'removed'>
  /** The backend muted a track of this participant, or took that back. Unmuting it is up to the participant. */
  muted: { source: TrackSource; muted: boolean }
  error: RadistError
}

export const participantEvent = ({ participantId, identity }: ParticipantInfo): ParticipantEvent => ({
  participantId,
  identity: identity ?? null,
})

/** The state of a participant's track of this source. */
export function trackStateOf(participant: ParticipantInfo, source: TrackSource): TrackState {
  const producer = participant.producers.find((candidate) => candidate.source === source)
  if (!producer) return 'absent'
  return producer.paused ? 'muted' : 'live'
}
