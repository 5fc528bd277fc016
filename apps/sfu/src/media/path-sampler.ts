/** What mediasoup knows of one participant's path: asked of its transports, and of one of its consumers. */
import type { types } from 'mediasoup'
import type { PathSample } from '../domain/connection-quality.ts'
import { askMedia } from './ask-media.ts'

interface Media {
  transports(): Iterable<types.WebRtcTransport>
  consumers(): Iterable<types.Consumer>
  producers(): Iterable<types.Producer>
}

export class PathSampler {
  readonly #media: Media

  constructor(media: Media) {
    this.#media = media
  }

  /** Null: the participant cannot be reached. Undefined: it has never been. Rejects when its media ends meanwhile, or its worker does not answer. */
  async sample(): Promise<PathSample | undefined> {
    let loss = 0
    let silent = false
    let connected = false
    for (const transport of this.#media.transports()) {
      if (transport.dtlsState !== 'connected') continue
      connected = true
      const [stats] = await askMedia(transport.getStats())
      if (!stats) continue
      loss = Math.max(loss, stats.rtpPacketLossReceived ?? 0, stats.rtpPacketLossSent ?? 0)
      // Nothing has come for as long as the other side's consent lasts (RFC 7675), 30 s.
      silent ||= stats.iceState === 'disconnected'
    }
    if (!connected) return undefined
    return silent ? null : { loss, roundTripMs: await this.#roundTripMs(), score: this.#score() }
  }

  /** By the receiver's reports on one of its consumers that flows. */
  async #roundTripMs(): Promise<number | null> {
    for (const consumer of this.#media.consumers()) {
      if (consumer.paused || consumer.producerPaused) continue
      for (const stats of await askMedia(consumer.getStats())) {
        if (stats.type === 'outbound-rtp' && stats.roundTripTime) return stats.roundTripTime
      }
      return null
    }
    return null
  }

  /** Of the worst of what it sends: of each track, the best layer's. */
  #score(): number | null {
    let worst: number | null = null
    for (const { paused, score } of this.#media.producers()) {
      if (paused || score.length === 0) continue
      const best = Math.max(...score.map((stream) => stream.score))
      worst = Math.min(worst ?? best, best)
    }
    return worst
  }
}
