/** What the participants of a room publish, and how the others hear of it. */
import type { ParticipantId, RoomEvent, RoomNotificationData } from '@radist-tech/protocol'
import type { types } from 'mediasoup'
import type { Participant } from './participant.ts'
import type { PublishedTrack, TransportDirection } from './participant-media.ts'
import { RequestRefused } from './request-refused.ts'
import type { Speaker } from './speaker.ts'

/** What this needs of the room. */
export interface Audience {
  readonly participants: ReadonlyMap<ParticipantId, Participant>
  broadcast<E extends RoomEvent>(event: E, data: RoomNotificationData<E>, except?: Participant): void
}

export class Publications {
  readonly #room: Audience
  readonly #speaker: Speaker

  constructor(room: Audience, speaker: Speaker) {
    this.#room = room
    this.#speaker = speaker
  }

  /** Consumers that this participant will probably have: of all there is to receive. Null: it may receive nothing. */
  expectedBy(participant: Participant): number | null {
    if (!participant.permissions.subscribe) return null
    let count = 0
    for (const owner of this.#room.participants.values()) {
      if (owner !== participant) count += owner.media.tracks.size
    }
    return count
  }

  trackAdded(owner: Participant, { producer, source }: PublishedTrack): void {
    const { id: producerId, kind, paused } = producer
    const participantId = owner.id
    producer.observer.once('close', () => {
      if (source === 'microphone') this.#speaker.take({ type: 'gone', participantId })
      if (this.#isIn(owner)) this.#room.broadcast('producerClosed', { participantId, producerId }, owner)
    })
    const info = { producerId, kind, source, paused }
    this.#room.broadcast('producerAdded', { participantId, producer: info }, owner)
  }

  trackPaused(owner: Participant, producerId: string): void {
    if (owner.media.track(producerId).source === 'microphone') {
      this.#speaker.take({ type: 'gone', participantId: owner.id })
    }
    this.#room.broadcast('producerPaused', { participantId: owner.id, producerId }, owner)
  }

  /** Another participant's track. @throws {RequestRefused} when nobody else here has it */
  trackOfOther(participant: Participant, producerId: string): { owner: Participant; track: PublishedTrack } {
    for (const owner of this.#room.participants.values()) {
      const track = owner === participant ? undefined : owner.media.tracks.get(producerId)
      if (track) return { owner, track }
    }
    throw new RequestRefused('not-found', 'No such producer in the room.')
  }

  /**
   * What was on its way is lost. Pictures begin anew at once, rather than when those who wait for
   * lost packets have given up, which takes some seconds.
   */
  pathChanged(participant: Participant, direction: TransportDirection): void {
    const concerned = direction === 'recv' ? participant.media.consumers : this.#receiversOf(participant)
    for (const consumer of concerned) {
      // One that is gone meanwhile needs no picture.
      if (consumer.kind === 'video') consumer.requestKeyFrame().catch(() => undefined)
    }
  }

  *#receiversOf({ media: { tracks } }: Participant): Iterable<types.Consumer> {
    for (const { media } of this.#room.participants.values()) {
      for (const producerId of tracks.keys()) {
        const consumer = media.consumerOf(producerId)
        if (consumer) yield consumer
      }
    }
  }

  /** The owner of this track, or null. */
  ownerOf(producerId: string): Participant | null {
    for (const owner of this.#room.participants.values()) {
      if (owner.media.tracks.has(producerId)) return owner
    }
    return null
  }

  #isIn(owner: Participant): boolean {
    return this.#room.participants.get(owner.id) === owner
  }
}
