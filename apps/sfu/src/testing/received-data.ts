/** What has come over a data channel from the host, and what is sent over one, in tests. */
import { EventEmitter, once } from 'node:events'
import {
  type DeliveredData,
  decodeDeliveredData,
  encodeSentData,
  type LostData,
  type ParticipantId,
} from '@radist-tech/protocol'

export class ReceivedData {
  readonly frames: (DeliveredData | LostData)[] = []
  readonly #changed = new EventEmitter()
  readonly #ended: AbortSignal

  /** Of a channel that brings nothing more once `ended` is aborted. */
  constructor(ended: AbortSignal = new AbortController().signal) {
    this.#ended = ended
  }

  /** Takes what the host has sent. @throws when it is no frame */
  take(message: Uint8Array): void {
    const frame = decodeDeliveredData(message)
    if (!frame) throw new Error('the host sent no frame')
    this.frames.push(frame)
    this.#changed.emit('change')
  }

  /** The texts that have come, in their order. */
  get texts(): string[] {
    return this.frames.flatMap((frame) =>
      frame.type === 'message' ? [Buffer.from(frame.payload).toString()] : [],
    )
  }

  /** Waits until what has come answers to this. */
  async until(
    isSo: (frames: readonly (DeliveredData | LostData)[]) => boolean,
    waitMs = 10_000,
  ): Promise<void> {
    const signal = AbortSignal.any([this.#ended, AbortSignal.timeout(waitMs)])
    while (!isSo(this.frames)) await once(this.#changed, 'change', { signal })
  }

  /** The next one after those that have been waited for. */
  async next(waitMs?: number): Promise<DeliveredData | LostData> {
    await this.until((frames) => frames.length > 0, waitMs)
    const [frame] = this.frames.splice(0, 1)
    if (!frame) throw new Error('nothing came')
    return frame
  }
}

/** A text, as a participant sends it. */
export const textFrame = (text: string, to: ParticipantId | null = null): Uint8Array<ArrayBuffer> =>
  encodeSentData({ to, isText: true, payload: Buffer.from(text) })
