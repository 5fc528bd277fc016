/** What a participant wants of a track that it receives, carried out on its consumer. */
import type { types } from 'mediasoup'
import { LOWEST_PRIORITY } from '../domain/consumer-priority.ts'
import { isSeen, layerFor, type Size } from '../domain/layer-choice.ts'
import { askMedia } from '../media/ask-media.ts'
import type { SentVideo } from './sent-video.ts'

export class Reception {
  readonly consumer: types.Consumer
  readonly #video: SentVideo | null
  /** By the participant itself; a consumer starts so. */
  #paused = true
  #viewport: Size | null = null
  #ownPriority: number | null = null
  /** What the consumer was asked for last; requests to it are carried out in their order. */
  readonly #asked: { paused: boolean; layer: number; priority: number }

  /** @param video null: sound, of which there is nothing to choose */
  constructor(consumer: types.Consumer, video: SentVideo | null) {
    this.consumer = consumer
    this.#video = video
    const highest = (video?.layers ?? 1) - 1
    this.#asked = { paused: true, layer: highest, priority: LOWEST_PRIORITY }
    if (!video) return
    consumer.observer.once('close', () => video.remove(this))
    video.add(this)
  }

  /** The layer that it is to get if its bandwidth allows; null: it takes nothing. */
  get wantedLayer(): number | null {
    return this.#asked.paused ? null : this.#asked.layer
  }

  setPaused(paused: boolean): Promise<void> {
    this.#paused = paused
    return this.apply()
  }

  setViewport(viewport: Size): Promise<void> {
    this.#viewport = viewport
    return this.apply()
  }

  /** In place of the host's own rule. */
  setPriority(priority: number): Promise<void> {
    this.#ownPriority = priority
    return this.apply()
  }

  /** Asks the consumer for what is wanted now and was not yet. */
  async apply(): Promise<void> {
    const { consumer } = this
    if (consumer.closed) return
    const video = this.#video
    const asked = this.#asked
    const requests: Promise<void>[] = []
    const layer = video ? layerFor(this.#viewport, video.size, video.scales) : 0
    if (layer !== asked.layer) {
      asked.layer = layer
      requests.push(consumer.setPreferredLayers({ spatialLayer: layer }))
    }
    const priority = this.#ownPriority ?? video?.priority ?? LOWEST_PRIORITY
    if (priority !== asked.priority) {
      asked.priority = priority
      requests.push(consumer.setPriority(priority))
    }
    const paused = this.#paused || (this.#viewport !== null && !isSeen(this.#viewport))
    if (paused !== asked.paused) {
      asked.paused = paused
      requests.push(paused ? consumer.pause() : consumer.resume())
    }
    video?.update()
    await Promise.all(requests.map((request) => askMedia(request)))
  }
}
