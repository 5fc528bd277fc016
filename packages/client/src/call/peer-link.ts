/**
 * The media connection to one remote peer: an RTCPeerConnection, negotiated perfectly (either side
 * may begin at any time), restarted when its path fails, and thrown away when the peer leaves.
 */

import type { PeerId } from '@radist-tech/protocol/ids'
import type { IceCandidate, NumberedServerFrame, PeerFrame } from '@radist-tech/protocol/p2p-signaling'
import { asRadistError, RadistError } from '../errors.ts'
import {
  decodeMessage,
  encodeMessage,
  type MessageContent,
  type SendableData,
  wireLength,
} from '../message-framing.ts'
import { OperationQueue } from '../operation-queue.ts'
import { type DescriptionDecision, decideOnDescription, mayOffer } from './negotiation.ts'
import type { DataChannelLike, PeerConnectionLike } from './peer-connection.ts'

/** The name that the API reference gives to the managed data channel. */
const DATA_CHANNEL_LABEL = 'radist-data'
/**
 * Both sides open the channel under the same fixed id, without asking the other (`negotiated`): it
 * needs no agreement on who opens it, and cannot be opened twice when both do so at once.
 */
const DATA_CHANNEL_ID = 0

/** After this long an unanswered offer is sent again: it, or its answer, died with a socket. */
const OFFER_TIMEOUT_MS = 5_000

/** Relayed frames: what the other peer said. */
export type RelayedFrame = Extract<NumberedServerFrame, { type: 'offer' | 'answer' | 'candidate' }>

export interface PeerLinkOptions {
  peerId: PeerId
  polite: boolean
  localStream: MediaStream | null
  opensDataChannel: boolean
  createPeerConnection: () => PeerConnectionLike
  send: (frame: PeerFrame) => void
}

export interface PeerLinkEvents {
  remoteStream: (stream: MediaStream) => void
  message: (content: MessageContent) => void
  dataChannel: (open: boolean) => void
  mediaState: (state: RTCPeerConnectionState) => void
  error: (error: RadistError) => void
}

export class PeerLink {
  readonly peerId: PeerId
  readonly remoteStream = new MediaStream()
  readonly #options: PeerLinkOptions
  readonly #events: PeerLinkEvents
  readonly #queue = new OperationQueue()
  #connection: PeerConnectionLike
  #dataChannel: DataChannelLike | null = null
  /** Ends all listeners on the connection and the channel at once. */
  #listening = new AbortController()
  /** Whether a description of the other peer has been applied to the connection. */
  #begun = false
  /** Whether the last offer was ignored, so that its candidates find nothing to belong to. */
  #ignoredOffer = false
  #offerTimer: ReturnType<typeof setTimeout> | undefined

  constructor(options: PeerLinkOptions, events: PeerLinkEvents) {
    this.peerId = options.peerId
    this.#options = options
    this.#events = events
    this.#connection = options.createPeerConnection()
    this.#equip()
  }

  get mediaState(): RTCPeerConnectionState {
    return this.#connection.connectionState
  }

  get dataChannelOpen(): boolean {
    return this.#dataChannel?.readyState === 'open'
  }

