/** An RTCPeerConnection whose browser is the test: it keeps the signaling state as the standard says. */
import { FakeMediaStreamTrack } from 'fake-mediastreamtrack'
import type { DataChannelLike, PeerConnectionLike } from './peer-connection.ts'

/** Listeners by type of event; those that get an event are called with what the test gives. */
class FakeEventTarget {
  readonly #listeners = new Map<string, Set<() => void>>()

  protected listen(type: string, listener: () => void, signal: AbortSignal): void {
    const listeners = this.#listeners.get(type) ?? new Set()
    this.#listeners.set(type, listeners.add(listener))
    signal.addEventListener('abort', () => listeners.delete(listener))
  }

  protected dispatch(type: string): void {
    for (const listener of this.#listeners.get(type) ?? []) listener()
  }
}

export class FakeDataChannel extends FakeEventTarget implements DataChannelLike {
  readyState: RTCDataChannelState = 'connecting'
  binaryType: BinaryType = 'blob'
  readonly sent: unknown[] = []
  #arriving: string | ArrayBuffer = ''

  addEventListener(
    type: 'open' | 'close' | 'message',
    listener: (event: { data: string | ArrayBuffer }) => void,
    { signal }: { signal: AbortSignal },
  ): void {
    this.listen(type, () => listener({ data: this.#arriving }), signal)
  }

  send(data: string | ArrayBuffer | ArrayBufferView<ArrayBuffer>): void {
    this.sent.push(data)
  }

  open(): void {
    this.readyState = 'open'
    this.dispatch('open')
  }

  receive(data: string | ArrayBuffer): void {
    this.#arriving = data
    this.dispatch('message')
  }
}

export class FakePeerConnection extends FakeEventTarget implements PeerConnectionLike {
  signalingState: RTCSignalingState = 'stable'
  connectionState: RTCPeerConnectionState = 'new'
  localDescription: { type: RTCSdpType; sdp: string } | null = null
  readonly sctp = { maxMessageSize: 100 }
  readonly dataChannel = new FakeDataChannel()
  readonly remoteTrack = new FakeMediaStreamTrack({ kind: 'video' })
  readonly dataChannels: { label: string; init: RTCDataChannelInit }[] = []
  readonly remoteDescriptions: string[] = []
  configuration: RTCConfiguration
  /** The configuration that was in force at each restart. */
  readonly iceRestarts: RTCConfiguration[] = []

  constructor(configuration: RTCConfiguration = {}) {
    super()
    this.configuration = configuration
  }

  addEventListener(
    type: string,
    listener: (event: { candidate: null; track: MediaStreamTrack }) => void,
    { signal }: { signal: AbortSignal },
  ): void {
    this.listen(type, () => listener({ candidate: null, track: this.remoteTrack }), signal)
  }

  addTrack(): void {}

  createDataChannel(label: string, init: RTCDataChannelInit): FakeDataChannel {
    this.dataChannels.push({ label, init })
    return this.dataChannel
  }

  async setLocalDescription(): Promise<void> {
    const answers = this.signalingState === 'have-remote-offer'
    this.localDescription = answers ? { type: 'answer', sdp: 'answer' } : { type: 'offer', sdp: 'offer' }
    this.signalingState = answers ? 'stable' : 'have-local-offer'
  }

  /** An offer while one of one's own is open rolls that one back. */
  async setRemoteDescription({ type, sdp }: { type: 'offer' | 'answer'; sdp: string }): Promise<void> {
    if (type === 'answer' && this.signalingState !== 'have-local-offer') {
      throw new DOMException('no offer is open', 'InvalidStateError')
    }
    this.remoteDescriptions.push(`${type} ${sdp}`)
    this.signalingState = type === 'offer' ? 'have-remote-offer' : 'stable'
  }

  async addIceCandidate(): Promise<void> {
    if (this.remoteDescriptions.length === 0) throw new DOMException('no description', 'InvalidStateError')
  }

  setConfiguration(configuration: RTCConfiguration): void {
    this.configuration = configuration
  }

  restartIce(): void {
    this.iceRestarts.push(this.configuration)
  }

  async getStats(): Promise<RTCStatsReport> {
    return new Map()
  }

  close(): void {
    this.signalingState = 'closed'
  }

  /** As when a track or channel was added. */
  needNegotiation(): void {
    this.dispatch('negotiationneeded')
  }

  becomes(state: RTCPeerConnectionState): void {
    this.connectionState = state
    this.dispatch('connectionstatechange')
  }

  /** As when the other peer's video arrives. */
  bringTrack(): void {
    this.dispatch('track')
  }
}

export class FakeMediaStream {
  readonly #tracks: MediaStreamTrack[] = []

  addTrack(track: MediaStreamTrack): void {
    this.#tracks.push(track)
  }

  getTracks(): MediaStreamTrack[] {
    return [...this.#tracks]
  }
}
