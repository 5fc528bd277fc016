/**
 * The part of mediasoup that a join needs, answering at once and without a worker: what is left is the
 * cost of signaling. Answers are as large as the real ones.
 */
import { randomUUID } from 'node:crypto'
import { EventEmitter } from 'node:events'
import type { types } from 'mediasoup'
import { generateRouterRtpCapabilities } from 'mediasoup/ortc'

/** A function of its own text: the real one. */
export { parseScalabilityMode } from 'mediasoup'

class Entity extends EventEmitter {
  readonly id = randomUUID()
  readonly observer = new EventEmitter()
  closed = false

  close(): void {
    if (this.closed) return
    this.closed = true
    this.observer.emit('close')
  }
}

class Transport extends Entity {
  readonly type = 'webrtc'
  readonly iceParameters = {
    usernameFragment: randomUUID().replaceAll('-', ''),
    password: randomUUID().replaceAll('-', ''),
    iceLite: true,
  }
  readonly iceCandidates = [candidate('udp', 1_076_302_079), candidate('tcp', 1_076_276_479)]
  readonly dtlsParameters = { role: 'auto', fingerprints }
  readonly sctpParameters = { port: 5000, OS: 1024, MIS: 1024, maxMessageSize: 262_144 }

  async getStats(): Promise<[]> {
    return []
  }
}

class Router extends Entity {
  readonly rtpCapabilities: types.RtpCapabilities

  constructor(mediaCodecs: types.RouterRtpCodecCapability[]) {
    super()
    this.rtpCapabilities = generateRouterRtpCapabilities(mediaCodecs)
  }

  async createWebRtcTransport(): Promise<Transport> {
    const transport = new Transport()
    this.observer.emit('newtransport', transport)
    return transport
  }

  async createActiveSpeakerObserver(): Promise<Entity> {
    return new Entity()
  }

  async createAudioLevelObserver(): Promise<Entity> {
    return new Entity()
  }
}

class Worker extends Entity {
  readonly pid = process.pid

  async createWebRtcServer(): Promise<Entity> {
    return new Entity()
  }

  async createRouter({ mediaCodecs }: { mediaCodecs: types.RouterRtpCodecCapability[] }): Promise<Router> {
    const router = new Router(mediaCodecs)
    this.observer.emit('newrouter', router)
    return router
  }

  async getResourceUsage() {
    return { ru_utime: 0, ru_stime: 0 }
  }
}

export const createWorker = async (): Promise<Worker> => new Worker()

/** As many as a worker lists: one of each hash. */
const fingerprints = [20, 28, 32, 48, 64].map((bytes) => ({
  algorithm: `sha-${bytes === 20 ? 1 : bytes * 8}`,
  value: Array.from({ length: bytes }, () => 'AB').join(':'),
}))

function candidate(protocol: 'udp' | 'tcp', priority: number) {
  const kind = protocol === 'tcp' ? { tcpType: 'passive' } : {}
  return {
    foundation: `${protocol}candidate`,
    priority,
    ip: '127.0.0.1',
    address: '127.0.0.1',
    protocol,
    port: 40_000,
    type: 'host',
    ...kind,
  }
}
