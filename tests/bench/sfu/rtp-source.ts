/** A steady stream of RTP packets that look like VP8 to an SFU. */

export const PACKET_BYTES = 1100
export const SSRC = 11_223_344
export const PAYLOAD_TYPE = 101
const TICK_MS = 5
const KEY_FRAME_EVERY = 100

export const videoParameters = {
  mid: '0',
  codecs: [
    { mimeType: 'video/VP8', payloadType: PAYLOAD_TYPE, clockRate: 90_000, parameters: {}, rtcpFeedback: [] },
  ],
  headerExtensions: [],
  encodings: [{ ssrc: SSRC }],
  rtcp: { cname: 'benchmark', reducedSize: true },
}

export class RtpSource {
  readonly #send: (packet: Buffer) => void
  readonly #packet = Buffer.alloc(PACKET_BYTES, 0x5a)
  readonly #timer: NodeJS.Timeout
  readonly #startedAt = performance.now()
  #sent = 0

  /** Starts to send so many packets a second, each to `send`, until it is closed. */
  constructor(packetsPerSecond: number, send: (packet: Buffer) => void, firstSequence = 0) {
    this.#send = send
    this.#packet.writeUInt8(0x80, 0)
    this.#packet.writeUInt32BE(SSRC, 8)
    // VP8 payload descriptor: the start of a partition (RFC 7741, section 4.2).
    this.#packet.writeUInt8(0x10, 12)
    this.#timer = setInterval(() => {
      const due = ((performance.now() - this.#startedAt) / 1000) * packetsPerSecond
      while (this.#sent < due) this.#next(firstSequence)
    }, TICK_MS)
  }

  get sent(): number {
    return this.#sent
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #next(firstSequence: number): void {
    const number = firstSequence + this.#sent
    // The marker: every packet is a frame of its own.
    this.#packet.writeUInt8(0x80 | PAYLOAD_TYPE, 1)
    this.#packet.writeUInt16BE(number & 0xffff, 2)
    this.#packet.writeUInt32BE((number * 90) >>> 0, 4)
    this.#packet.writeUInt8(number % KEY_FRAME_EVERY === 0 ? 0 : 1, 13)
    this.#sent += 1
    this.#send(Buffer.from(this.#packet))
  }
}
