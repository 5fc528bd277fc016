/**
 * What waits for one receiver of data messages. The media worker is given so much that it has something to
 * send, and no more; the rest of a reliable channel waits here, up to a limit. Beyond it, messages are lost to
 * this receiver, which is told in their place how many: who sends, and the other receivers, never wait for it.
 * Of an unreliable channel nothing waits.
 */
import { encodeLostData } from '@radist-tech/protocol'

/** That may wait in the media worker, in bytes. */
const MAX_BUFFERED_BYTES = 262_144
/** On their way to the media worker, of an unreliable channel. Of a reliable one it is one frame, for the order's sake. */
const MAX_IN_FLIGHT_BYTES = 65_536
/** What a waiting frame costs beside its own bytes, roughly. */
const FRAME_OVERHEAD_BYTES = 128

const costOf = (frame: Uint8Array): number => frame.length + FRAME_OVERHEAD_BYTES

export class DataOutbox {
  readonly #limit: number
  #waiting: Uint8Array[] = []
  #waitingBytes = 0
  #inFlight = 0
  /** In the media worker, as it last said. */
  #buffered = 0
  /** Lost since the last that was taken in. */
  #lost = 0

  /** @param waitingBytes 0 for an unreliable channel */
  constructor(waitingBytes: number) {
    this.#limit = waitingBytes
  }

  /** Of the frames that wait here. */
  get waitingBytes(): number {
    return this.#waitingBytes
  }

  /** Takes a frame in, or counts it as lost. */
  offer(frame: Uint8Array): void {
    if (!this.#hasRoomFor(frame)) {
      if (this.#limit > 0) this.#lost += 1
      return
    }
    this.#tellLost()
    this.#push(frame)
  }

  /** The next frame for the media worker, or null: none waits, or it has enough. */
  take(): Uint8Array | null {
    if (!this.#open) return null
    if (this.#waiting.length === 0) this.#tellLost()
    const frame = this.#waiting.shift()
    if (!frame) return null
    this.#waitingBytes -= costOf(frame)
    this.#inFlight += frame.length
    return frame
  }

  /** The media worker has taken a frame, and so much waits there now. */
  sent(frame: Uint8Array, buffered: number): void {
    this.#inFlight -= frame.length
    this.#buffered = buffered
  }

  /** The media worker has not taken a frame, as while the receiver has no path: it is the next one again. */
  refused(frame: Uint8Array): void {
    this.#inFlight -= frame.length
    if (this.#limit === 0) return
    this.#waiting.unshift(frame)
    this.#waitingBytes += costOf(frame)
  }

  /** What waits in the media worker has become so little. */
  drained(buffered: number): void {
    this.#buffered = buffered
  }

  get #open(): boolean {
    const maxInFlight = this.#limit > 0 ? 1 : MAX_IN_FLIGHT_BYTES
    return this.#buffered <= MAX_BUFFERED_BYTES && this.#inFlight < maxInFlight
  }

  /** Once any are lost, half must be free again: else every other one would be. */
  #hasRoomFor(frame: Uint8Array): boolean {
    if (this.#waiting.length === 0 && this.#open) return true
    const limit = this.#lost === 0 ? this.#limit : this.#limit / 2
    return this.#waitingBytes + costOf(frame) <= limit
  }

  #tellLost(): void {
    if (this.#lost === 0) return
    this.#push(encodeLostData(this.#lost))
    this.#lost = 0
  }

  #push(frame: Uint8Array): void {
    this.#waiting.push(frame)
    this.#waitingBytes += costOf(frame)
  }
}
