/** The tracks that are received in a room, and the stream of each participant made of them. */
import type { ParticipantId } from '@radist-tech/protocol/ids'
import type { TrackEvent } from './room-events.ts'

export class RemoteTracks {
  /** By the id of the track's producer. */
  readonly #tracks = new Map<string, TrackEvent>()
  readonly #streams = new Map<ParticipantId, MediaStream>()

  get all(): TrackEvent[] {
    return [...this.#tracks.values()]
  }

  /** The participant's stream: the same object from its arrival to its departure. */
  streamOf(participantId: ParticipantId): MediaStream {
    const stream = this.#streams.get(participantId) ?? new MediaStream()
    this.#streams.set(participantId, stream)
    return stream
  }

  add(producerId: string, event: TrackEvent): void {
    this.#tracks.set(producerId, event)
    this.streamOf(event.participantId).addTrack(event.track)
  }

  /** Takes a track out; answers with it, if it had arrived. */
  remove(producerId: string): TrackEvent | undefined {
    const event = this.#tracks.get(producerId)
    if (!event) return undefined
    this.#tracks.delete(producerId)
    this.#streams.get(event.participantId)?.removeTrack(event.track)
    return event
  }

  /** Takes all tracks out; answers with them. */
  removeAll(): TrackEvent[] {
    return [...this.#tracks.keys()].flatMap((producerId) => this.remove(producerId) ?? [])
  }

  forget(participantId: ParticipantId): void {
    this.#streams.delete(participantId)
  }
}
