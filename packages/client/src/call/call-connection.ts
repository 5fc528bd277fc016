/** A P2P call as its page sees it. */
import type { CallId, PeerId } from '@radist-tech/protocol/ids'
import type { ConnectedFrame, NumberedServerFrame, PeerLeftReason } from '@radist-tech/protocol/p2p-signaling'
import type { CallEndedReason } from '@radist-tech/protocol/rest'
import { RadistError } from '../errors.ts'
import { EventEmitter, type Unsubscribe } from '../event-emitter.ts'
import { type CaptureConstraints, type Channel, captureLocalStream, stopStream } from '../local-media.ts'
import type { RadistMessage, SendableData } from '../message-framing.ts'
import type { ConnectionState } from '../signaling-session.ts'
import { CallSignaling, type CallSignalingOptions } from './call-signaling.ts'
import { PeerLink, type RelayedFrame } from './peer-link.ts'

export type RadistConnectionEvents = {
  /** Microphone and camera of this page. Listeners that come later are told at once. */
  localstream: MediaStream
  /** The other peer's media; told again for each track that is added. Later listeners are told at once. */
  remotestream: MediaStream
  message: RadistMessage
  /** The state of the signaling; media goes on while it is `reconnecting`. Later listeners are told at once. */
  state: ConnectionState
  /** The state of the path between the two peers; `closed` when there is no other peer. */
  mediastate: RTCPeerConnectionState
  /** Whether `send` can be used now. Later listeners are told at once. */
  datachannel: { open: boolean }
  /** Later listeners are told at once when the other peer is there already. */
  peerjoined: { peerId: string }
  /** The other peer's socket dropped; its place is kept for a while, and media may go on. */
  peerdisconnected: { peerId: string }
  peerreconnected: { peerId: string }
  peerleft: { peerId: string; reason: PeerLeftReason }
  /** The call is over; `state` turns to `closed`. */
  ended: { reason: CallEndedReason }
  error: RadistError
}

export interface CallConnectionOptions extends CallSignalingOptions {
  channels: ReadonlySet<Channel>
  constraints: CaptureConstraints
  rtcConfiguration: RTCConfiguration
}

