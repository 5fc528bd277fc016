/** The page of {@link RoomPage}: the SDK in a room, and what it receives, looked at many times a second. */
import { RadistClient, RadistError, type RadistRoomConnection } from '@radist-tech/client'

export interface JoinOptions {
  publicKey: string
  /** Where the control plane is, when there is one. */
  apiBaseUrl?: string
  roomToken: string
  video: MediaTrackConstraints
}

/** What was received since the page began to watch. */
export interface Reception {
  frames: number
  /** Longest time between two looks that found new frames of the same video, in ms. */
  longestVideoGap: number
  /** Audio packets that came, not what was made up for lost ones. */
  audioPackets: number
  longestAudioGap: number
  /** Lines of the picture that was decoded last. */
  height: number
}

declare global {
  interface Window {
    room: RoomOfPage
  }
}

const LOOK_EVERY_MS = 100

/** Of Opus, and of the made-up cameras, which send 15 frames a second. */
const AUDIO_PACKET_MS = 20
const FRAME_MS = 1000 / 15

/** A number that ought to grow, and when it last did. */
class Growth {
  readonly #usualMs: number
  count = 0
  grewAt = performance.now()
  longestGap = 0

  /** @param usualMs after which one more comes, when nothing is in the way */
  constructor(usualMs: number) {
    this.#usualMs = usualMs
  }

  look(count: number): void {
    const now = performance.now()
    const elapsed = now - this.grewAt
    // When nearly all of this time has come, it was only this page that did not get to look.
    const wasSteady = (count - this.count) * this.#usualMs >= 0.8 * elapsed
    if (!wasSteady) this.longestGap = Math.max(this.longestGap, elapsed)
    if (count <= this.count) return
    this.count = count
    this.grewAt = now
  }

  restart(): void {
    this.grewAt = performance.now()
    this.longestGap = 0
  }
}

const codeOf = (error: unknown): string => (error instanceof RadistError ? error.code : String(error))

class RoomOfPage {
  connection: RadistRoomConnection | null = null
  readonly #video = new Growth(FRAME_MS)
  readonly #audio = new Growth(AUDIO_PACKET_MS)
  #from = { frames: 0, audioPackets: 0 }
  #height = 0
  /** What the connection told since {@link watch}, in its order. */
  events: string[] = []
  /** What became of each message that was sent: `sent`, or the code of the error. */
  readonly #sending: Promise<string>[] = []
  /** Messages of {@link sendUntilFull} that came: their numbers and sizes. */
  readonly received: { number: number; bytes: number }[] = []

  async join({ roomToken, video, ...client }: JoinOptions): Promise<void> {
    const connection = await new RadistClient(client).createRoomConnection({
      roomToken,
      constraints: { video },
    })
    this.connection = connection
    connection.on('state', (state) => this.events.push(`state ${state}`))
    connection.on('participantdisconnected', () => this.events.push('participantdisconnected'))
    connection.on('participantreconnected', () => this.events.push('participantreconnected'))
    connection.on('messageslost', () => this.events.push('messageslost'))
    connection.on('messagesrefused', () => this.events.push('messagesrefused'))
    connection.on('message', ({ kind, data }) => {
      if (kind === 'binary')
        this.received.push({ number: new DataView(data).getUint32(0), bytes: data.byteLength })
    })
    connection.on('trackadded', ({ track }) => {
      // Chromium decodes only what is shown or played.
      const element = document.createElement(track.kind === 'video' ? 'video' : 'audio')
      element.srcObject = new MediaStream([track])
      element.autoplay = true
      document.body.append(element)
    })
    void this.#look(connection)
  }

  async #look(connection: RadistRoomConnection): Promise<void> {
    while (connection.state !== 'closed') {
      let [frames, packets, height] = [0, 0, 0]
      for (const report of (await connection.getStats()).values()) {
        if (report.type !== 'inbound-rtp') continue
        if (report.kind === 'audio') packets += report.packetsReceived
        else {
          frames += report.framesDecoded ?? 0
          // mediasoup probes the bandwidth with a stream of its own, which has no picture.
          height = Math.max(height, report.frameHeight ?? 0)
        }
      }
      this.#height = height
      this.#video.look(frames)
      this.#audio.look(packets)
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
    }
  }

  dataChannelOpen(): Promise<void> {
    return new Promise((resolve) => {
      this.connection?.on('datachannel', ({ open }) => {
        if (open) resolve()
      })
    })
  }

  /** Sends numbered messages of this size without waiting for any, until one is refused: with which error? */
  sendUntilFull(bytes: number): { taken: number; error: string; buffered: number } {
    const before = this.#sending.length
    for (;;) {
      const message = new ArrayBuffer(bytes)
      new DataView(message).setUint32(0, this.#sending.length)
      try {
        const sending = this.connection?.send(message)
        this.#sending.push(sending?.then(() => 'sent', codeOf) ?? Promise.resolve('no connection'))
      } catch (error) {
        const buffered = this.connection?.bufferedAmount ?? 0
        return { taken: this.#sending.length - before, error: codeOf(error), buffered }
      }
    }
  }

  sent(): Promise<string[]> {
    return Promise.all(this.#sending)
  }

  /** Counts from here. */
  watch(): void {
    this.events = []
    this.#video.restart()
    this.#audio.restart()
    this.#from = { frames: this.#video.count, audioPackets: this.#audio.count }
  }

  get reception(): Reception {
    return {
      frames: this.#video.count - this.#from.frames,
      longestVideoGap: this.#video.longestGap,
      audioPackets: this.#audio.count - this.#from.audioPackets,
      longestAudioGap: this.#audio.longestGap,
      height: this.#height,
    }
  }
}

window.room = new RoomOfPage()
