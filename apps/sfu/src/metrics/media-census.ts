/**
 * What is on the media workers, and what it carries, at a bounded cost.
 *
 * Things are counted as mediasoup's observers tell of them, which costs nothing when asked. Bitrates
 * and loss are asked of one slice of the transports after another (one answer covers all consumers of
 * a transport): at most {@link SLICE} requests each {@link TICK_MS}, however many there are, and none
 * while those of the last tick are unanswered, until their time is over. A large host's figures are older, never dearer.
 */
import type { types } from 'mediasoup'
import { askMedia } from '../media/ask-media.ts'
import type { HostMetrics } from './host-metrics.ts'

const SLICE = 20
const TICK_MS = 250
/** A small host is not asked more often than this. */
const ROUND_MS = 5000

type Counted =
  | 'audio_producer'
  | 'video_producer'
  | 'audio_consumer'
  | 'video_consumer'
  | 'data_producer'
  | 'data_consumer'

/** What one transport last said. */
interface Sample {
  bytesIn: number
  bytesOut: number
  bitrateIn: number
  bitrateOut: number
}
const nothing: Sample = { bytesIn: 0, bytesOut: 0, bitrateIn: 0, bitrateOut: 0 }

interface Closable {
  readonly closed: boolean
  readonly observer: { once(event: 'close', listener: () => void): unknown }
}

export class MediaCensus {
  readonly #metrics: HostMetrics
  readonly #transports = new Map<types.WebRtcTransport, Sample>()
  readonly #counts = new Map<Counted, number>()
  readonly #bitrate = { in: 0, out: 0 }
  readonly #timer: NodeJS.Timeout
  /** The transports of this round that are still to be asked. A map's iterator goes on over what comes and goes. */
  #round: Iterator<types.WebRtcTransport> | null = null
  #nextRoundAt = 0
  #asking = false

  constructor(metrics: HostMetrics) {
    this.#metrics = metrics
    this.#timer = setInterval(() => void this.#tick(), TICK_MS)
  }

  get transports(): number {
    return this.#transports.size
  }

  get counts(): ReadonlyMap<string, number> {
    return this.#counts
  }

  /** In bits per second, of all transports together. */
  get bitrate(): Readonly<Record<'in' | 'out', number>> {
    return this.#bitrate
  }

  /** Counts all that comes to be on a worker. */
  watch(worker: types.Worker): void {
    worker.observer.on('newrouter', (router) => {
      router.observer.on('newtransport', (transport) => {
        // Pipes between workers carry what participants' transports carry as well: they are not counted again.
        if (isParticipants(transport)) this.#add(transport)
      })
    })
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #add(transport: types.WebRtcTransport): void {
    this.#transports.set(transport, nothing)
    transport.observer.once('close', () => {
      this.#change(this.#transports.get(transport) ?? nothing, nothing)
      this.#transports.delete(transport)
    })
    transport.observer.on('newproducer', (producer) => this.#count(`${producer.kind}_producer`, producer))
    transport.observer.on('newconsumer', (consumer) => this.#count(`${consumer.kind}_consumer`, consumer))
    transport.observer.on('newdataproducer', (producer) => this.#count('data_producer', producer))
    transport.observer.on('newdataconsumer', (consumer) => this.#count('data_consumer', consumer))
  }

  #count(what: Counted, entity: Closable): void {
    const add = (change: 1 | -1) => this.#counts.set(what, (this.#counts.get(what) ?? 0) + change)
    add(1)
    entity.observer.once('close', () => add(-1))
  }

  async #tick(): Promise<void> {
    if (this.#asking) return
    const slice = this.#nextSlice()
    if (slice.length === 0) return
    this.#asking = true
    // One that closes meanwhile has no answer.
    await Promise.allSettled(slice.map((transport) => this.#ask(transport)))
    this.#asking = false
  }

  #nextSlice(): types.WebRtcTransport[] {
    const now = performance.now()
    if (!this.#round) {
      if (now < this.#nextRoundAt) return []
      this.#nextRoundAt = now + ROUND_MS
      this.#round = this.#transports.keys()
    }
    const slice: types.WebRtcTransport[] = []
    while (slice.length < SLICE) {
      const { value, done } = this.#round.next()
      if (done) {
        this.#round = null
        break
      }
      slice.push(value)
    }
    return slice
  }

  async #ask(transport: types.WebRtcTransport): Promise<void> {
    const { 0: stats }: types.WebRtcTransportStat[] = await askMedia(transport.getStats())
    const before = this.#transports.get(transport)
    if (!stats || !before) return
    const { bytesReceived, bytesSent, recvBitrate, sendBitrate, rtpPacketLossReceived, rtpPacketLossSent } =
      stats
    const sample = {
      bytesIn: bytesReceived,
      bytesOut: bytesSent,
      bitrateIn: recvBitrate,
      bitrateOut: sendBitrate,
    }
    this.#transports.set(transport, sample)
    this.#change(before, sample)
    this.#metrics.bytesCarried('in', Math.max(0, sample.bytesIn - before.bytesIn))
    this.#metrics.bytesCarried('out', Math.max(0, sample.bytesOut - before.bytesOut))
    if (rtpPacketLossReceived !== undefined) this.#metrics.packetsLost('in', rtpPacketLossReceived)
    if (rtpPacketLossSent !== undefined) this.#metrics.packetsLost('out', rtpPacketLossSent)
  }

  #change(before: Sample, now: Sample): void {
    this.#bitrate.in += now.bitrateIn - before.bitrateIn
    this.#bitrate.out += now.bitrateOut - before.bitrateOut
  }
}

const isParticipants = (transport: types.Transport): transport is types.WebRtcTransport =>
  transport.type === 'webrtc'
