/** The page of {@link RoomPage}: the SDK in a room, and what it receives, looked at many times a second. */
import {
  type CreateRoomConnectionOptions,
  type LocalTrack,
  type PublishOptions,
  RadistClient,
  RadistError,
  type RadistRoomConnection,
  type TrackEvent,
  type ViewportSize,
} from '@radist-tech/client'
import { PaintedTrack, type Painting } from './painted-track.ts'

export interface JoinOptions extends Pick<CreateRoomConnectionOptions, 'channels' | 'videoCodec'> {
  publicKey: string
  /** Where the control plane is, when there is one. */
  apiBaseUrl?: string
  roomToken: string
  /** Of the camera. */
  video?: MediaTrackConstraints
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

/** A track of another participant, as it arrives. */
export interface ReceivedTrack {
  participantId: string
  source: TrackEvent['source']
  producerId: string
  /** Null until the first packet. */
  codec: string | null
  /** Lines of the picture that was decoded last. */
  height: number
  /** Decoded so far. */
  frames: number
  packets: number
  /** Of their payload. */
  bytes: number
  /** Sound that came once more with the packet after it (Opus in-band FEC). */
  fecPackets: number
}

export interface SentEncoding {
  kind: 'audio' | 'video'
  /** Of the codec, as they were negotiated. */
  parameters: string
  /** Whether it is to be sent. */
  active: boolean
  /** Lines of the picture that was encoded last. */
  height: number
  packets: number
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
  readonly #others = new Map<string, TrackEvent>()
  /** By the name that the test gives it. */
  readonly #painted = new Map<string, { local: LocalTrack; painted: PaintedTrack }>()
  /** Layers that the host asked for last. */
  #asked = ''
  /** For each time that it asked, in ms. */
  layerTimes: number[] = []
  /** What the connection told since {@link watch}, in its order. */
  events: string[] = []
  /** What became of each message that was sent: `sent`, or the code of the error. */
  readonly #sending: Promise<string>[] = []
  /** Messages of {@link sendUntilFull} that came: their numbers and sizes. */
  readonly received: { number: number; bytes: number }[] = []

  async join({ roomToken, video, channels, videoCodec, ...client }: JoinOptions): Promise<void> {
    const webSocketFactory = (url: string) => this.#listened(new WebSocket(url))
    const connection = await new RadistClient({ ...client, webSocketFactory }).createRoomConnection({
      roomToken,
      constraints: video ? { video } : {},
      ...(channels && { channels }),
      ...(videoCodec && { videoCodec }),
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
    connection.on('trackadded', (event) => {
      this.#others.set(event.producerId, event)
      const { track } = event
      // Chromium decodes only what is shown or played.
      const element = document.createElement(track.kind === 'video' ? 'video' : 'audio')
      element.srcObject = new MediaStream([track])
      element.autoplay = true
      document.body.append(element)
    })
    void this.#look(connection)
  }

  #listened(socket: WebSocket): WebSocket {
    socket.addEventListener('message', ({ data }) => {
      const { event, data: told } = JSON.parse(data)
      if (event === 'layersWanted') void this.#timeLayers(told.layers, performance.now())
    })
    return socket
  }

  /** How long it takes until what is sent of this page's one video is what the host has asked for. */
  async #timeLayers(wanted: readonly boolean[], askedAt: number): Promise<void> {
    const asked = String(wanted)
    this.#asked = asked
    while (this.#asked === asked && this.connection?.state !== 'closed') {
      const sent = this.connection ? await this.sentEncodings() : []
      if (String(sent.filter(({ kind }) => kind === 'video').map(({ active }) => active)) === asked) {
        this.layerTimes.push(performance.now() - askedAt)
        return
      }
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
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

  get #connected(): RadistRoomConnection {
    if (!this.connection) throw new Error('not in a room')
    return this.connection
  }

  /** Publishes what this page paints, under a name. */
  async paint(name: string, painting: Painting, options: PublishOptions): Promise<void> {
    const painted = new PaintedTrack(painting)
    const local = await this.#connected.publishTrack(painted.track, options)
    this.#painted.set(name, { local, painted })
  }

  /** Paints in another size, in the same track. */
  resize(name: string, size: ViewportSize): void {
    this.#paintedAs(name).painted.resize(size)
  }

  /** Sends another painted track in place of this one. */
  async replace(name: string, painting: Painting): Promise<void> {
    const { local, painted: former } = this.#paintedAs(name)
    const painted = new PaintedTrack(painting)
    this.#painted.set(name, { local, painted })
    await this.#connected.replaceTrack(local, painted.track)
    former.stop()
  }

  mute(name: string, muted: boolean): void {
    this.#connected.setTrackMuted(this.#paintedAs(name).local, muted)
  }

  #paintedAs(name: string) {
    const found = this.#painted.get(name)
    if (!found) throw new Error(`nothing is painted as ${name}`)
    return found
  }

  /** The others' tracks that are received here, in the order in which they came. */
  async receivedTracks(): Promise<ReceivedTrack[]> {
    const stats = await this.#connected.getStats()
    return [...this.#others.values()].map(({ track, source, producerId, participantId }) => {
      const inbound = [...stats.values()].find(({ trackIdentifier }) => trackIdentifier === track.id)
      return {
        participantId,
        source,
        producerId,
        codec: stats.get(`recv:${inbound?.codecId}`)?.mimeType ?? null,
        height: inbound?.frameHeight ?? 0,
        frames: inbound?.framesDecoded ?? 0,
        packets: inbound?.packetsReceived ?? 0,
        bytes: inbound?.bytesReceived ?? 0,
        fecPackets: inbound?.fecPacketsReceived ?? 0,
      }
    })
  }

  /** What this page sends, one for each encoding, the smallest first. */
  async sentEncodings(): Promise<SentEncoding[]> {
    const stats = await this.#connected.getStats()
    return [...stats.values()]
      .filter(({ type }) => type === 'outbound-rtp')
      .sort((a, b) => String(a.rid).localeCompare(String(b.rid)))
      .map(({ kind, codecId, active, frameHeight, packetsSent }) => ({
        kind,
        parameters: stats.get(`send:${codecId}`)?.sdpFmtpLine ?? '',
        active,
        height: frameHeight ?? 0,
        packets: packetsSent,
      }))
  }

  /** Counts from here. */
  watch(): void {
    this.events = []
    this.layerTimes = []
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