/** One peer's connection to a call; made by `RadistClient.createConnection`. */
export class RadistConnection {
  readonly #options: CallConnectionOptions
  readonly #localStream: MediaStream | null
  readonly #emitter = new EventEmitter<RadistConnectionEvents>()
  readonly #signaling: CallSignaling
  #seat: ConnectedFrame | null = null
  /** The other peer, while it holds a place. */
  #link: PeerLink | null = null
  readonly #onPageHide = (event: PageTransitionEvent): void => {
    if (!event.persisted) this.close()
  }

  private constructor(options: CallConnectionOptions, localStream: MediaStream | null) {
    this.#options = options
    this.#localStream = localStream
    this.#signaling = new CallSignaling(options, {
      connected: (frame) => this.#onConnected(frame),
      frame: (frame) => this.#onFrame(frame),
      refusedFrame: (code) => this.#onRefusedFrame(code),
      ended: (reason) => this.#emitter.emit('ended', { reason }),
      state: (state, error) => this.#onState(state, error),
    })
  }

  /** Asks for the devices first, so that a refusal there does not use up the single-use token. */
  static async open(options: CallConnectionOptions): Promise<RadistConnection> {
    const localStream = await captureLocalStream(options.channels, options.constraints)
    const connection = new RadistConnection(options, localStream)
    await connection.#signaling.open()
    // Frees the place at once when the page is left, rather than after the grace period.
    globalThis.addEventListener?.('pagehide', connection.#onPageHide)
    return connection
  }

  get callId(): CallId | null {
    return this.#seat?.call.callId ?? null
  }

  /** This peer's own id. */
  get peerId(): PeerId | null {
    return this.#seat?.peerId ?? null
  }

  get remotePeerId(): PeerId | null {
    return this.#link?.peerId ?? null
  }

  get state(): ConnectionState {
    return this.#signaling.state
  }

  get mediaState(): RTCPeerConnectionState {
    return this.#link?.mediaState ?? 'closed'
  }

  get localStream(): MediaStream | null {
    return this.#localStream
  }

  get remoteStream(): MediaStream | null {
    return this.#link?.remoteStream ?? null
  }

  /** Listens to an event, until the function that it answers with is called. */
  on<E extends keyof RadistConnectionEvents>(
    event: E,
    listener: (payload: RadistConnectionEvents[E]) => void,
  ): Unsubscribe {
    const current = (): { [K in keyof RadistConnectionEvents]?: RadistConnectionEvents[K][] } => ({
      localstream: this.#localStream ? [this.#localStream] : [],
      remotestream: this.#link?.remoteStream.getTracks().length ? [this.#link.remoteStream] : [],
      state: [this.state],
      mediastate: [this.mediaState],
      datachannel: [{ open: this.#link?.dataChannelOpen ?? false }],
      peerjoined: this.#link ? [{ peerId: this.#link.peerId }] : [],
    })
    if (!(event in current())) return this.#emitter.on(event, listener)
    return this.#emitter.onWithCurrent(event, listener, () => current()[event] ?? [])
  }

  /**
   * Sends a string as text, bytes as binary, anything else as JSON.
   *
   * @throws RadistError `data_channel_not_open` while no other peer is connected or `data` is not
   *   among the channels, `message_too_large` above what the browsers agreed on (usually 256 KiB)
   */
  send(data: SendableData): void {
    if (!this.#link) throw new RadistError('data_channel_not_open')
    this.#link.sendMessage(data)
  }

  /** Mutes (the other peer hears silence) or unmutes; the device stays open. */
  setMicrophoneEnabled(enabled: boolean): void {
    for (const track of this.#localStream?.getAudioTracks() ?? []) track.enabled = enabled
  }

  /** Switches the camera's picture off (the other peer sees black) or on; the device stays open. */
  setCameraEnabled(enabled: boolean): void {
    for (const track of this.#localStream?.getVideoTracks() ?? []) track.enabled = enabled
  }

  /** Opens a new socket at once and restarts ICE, as after a change of network. Resolves when signaling is up. */
  async reconnect(): Promise<void> {
    await this.#signaling.reconnect()
    this.#link?.onSignalingRestored({ restartIce: true })
  }

  /** Statistics of the media connection; an empty report while there is no other peer. */
  async getStats(): Promise<RTCStatsReport> {
    return (await this.#link?.getStats()) ?? new Map()
  }

  /** Leaves the call for good and releases microphone and camera. */
  close(): void {
    this.#signaling.close()
  }

  #onConnected(frame: ConnectedFrame): void {
    const reconnected = this.#seat !== null
    this.#seat = frame
    const other = frame.call.peers.find((peer) => peer.peerId !== frame.peerId)
    if (this.#link && this.#link.peerId !== other?.peerId) this.#dropLink('timeout')
    if (other) this.#linkTo(other.peerId)
    if (!reconnected) return
    this.#link?.setConfiguration(this.#rtcConfiguration(frame))
    this.#link?.onSignalingRestored({ restartIce: false })
  }

  #onFrame(frame: NumberedServerFrame): void {
    switch (frame.type) {
      case 'peer-joined':
        if (this.#link && this.#link.peerId !== frame.peerId) this.#dropLink('timeout')
        this.#linkTo(frame.peerId)
        return
      case 'peer-disconnected':
        this.#emitter.emit('peerdisconnected', { peerId: frame.peerId })
        return
      case 'peer-reconnected':
        if (this.#link?.peerId === frame.peerId) this.#link.onSignalingRestored({ restartIce: false })
        this.#emitter.emit('peerreconnected', { peerId: frame.peerId })
        return
      case 'peer-left':
        if (this.#link?.peerId === frame.peerId) this.#dropLink(frame.reason)
        return
      case 'offer':
      case 'answer':
      case 'candidate':
        this.#relay(frame)
        return
      default:
        frame satisfies never
    }
  }

  /** Frames of a peer that has left, sent again after a reconnection, concern nobody. */
  #relay(frame: RelayedFrame): void {
    if (this.#link?.peerId === frame.from) this.#link.receive(frame)
  }

  #linkTo(peerId: PeerId): void {
    const seat = this.#seat
    if (this.#link || !seat) return
    const link = new PeerLink(
      {
        peerId,
        polite: seat.polite,
        localStream: this.#localStream,
        opensDataChannel: this.#options.channels.has('data'),
        createPeerConnection: () => new RTCPeerConnection(this.#rtcConfiguration(this.#seat ?? seat)),
        send: (frame) => this.#signaling.send(frame),
      },
      {
        remoteStream: (stream) => this.#emitter.emit('remotestream', stream),
        message: (content) => this.#emitter.emit('message', { from: peerId, ...content }),
        dataChannel: (open) => this.#emitter.emit('datachannel', { open }),
        mediaState: (state) => this.#emitter.emit('mediastate', state),
        error: (error) => this.#emitter.emit('error', error),
      },
    )
    this.#link = link
    this.#emitter.emit('peerjoined', { peerId })
    this.#emitter.emit('mediastate', link.mediaState)
  }

  /** The newest `connected` has the TURN credentials that are good for longest. */
  #rtcConfiguration({ iceServers }: ConnectedFrame): RTCConfiguration {
    return { iceServers: iceServers.map(rtcIceServer), ...this.#options.rtcConfiguration }
  }

  #dropLink(reason: PeerLeftReason): void {
    const link = this.#link
    if (!link) return
    this.#link = null
    this.#signaling.dropHeldFrames()
    link.close()
    this.#emitter.emit('datachannel', { open: false })
    this.#emitter.emit('mediastate', 'closed')
    this.#emitter.emit('peerleft', { peerId: link.peerId, reason })
  }

  #onRefusedFrame(code: string): void {
    // The other peer left while a frame for it was under way; `peer-left` says so itself.
    if (code === 'no-peer') return
    this.#emitter.emit('error', new RadistError('request_refused', { detail: `Signaling said: ${code}.` }))
  }

  #onState(state: ConnectionState, error: RadistError | null): void {
    if (state === 'closed') {
      globalThis.removeEventListener?.('pagehide', this.#onPageHide)
      this.#link?.close()
      this.#link = null
      stopStream(this.#localStream)
    }
    this.#emitter.emit('state', state)
    if (error) this.#emitter.emit('error', error)
  }
}

const rtcIceServer = ({
  urls,
  username,
  credential,
}: ConnectedFrame['iceServers'][number]): RTCIceServer => ({
  urls,
  ...(username !== undefined && { username }),
  ...(credential !== undefined && { credential }),
})
