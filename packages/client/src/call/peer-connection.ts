/** The parts of RTCPeerConnection and RTCDataChannel that a link uses, so that tests can stand in for them. */

interface ListenerOptions {
  signal: AbortSignal
}

export interface DataChannelLike {
  readonly readyState: RTCDataChannelState
  binaryType: BinaryType
  send(data: string): void
  send(data: ArrayBuffer): void
  send(data: ArrayBufferView<ArrayBuffer>): void
  addEventListener(type: 'open' | 'close', listener: () => void, options: ListenerOptions): void
  addEventListener(
    type: 'message',
    listener: (event: { data: string | ArrayBuffer }) => void,
    options: ListenerOptions,
  ): void
}

export interface PeerConnectionLike {
  readonly signalingState: RTCSignalingState
  readonly connectionState: RTCPeerConnectionState
  readonly localDescription: { readonly type: RTCSdpType; readonly sdp: string } | null
  readonly sctp: { readonly maxMessageSize: number } | null
  addTrack(track: MediaStreamTrack, stream: MediaStream): unknown
  createDataChannel(label: string, init: RTCDataChannelInit): DataChannelLike
  setLocalDescription(): Promise<void>
  setRemoteDescription(description: { type: 'offer' | 'answer'; sdp: string }): Promise<void>
  addIceCandidate(candidate: RTCIceCandidateInit | null): Promise<void>
  setConfiguration(configuration: RTCConfiguration): void
  restartIce(): void
  getStats(): Promise<RTCStatsReport>
  close(): void
  addEventListener(
    type: 'negotiationneeded' | 'connectionstatechange',
    listener: () => void,
    options: ListenerOptions,
  ): void
  addEventListener(
    type: 'icecandidate',
    listener: (event: { candidate: RTCIceCandidate | null }) => void,
    options: ListenerOptions,
  ): void
  addEventListener(
    type: 'track',
    listener: (event: { track: MediaStreamTrack }) => void,
    options: ListenerOptions,
  ): void
}
