/** What one participant has on a media worker: everything is found by its id here, or is not the participant's. */
import type { TrackSource } from '@radist-tech/protocol'
import type { types } from 'mediasoup'
import type { Limits } from '../limits.ts'
import type { MediaEntity } from '../media/media-entity.ts'
import type { MediaPlace } from '../media/media-place.ts'
import { PathSampler } from '../media/path-sampler.ts'
import type { RoomMedia } from '../media/room-media.ts'
import type { RoomRouter } from '../media/room-router.ts'
import type { ParticipantSocket } from './participant-socket.ts'
import type { Reception } from './reception.ts'
import { RequestRefused } from './request-refused.ts'
import type { SentVideo } from './sent-video.ts'

export interface PublishedTrack {
  producer: types.Producer
  source: TrackSource
  /** Null: it is sound. */
  video: SentVideo | null
}

export type TransportDirection = 'send' | 'recv'

interface OwnTransport {
  transport: types.WebRtcTransport
  direction: TransportDirection
  /** The socket that took its id to the participant, until the participant has shown that it knows it. */
  toldOver: ParticipantSocket | null
}

export class ParticipantMedia {
  readonly #room: RoomMedia
  readonly #limits: Limits['media']
  /** Where its transports are, from the first one on; another one after its worker has died. */
  #place: MediaPlace | null = null
  readonly #transports = new Map<string, OwnTransport>()
  readonly #tracks = new Map<string, PublishedTrack>()
  readonly #consumers = new Map<string, Reception>()
  /** By the producer that they receive: a participant has one consumer of each. */
  readonly #consumersByProducer = new Map<string, types.Consumer>()
  /** What is known of its path. */
  readonly path = new PathSampler({
    transports: () => [...this.#transports.values()].map(({ transport }) => transport),
    consumers: () => this.consumers,
    producers: () => [...this.#tracks.values()].map(({ producer }) => producer),
  })
  #closed = false

  /** @param limits so that none can fill the host */
  constructor(room: RoomMedia, limits: Limits['media']) {
    this.#room = room
    this.#limits = limits
  }

  /** @throws {RequestRefused} while it has no transports */
  get place(): MediaPlace {
    if (!this.#place) throw new RequestRefused('invalid-state', 'There are no transports.')
    return this.#place
  }

  get transportIds(): string[] {
    return [...this.#transports.keys()]
  }

  get tracks(): ReadonlyMap<string, PublishedTrack> {
    return this.#tracks
  }

  get consumers(): types.Consumer[] {
    return [...this.#consumers.values()].map(({ consumer }) => consumer)
  }

  get consumerCount(): number {
    return this.#consumers.size
  }

  /** @throws {RequestRefused} when there are as many of these as one participant may have */
  refuseBeyondLimit(kind: keyof Limits['media']): void {
    const counts = {
      transports: this.#transports.size,
      producers: this.#tracks.size,
      consumers: this.#consumers.size,
    }
    if (counts[kind] >= this.#limits[kind])
      throw new RequestRefused('limit-reached', `At most ${this.#limits[kind]} ${kind}.`)
  }

  /**
   * Makes a transport, on the worker that the participant is on, or is put on now. One of the same direction that
   * was made over an earlier socket, and never named since, is closed: its id was lost with that socket.
   * @param expected consumers that the participant will probably want; null: it may receive nothing
   */
  async createTransport(
    direction: TransportDirection,
    expected: number | null,
    socket: ParticipantSocket,
  ): Promise<types.WebRtcTransport> {
    for (const known of [...this.#transports.values()]) {
      const isLost = known.toldOver !== null && known.toldOver !== socket
      if (isLost && known.direction === direction) known.transport.close()
    }
    this.refuseBeyondLimit('transports')
    this.#place ??= await this.#newPlace(expected)
    const transport = await this.#place.router.createTransport()
    this.#keep(transport, this.#transports, { transport, direction, toldOver: socket })
    return transport
  }

  /** Whether this router was the one that it was on. If so, all its media is gone, and it is put elsewhere next. */
  lost(router: RoomRouter): boolean {
    if (this.#place?.router !== router) return false
    this.#place.end()
    this.#place = null
    return true
  }

  addTrack(track: PublishedTrack): void {
    this.#keep(track.producer, this.#tracks, track)
  }

  addConsumer(reception: Reception): void {
    const { consumer } = reception
    this.#keep(consumer, this.#consumers, reception)
    const { producerId } = consumer
    const consumers = this.#consumersByProducer
    consumers.set(producerId, consumer)
    consumer.observer.once('close', () => {
      if (consumers.get(producerId) === consumer) consumers.delete(producerId)
    })
  }

  /** An own transport, of this direction if one is asked for. */
  transport(id: string, direction?: TransportDirection): types.WebRtcTransport {
    const entry = this.#transports.get(id)
    if (!entry) throw new RequestRefused('not-found', 'No such transport.')
    if (direction && entry.direction !== direction) {
      throw new RequestRefused(
        'invalid-state',
        `The transport is not one to ${direction === 'send' ? 'send' : 'receive'}.`,
      )
    }
    entry.toldOver = null
    return entry.transport
  }

  track(id: string): PublishedTrack {
    const track = this.#tracks.get(id)
    if (!track) throw new RequestRefused('not-found', 'No such producer.')
    return track
  }

  consumer(id: string): types.Consumer {
    return this.reception(id).consumer
  }

  reception(consumerId: string): Reception {
    const reception = this.#consumers.get(consumerId)
    if (!reception) throw new RequestRefused('not-found', 'No such consumer.')
    return reception
  }

  consumerOf(producerId: string): types.Consumer | undefined {
    return this.#consumersByProducer.get(producerId)
  }

  /** Ends all of it: a transport takes what runs over it along. */
  close(): void {
    this.#closed = true
    for (const { transport } of [...this.#transports.values()]) transport.close()
    this.#place?.end()
  }

  async #newPlace(expected: number | null): Promise<MediaPlace> {
    const place = await this.#room.place(expected)
    if (!this.#closed) return place
    place.end()
    throw gone()
  }

  /** Keeps an entity until it closes, for whatever reason: its own close, its transport's or its worker's. */
  #keep<T>(entity: MediaEntity, entries: Map<string, T>, entry: T): void {
    if (this.#closed) {
      entity.close()
      throw gone()
    }
    // Its worker has died, or its producer has gone, while it was waited for.
    if (entity.closed) throw new RequestRefused('rejected-by-media', 'It is gone already.')
    entries.set(entity.id, entry)
    entity.observer.once('close', () => entries.delete(entity.id))
  }
}

const gone = () => new RequestRefused('invalid-state', 'The participant has left.')
