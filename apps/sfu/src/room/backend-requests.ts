/** What a customer's backend asks about a room, by way of the control plane. */
import type { ParticipantId, RosterAnswer } from '@radist-tech/protocol'
import { askMedia } from '../media/ask-media.ts'
import type { PublishedTrack } from './participant-media.ts'
import type { Room } from './room.ts'

type RoomTrack = RosterAnswer['participants'][number]['tracks'][number]

export const rosterOf = (room: Room): RosterAnswer => ({
  participants: [...room.participants.values()].map(({ id, socket, media }) => ({
    participantId: id,
    connected: socket !== null,
    tracks: [...media.tracks.values()].map(trackOf),
    quality: room.qualities.of(id),
  })),
})

/**
 * Mutes a participant's track, or takes back that it was muted this way: what its participant muted
 * stays muted, so that nobody's microphone is switched on from outside.
 */
export async function muteTrack(
  room: Room,
  participantId: ParticipantId,
  { producerId, muted }: { producerId: string; muted: boolean },
): Promise<RoomTrack | 'participant_not_found' | 'track_not_found'> {
  const participant = room.participants.get(participantId)
  if (!participant) return 'participant_not_found'
  const track = participant.media.tracks.get(producerId)
  if (!track) return 'track_not_found'
  const { producer } = track
  if (muted && !producer.paused) {
    await askMedia(producer.pause())
    producer.appData.mutedByBackend = true
    if (!producer.closed) room.publications.trackPaused(participant, producerId)
    participant.notify('trackMuted', { producerId, muted })
  } else if (!muted && producer.paused && isMutedByBackend(track)) {
    await askMedia(producer.resume())
    endBackendMute(track)
    room.broadcast('producerResumed', { participantId, producerId }, participant)
    participant.notify('trackMuted', { producerId, muted })
  }
  return trackOf(track)
}

/** Whether it is only the backend that wants the track muted. */
const isMutedByBackend = ({ producer }: PublishedTrack): boolean => producer.appData.mutedByBackend === true

/** From here on it is the participant who says whether its track is muted. */
export const endBackendMute = ({ producer }: PublishedTrack): void => {
  producer.appData.mutedByBackend = false
}

const trackOf = ({ producer, source }: PublishedTrack): RoomTrack => ({
  producerId: producer.id,
  kind: producer.kind,
  source,
  muted: producer.paused,
})
