/** A room on one media worker: its router there, and the observers that hear who speaks. */
import { MAX_DATA_FRAME_BYTES } from '@radist-tech/protocol'
import type { types } from 'mediasoup'
import { askMedia } from './ask-media.ts'
import { DataPort } from './data-port.ts'
import type { MediaWorker } from './media-worker.ts'

/** How often the observers look, in ms. */
const SPEAKER_INTERVAL_MS = 300
const SILENCE_INTERVAL_MS = 500
/** Of how many voices at once the level is told, the loudest. */
const MAX_VOICES = 10
/** Below this, in dBov, there is no speech. */
const SILENCE_THRESHOLD = -70
/** Waiting data at or under which a receiver that was full takes more, in bytes. */
const DATA_LOW_BYTES = 16_384
/** A start that shows a face at once on most networks; congestion control takes it from there. */
const INITIAL_OUTGOING_BITRATE = 1_000_000

export interface RouterEvents {
  /** This producer is the loudest on this router now. */
  dominates(routerId: string, producerId: string): void
  /** How loud, in dBov, these are, the loudest first; there is at least one. */
  sound(routerId: string, voices: readonly { producerId: string; volume: number }[]): void
  silence(routerId: string): void
  /** The router is gone with its worker, and with it all that was on it. */
  lost(router: RoomRouter): void
}

export class RoomRouter {
  readonly worker: MediaWorker
  readonly router: types.Router
  readonly #speakers: types.ActiveSpeakerObserver
  readonly #levels: types.AudioLevelObserver
  /** Opened when somebody first has use for it. */
  #dataPort: Promise<DataPort> | null = null

  private constructor(
    worker: MediaWorker,
    router: types.Router,
    observers: { speakers: types.ActiveSpeakerObserver; levels: types.AudioLevelObserver },
  ) {
    this.worker = worker
    this.router = router
    this.#speakers = observers.speakers
    this.#levels = observers.levels
    worker.rooms += 1
    router.observer.once('close', () => {
      worker.rooms -= 1
    })
  }

  static async start(worker: MediaWorker, events: RouterEvents): Promise<RoomRouter> {
    const router = await askMedia(worker.createRouter(), (late) => late.close())
    try {
      const speakers = await askMedia(router.createActiveSpeakerObserver({ interval: SPEAKER_INTERVAL_MS }))
      const levels = await askMedia(
        router.createAudioLevelObserver({
          maxEntries: MAX_VOICES,
          threshold: SILENCE_THRESHOLD,
          interval: SILENCE_INTERVAL_MS,
        }),
      )
      speakers.on('dominantspeaker', ({ producer }) => events.dominates(router.id, producer.id))
      levels.on('volumes', (volumes) => {
        const voices = volumes.map(({ producer, volume }) => ({ producerId: producer.id, volume }))
        if (voices.length > 0) events.sound(router.id, voices)
      })
      levels.on('silence', () => events.silence(router.id))
      const roomRouter = new RoomRouter(worker, router, { speakers, levels })
      router.once('workerclose', () => events.lost(roomRouter))
      return roomRouter
    } catch (error) {
      router.close()
      throw error
    }
  }

  get id(): string {
    return this.router.id
  }

  get closed(): boolean {
    return this.router.closed
  }

  createTransport(): Promise<types.WebRtcTransport> {
    return askMedia(
      this.router.createWebRtcTransport({
        webRtcServer: this.worker.webRtcServer,
        enableUdp: true,
        enableTcp: true,
        preferUdp: true,
        enableSctp: true,
        maxSendMessageSize: MAX_DATA_FRAME_BYTES,
        maxReceiveMessageSize: MAX_DATA_FRAME_BYTES,
        sctpDefaultStreamBufferedAmountLowThreshold: DATA_LOW_BYTES,
        initialAvailableOutgoingBitrate: INITIAL_OUTGOING_BITRATE,
      }),
      (late) => late.close(),
    )
  }

  /** Where this host reads and writes the data of those who are on this router. */
  dataPort(): Promise<DataPort> {
    this.#dataPort ??= DataPort.open(this.router).catch((error: unknown) => {
      this.#dataPort = null
      throw error
    })
    return this.#dataPort
  }

  /** From now on, this microphone is heard for who speaks; it is forgotten with its producer. */
  async listenTo(producerId: string): Promise<void> {
    await askMedia(this.#speakers.addProducer({ producerId }))
    await askMedia(this.#levels.addProducer({ producerId }))
  }

  close(): void {
    this.router.close()
  }
}
