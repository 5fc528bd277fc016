/**
 * A track that a page publishes in a room, for as long as it does: published again by the SDK when the
 * host has lost its media. Made and changed by the connection.
 */
import type { TrackSource } from '@radist-tech/protocol/room-signaling'
import type { VideoCodec } from './video-encodings.ts'

export class LocalTrack {
  readonly source: TrackSource
  /** What it is sent with if the browser has it, when that is not the connection's choice. */
  readonly videoCodec: VideoCodec | undefined
  #track: MediaStreamTrack
  #muted = false
  #mutedByBackend = false

  constructor(track: MediaStreamTrack, source: TrackSource, videoCodec?: VideoCodec) {
    this.#track = track
    this.source = source
    this.videoCodec = videoCodec
  }

  get track(): MediaStreamTrack {
    return this.#track
  }

  /** For the host and the others; the track itself may be disabled or not. */
  get muted(): boolean {
    return this.#muted
  }

  /** Until the page itself mutes or unmutes it again. */
  get mutedByBackend(): boolean {
    return this.#mutedByBackend
  }

  /** @internal */
  setMuted(muted: boolean): void {
    this.#muted = muted
    this.#mutedByBackend = false
  }

  /** @internal */
  setMutedByBackend(muted: boolean): void {
    this.#mutedByBackend = muted
  }

  /** @internal */
  setTrack(track: MediaStreamTrack): void {
    this.#track = track
  }
}
