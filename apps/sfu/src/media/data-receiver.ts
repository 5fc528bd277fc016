/** One participant's end of a data channel from the host: its frames go to the media worker as fast as it sends them on. */
import type { types } from 'mediasoup'
import { DataOutbox } from '../domain/data-outbox.ts'

/** "WebRTC Binary" (RFC 8831, 8). */
const PPID_BINARY = 53

export class DataReceiver {
  readonly #consumer: types.DataConsumer
  readonly #outbox: DataOutbox
  #started = false

  /** @param waitingBytes that may wait here; 0 for an unreliable channel */
  constructor(consumer: types.DataConsumer, transport: types.WebRtcTransport, waitingBytes: number) {
    this.#consumer = consumer
    this.#outbox = new DataOutbox(waitingBytes)
    consumer.on('bufferedamountlow', (buffered) => {
      this.#outbox.drained(buffered)
      this.#pump()
    })
    // What was refused for want of a path waits for these.
    const pump = () => this.#pump()
    transport.observer.on('icestatechange', pump)
    transport.observer.on('sctpstatechange', pump)
    consumer.observer.once('close', () => {
      transport.observer.off('icestatechange', pump)
      transport.observer.off('sctpstatechange', pump)
    })
  }

  get id(): string {
    return this.#consumer.id
  }

  /** Its other end is open: what comes before would be lost on the way. */
  get started(): boolean {
    return this.#started
  }

  start(): void {
    this.#started = true
  }

  deliver(frame: Uint8Array): void {
    this.#outbox.offer(frame)
    this.#pump()
  }

  close(): void {
    this.#consumer.close()
  }

  #pump(): void {
    if (this.#consumer.closed) return
    for (let frame = this.#outbox.take(); frame !== null; frame = this.#outbox.take()) void this.#send(frame)
  }

  async #send(frame: Uint8Array): Promise<void> {
    try {
      const message = Buffer.from(frame.buffer, frame.byteOffset, frame.length)
      this.#outbox.sent(frame, await this.#consumer.send(message, PPID_BINARY))
    } catch {
      this.#outbox.refused(frame)
      return
    }
    this.#pump()
  }
}
