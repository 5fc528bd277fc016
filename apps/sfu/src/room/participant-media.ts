/** What one participant has on the media worker: everything is found by its id here, or is not the participant's. */
import type { TrackSource } from '@radist-tech/protocol'
import type { types } from 'mediasoup'
import type { RoomMedia } from '../media/room-media.ts'
import { RequestRefused } from './request-refused.ts'

/** Bounds per participant, so that none can fill the host. */
const LIMITS = { transports: 4, producers: 16, dataProducers: 8, consumers: 2000, dataConsumers: 2000 }

export interface PublishedTrack {
  producer: types.Producer
  source: TrackSource
}

export type TransportDirection = 'send' | 'recv'

export class ParticipantMedia {
  readonly room: RoomMedia
  readonly #transports = new Map<
    string,
    { transport: types.WebRtcTransport; direction: TransportDirection }
  >()
  readonly #tracks = new Map<string, PublishedTrack>()
  readonly #consumers = new Map<string, types.Consumer>()
  readonly #dataProducers = new Map<string, types.DataProducer>()
  readonly #dataConsumers = new Map<string, types.DataConsumer>()
  /** By the producer that they receive: a participant has one consumer of each. */
  readonly #consumersByProducer = new Map<string, types.Consumer>()
  readonly #dataConsumersByProducer = new Map<string, types.DataConsumer>()
  #closed = false

  constructor(room: RoomMedia) {
    this.room = room
  }

  get tracks(): ReadonlyMap<string, PublishedTrack> {
    return this.#tracks
  }

  get dataProducers(): ReadonlyMap<string, types.DataProducer> {
    return this.#dataProducers
  }

  get consumerCount(): number {
    return this.#consumers.size
  }

  /** @throws {RequestRefused} when there are as many of these as one participant may have */
  refuseBeyondLimit(kind: keyof typeof LIMITS): void {
    const counts = {
      transports: this.#transports.size,
      producers: this.#tracks.size,
      dataProducers: this.#dataProducers.size,
      consumers: this.#consumers.size,
      dataConsumers: this.#dataConsumers.size,
    }
    if (counts[kind] >= LIMITS[kind])
      throw new RequestRefused('limit-reached', `At most ${LIMITS[kind]} ${kind}.`)
  }

  addTransport(transport: types.WebRtcTransport, direction: TransportDirection): void {
    this.#keep(transport, this.#transports, { transport, direction })
  }

  addTrack(producer: types.Producer, source: TrackSource): void {
    this.#keep(producer, this.#tracks, { producer, source })
    this.#countStream(producer)
  }

  addConsumer(consumer: types.Consumer): void {
    this.#keep(consumer, this.#consumers, consumer)
    this.#countStream(consumer)
    this.#keepByProducer(consumer.producerId, consumer, this.#consumersByProducer)
  }

  addDataProducer(dataProducer: types.DataProducer): void {
    this.#keep(dataProducer, this.#dataProducers, dataProducer)
  }

  addDataConsumer(dataConsumer: types.DataConsumer): void {
    this.#keep(dataConsumer, this.#dataConsumers, dataConsumer)
    this.#keepByProducer(dataConsumer.dataProducerId, dataConsumer, this.#dataConsumersByProducer)
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
    return entry.transport
  }

  track(id: string): PublishedTrack {
    const track = this.#tracks.get(id)
    if (!track) throw new RequestRefused('not-found', 'No such producer.')
    return track
  }

  consumer(id: string): types.Consumer {
    const consumer = this.#consumers.get(id)
    if (!consumer) throw new RequestRefused('not-found', 'No such consumer.')
    return consumer
  }

  consumerOf(producerId: string): types.Consumer | undefined {
    return this.#consumersByProducer.get(producerId)
  }

  dataConsumerOf(dataProducerId: string): types.DataConsumer | undefined {
    return this.#dataConsumersByProducer.get(dataProducerId)
  }

  /** Ends all of it: a transport takes what runs over it along. */
  close(): void {
    this.#closed = true
    for (const { transport } of [...this.#transports.values()]) transport.close()
  }

  /** Keeps an entity until it closes, for whatever reason: its own close, its transport's or its worker's. */
  #keep<T>(entity: Closable, entries: Map<string, T>, entry: T): void {
    if (this.#closed) {
      entity.close()
      throw new RequestRefused('invalid-state', 'The participant has left.')
    }
    entries.set(entity.id, entry)
    entity.observer.once('close', () => entries.delete(entity.id))
  }

  #keepByProducer<T extends Closable>(producerId: string, entity: T, entries: Map<string, T>): void {
    entries.set(producerId, entity)
    entity.observer.once('close', () => {
      if (entries.get(producerId) === entity) entries.delete(producerId)
    })
  }

  #countStream(stream: Closable): void {
    this.room.countStreams(1)
    stream.observer.once('close', () => this.room.countStreams(-1))
  }
}

/** What all of mediasoup's entities have. */
interface Closable {
  readonly id: string
  readonly observer: { once(event: 'close', listener: () => void): unknown }
  close(): void
}
