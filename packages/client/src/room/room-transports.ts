/** A participant's two transports in a room, one to send and one to receive, each made when it is first needed. */
import { dataChannelSchema } from '@radist-tech/protocol/data-frames'
import { trackSourceSchema } from '@radist-tech/protocol/room-signaling'
import type { types as mediasoup } from 'mediasoup-client'
import { RadistError } from '../errors.ts'
import { PathSearch } from './path-search.ts'
import { PathWatch, pathCounts } from './path-watch.ts'
import type { RoomSignaling } from './room-signaling.ts'

const PATH_LOOK_INTERVAL_MS = 250

export class RoomTransports {
  readonly #signaling: RoomSignaling
  readonly #device: mediasoup.Device
  readonly #rtcConfiguration: RTCConfiguration
  readonly #onPathFailed: () => void
  #send: mediasoup.Transport | null = null
  #recv: mediasoup.Transport | null = null
  readonly #watches = new Map<mediasoup.Transport, PathWatch>()
  #lookTimer: ReturnType<typeof setInterval> | undefined
  #looking = false
  #asksHost = false
  readonly #search = new PathSearch()
  #closed = false

  constructor(
    signaling: RoomSignaling,
    device: mediasoup.Device,
    rtcConfiguration: RTCConfiguration,
    onPathFailed: () => void,
  ) {
    this.#signaling = signaling
    this.#device = device
    this.#rtcConfiguration = rtcConfiguration
    this.#onPathFailed = onPathFailed
  }

  /** Whether all that are used here are among these, which the host has. */
  areAmong(transportIds: readonly string[]): boolean {
    return [this.#send, this.#recv].every(
      (transport) => transport === null || transportIds.includes(transport.id),
    )
  }

  /** The transport to send with. */
  async sending(): Promise<mediasoup.Transport> {
    if (this.#send) return this.#send
    const transport = this.#device.createSendTransport(await this.#request('send'))
    this.#listen(transport)
    transport.on('produce', ({ kind, rtpParameters, appData }, callback, errback) => {
      this.#signaling
        .request('produce', {
          transportId: transport.id,
          kind,
          source: trackSourceSchema.parse(appData.source),
          rtpParameters,
          paused: appData.paused === true,
          ...(typeof appData.width === 'number' && { width: appData.width }),
          ...(typeof appData.height === 'number' && { height: appData.height }),
        })
        .then(({ producerId }) => callback({ id: producerId }), errback)
    })
    transport.on('producedata', ({ sctpStreamParameters: { streamId = 0 }, label }, callback, errback) => {
      this.#signaling
        .request('produceData', {
          transportId: transport.id,
          channel: dataChannelSchema.parse(label),
          streamId,
        })
        .then(({ dataProducerId }) => callback({ id: dataProducerId }), errback)
    })
    this.#send = transport
    return transport
  }

  /** The transport to receive with. */
  async receiving(): Promise<mediasoup.Transport> {
    if (this.#recv) return this.#recv
    const transport = this.#device.createRecvTransport(await this.#request('recv'))
    this.#listen(transport)
    this.#recv = transport
    return transport
  }

  /** Finds new paths; `onlyBroken` leaves alone the transports that work. */
  async restartIce(options: { onlyBroken: boolean }): Promise<void> {
    const restart = async (transport: mediasoup.Transport | null): Promise<void> => {
      if (!transport || transport.closed || transport.connectionState === 'new') return
      if (options.onlyBroken && !this.#isBroken(transport)) return
      const { iceParameters } = await this.#signaling.request('restartIce', { transportId: transport.id })
      await transport.restartIce({ iceParameters })
    }
    await Promise.all([restart(this.#send), restart(this.#recv)])
  }

  /** Both transports' statistics in one report; the ids of the two do not collide. */
  async getStats(): Promise<RTCStatsReport> {
    const merged = new Map<string, unknown>()
    for (const [direction, transport] of Object.entries({ send: this.#send, recv: this.#recv })) {
      if (!transport || transport.closed) continue
      for (const [id, stats] of await transport.getStats()) merged.set(`${direction}:${id}`, stats)
    }
    return merged
  }

  close(): void {
    this.#closed = true
    clearInterval(this.#lookTimer)
    this.#send?.close()
    this.#recv?.close()
  }

  async #request(direction: 'send' | 'recv'): Promise<mediasoup.TransportOptions> {
    const { transportId, ...options } = await this.#signaling.request('createTransport', { direction })
    // Given up meanwhile: a transport made now would have no end.
    if (this.#closed) throw new RadistError('connection_closed')
    const { iceServers, iceTransportPolicy } = this.#rtcConfiguration
    return {
      id: transportId,
      ...options,
      ...(iceServers && { iceServers }),
      ...(iceTransportPolicy && { iceTransportPolicy }),
    }
  }

  #listen(transport: mediasoup.Transport): void {
    transport.on('connect', ({ dtlsParameters }, callback, errback) => {
      this.#signaling
        .request('connectTransport', { transportId: transport.id, dtlsParameters })
        .then(() => callback(), errback)
    })
    transport.on('connectionstatechange', (state) => {
      if (state === 'failed') this.#onPathFailed()
    })
    this.#watches.set(transport, new PathWatch({ sendsMedia: transport.direction === 'send' }))
    this.#lookTimer ??= setInterval(() => void this.#lookAtPaths(), PATH_LOOK_INTERVAL_MS)
  }

  /** A new path is asked for as soon as one is silent, and again while none is found. */
  async #lookAtPaths(): Promise<void> {
    // A busy page is slower than its timer.
    if (this.#looking) return
    this.#looking = true
    for (const [transport, watch] of this.#watches) {
      if (transport.closed) continue
      const stats = await transport.getStats().catch(() => null)
      if (!stats) continue
      watch.look(pathCounts(stats))
      if (watch.asksHost) void this.#askHost(transport, watch)
    }
    this.#looking = false
    if (!this.#closed && this.#isSilent() && this.#search.begin(performance.now())) this.#onPathFailed()
  }

  /** Without an answer nothing is known: it is asked again at the next look. */
  async #askHost({ id: transportId }: mediasoup.Transport, watch: PathWatch): Promise<void> {
    if (this.#asksHost) return
    this.#asksHost = true
    const answer = await this.#signaling.request('countSent', { transportId }).catch(() => null)
    this.#asksHost = false
    if (answer) watch.hostHasSent(answer.rtpBytes)
  }

  #isSilent(): boolean {
    return [...this.#watches.values()].some(({ silent }) => silent)
  }

  /** Both go the same way: when one is silent the other is about to be. */
  #isBroken({ connectionState }: mediasoup.Transport): boolean {
    return connectionState === 'failed' || connectionState === 'disconnected' || this.#isSilent()
  }
}
