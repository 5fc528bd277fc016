/** A room on a media worker: its router, and the observers that hear who speaks. */
import type { types } from 'mediasoup'
import { askMedia } from './ask-media.ts'
import type { MediaWorker } from './media-worker.ts'

/** How often the observers look, in ms. */
const SPEAKER_INTERVAL_MS = 300
const SILENCE_INTERVAL_MS = 1000
/** Below this, in dBov, there is no speech. */
const SILENCE_THRESHOLD = -70
/** Largest data message, in bytes, both ways: what browsers take by default. */
const MAX_DATA_MESSAGE_BYTES = 262_144
/** A start that shows a face at once on most networks; congestion control takes it from there. */
const INITIAL_OUTGOING_BITRATE = 1_000_000

export interface SpeakerListener {
  /** This producer is the loudest now. */
  dominates(producerId: string): void
  sound(): void
  silence(): void
}

export class RoomMedia {
  readonly worker: MediaWorker
  readonly router: types.Router
  readonly #speakers: types.ActiveSpeakerObserver
  readonly #levels: types.AudioLevelObserver
  #closed = false

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
  }

  static async start(worker: MediaWorker, listener: SpeakerListener): Promise<RoomMedia> {
    const router = await askMedia(worker.createRouter(), (late) => late.close())
    try {
      const speakers = await askMedia(router.createActiveSpeakerObserver({ interval: SPEAKER_INTERVAL_MS }))
      const levels = await askMedia(
        router.createAudioLevelObserver({ threshold: SILENCE_THRESHOLD, interval: SILENCE_INTERVAL_MS }),
      )
      speakers.on('dominantspeaker', ({ producer }) => listener.dominates(producer.id))
      levels.on('volumes', () => listener.sound())
      levels.on('silence', () => listener.silence())
      return new RoomMedia(worker, router, { speakers, levels })
    } catch (error) {
      router.close()
      throw error
    }
  }

  get closed(): boolean {
    return this.#closed
  }

  createTransport(): Promise<types.WebRtcTransport> {
    return askMedia(
      this.router.createWebRtcTransport({
        webRtcServer: this.worker.webRtcServer,
        enableUdp: true,
        enableTcp: true,
        preferUdp: true,
        enableSctp: true,
        maxSendMessageSize: MAX_DATA_MESSAGE_BYTES,
        maxReceiveMessageSize: MAX_DATA_MESSAGE_BYTES,
        initialAvailableOutgoingBitrate: INITIAL_OUTGOING_BITRATE,
      }),
      (late) => late.close(),
    )
  }

  /** From now on, this microphone is heard for who speaks; it is forgotten with its producer. */
  async listenTo(producerId: string): Promise<void> {
    await askMedia(this.#speakers.addProducer({ producerId }))
    await askMedia(this.#levels.addProducer({ producerId }))
  }

  /** Counts producers and consumers, by which the least loaded worker is found. */
  countStreams(change: 1 | -1): void {
    this.worker.streams += change
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.worker.rooms -= 1
    this.router.close()
  }
}