  /** Takes what the other peer said. */
  receive(frame: RelayedFrame): void {
    this.#enqueue(() => {
      switch (frame.type) {
        case 'offer':
          return this.#onOffer(frame.sdp)
        case 'answer':
          return this.#onAnswer(frame.sdp)
        case 'candidate':
          return this.#onCandidate(frame.candidate)
        default:
          return frame satisfies never
      }
    })
  }

  /** Sends one message. Throws RadistError `data_channel_not_open` or `message_too_large`. */
  sendMessage(data: SendableData): void {
    if (this.#dataChannel?.readyState !== 'open') throw new RadistError('data_channel_not_open')
    const wire = encodeMessage(data)
    const limit = this.#connection.sctp?.maxMessageSize ?? Number.POSITIVE_INFINITY
    if (wireLength(wire) > limit) throw new RadistError('message_too_large')
    if (typeof wire === 'string') this.#dataChannel.send(wire)
    else if (wire instanceof ArrayBuffer) this.#dataChannel.send(wire)
    else this.#dataChannel.send(wire)
  }

  /** For what is gathered from now on: the next ICE restart, or the connection after this one. */
  setConfiguration(configuration: RTCConfiguration): void {
    this.#enqueue(async () => this.#connection.setConfiguration(configuration))
  }

  /** Signaling is back: repeats what may have been lost with the old socket, and mends the path if it broke. */
  onSignalingRestored(options: { restartIce: boolean }): void {
    this.#enqueue(async () => {
      this.#resendOpenOffer()
      const broken = ['disconnected', 'failed'].includes(this.#connection.connectionState)
      if (broken || options.restartIce) this.#connection.restartIce()
    })
  }

  getStats(): Promise<RTCStatsReport> {
    return this.#connection.getStats()
  }

  /** Ends the link: its tracks, data channel, timers and queue. Local tracks go on. */
  close(): void {
    clearTimeout(this.#offerTimer)
    this.#queue.close()
    this.#listening.abort()
    this.#connection.close()
    for (const track of this.remoteStream.getTracks()) track.stop()
  }

  /** Gives a new connection its listeners, data channel and tracks. */
  #equip(): void {
    this.#listen(this.#connection, this.#listening.signal)
    const { opensDataChannel, localStream } = this.#options
    if (opensDataChannel) this.#dataChannel = this.#openDataChannel(this.#listening.signal)
    for (const track of localStream?.getTracks() ?? []) {
      if (localStream) this.#connection.addTrack(track, localStream)
    }
  }

  #startAfresh(): void {
    this.#listening.abort()
    this.#connection.close()
    this.#listening = new AbortController()
    this.#connection = this.#options.createPeerConnection()
    this.#equip()
  }

  #listen(connection: PeerConnectionLike, signal: AbortSignal): void {
    connection.addEventListener('negotiationneeded', () => this.#enqueue(() => this.#makeOffer()), { signal })
    connection.addEventListener(
      'icecandidate',
      ({ candidate }) =>
        this.#options.send({ type: 'candidate', candidate: candidate && candidateInit(candidate) }),
      { signal },
    )
    connection.addEventListener(
      'track',
      ({ track }) => {
        this.remoteStream.addTrack(track)
        this.#events.remoteStream(this.remoteStream)
      },
      { signal },
    )
    connection.addEventListener(
      'connectionstatechange',
      () => {
        const state = connection.connectionState
        if (state === 'failed') connection.restartIce()
        this.#events.mediaState(state)
      },
      { signal },
    )
  }

  #openDataChannel(signal: AbortSignal): DataChannelLike {
    const channel = this.#connection.createDataChannel(DATA_CHANNEL_LABEL, {
      negotiated: true,
      id: DATA_CHANNEL_ID,
    })
    channel.binaryType = 'arraybuffer'
    channel.addEventListener('open', () => this.#events.dataChannel(true), { signal })
    channel.addEventListener('close', () => this.#events.dataChannel(false), { signal })
    channel.addEventListener('message', ({ data }) => this.#events.message(decodeMessage(data)), { signal })
    return channel
  }

  async #makeOffer(): Promise<void> {
    if (!mayOffer(this.#connection.signalingState)) return
    await this.#connection.setLocalDescription()
    this.#sendLocalDescription()
  }

  async #onOffer(sdp: string): Promise<void> {
    const decision = this.#decideOn('offer')
    this.#ignoredOffer = decision === 'ignore-colliding-offer'
    if (this.#ignoredOffer) return
    if (decision === 'apply-to-fresh-connection') this.#startAfresh()
    // Any other colliding offer of one's own is rolled back by this (W3C WebRTC 1.0, section 4.4.1.5).
    await this.#connection.setRemoteDescription({ type: 'offer', sdp })
    this.#begun = true
    await this.#connection.setLocalDescription()
    this.#sendLocalDescription()
  }

  async #onAnswer(sdp: string): Promise<void> {
    if (this.#decideOn('answer') !== 'apply') return
    clearTimeout(this.#offerTimer)
    await this.#connection.setRemoteDescription({ type: 'answer', sdp })
    this.#begun = true
  }

  #decideOn(type: 'offer' | 'answer'): DescriptionDecision {
    const { signalingState } = this.#connection
    return decideOnDescription(type, { signalingState, polite: this.#options.polite, begun: this.#begun })
  }

  async #onCandidate(candidate: IceCandidate): Promise<void> {
    try {
      await this.#connection.addIceCandidate(candidate && candidateInit(candidate))
    } catch (error) {
      if (!this.#ignoredOffer) throw error
    }
  }

  #sendLocalDescription(): void {
    clearTimeout(this.#offerTimer)
    const description = this.#connection.localDescription
    if (!description) return
    if (description.type === 'offer') {
      this.#options.send({ type: 'offer', sdp: description.sdp })
      this.#offerTimer = setTimeout(
        () => this.#enqueue(async () => this.#resendOpenOffer()),
        OFFER_TIMEOUT_MS,
      )
    } else if (description.type === 'answer') {
      this.#options.send({ type: 'answer', sdp: description.sdp })
    }
  }

  /** The local description holds the candidates found by now, so this repeats those as well. */
  #resendOpenOffer(): void {
    if (this.#connection.signalingState === 'have-local-offer') this.#sendLocalDescription()
  }

  #enqueue(operation: () => Promise<void>): void {
    this.#queue.run(operation).catch((error: unknown) => {
      if (this.#connection.signalingState === 'closed') return
      this.#events.error(asRadistError(error, 'negotiation_failed'))
    })
  }
}

/** The fields that go to the other peer and into the browser; those that are absent are null in both. */
const candidateInit = (candidate: NonNullable<IceCandidate> | RTCIceCandidate) => ({
  candidate: candidate.candidate,
  sdpMid: candidate.sdpMid ?? null,
  sdpMLineIndex: candidate.sdpMLineIndex ?? null,
  usernameFragment: candidate.usernameFragment ?? null,
})
