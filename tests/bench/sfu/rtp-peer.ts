/** The far end of a transport: real ICE, DTLS and SRTP on libdatachannel, sending or receiving one video. */

import type { types } from 'mediasoup-client'
import { RemoteSdp } from 'mediasoup-client/handlers/sdp/RemoteSdp'
import { PeerConnection, RtcpReceivingSession, type Track } from 'node-datachannel'

/** A transport of an SFU, whichever. */
export interface SfuTransport {
  parameters: Pick<types.TransportOptions, 'id' | 'iceParameters' | 'iceCandidates' | 'dtlsParameters'>
  connect(dtlsParameters: { role: 'client'; fingerprints: types.DtlsFingerprint[] }): Promise<unknown>
}

export class RtpPeer {
  readonly #connection: PeerConnection
  /** Held, since a track that is collected as garbage takes its callback along. */
  readonly #track: Track
  #received = 0

  private constructor(connection: PeerConnection, track: Track) {
    this.#connection = connection
    this.#track = track
    track.onMessage(() => {
      this.#received += 1
    })
  }

  /** @param direction what the peer does */
  static async connect(
    { parameters, connect }: SfuTransport,
    direction: 'sends' | 'receives',
    rtpParameters: types.RtpParameters,
  ): Promise<RtpPeer> {
    const remote = new RemoteSdp(parameters)
    remote.receive({
      mid: '0',
      kind: 'video',
      offerRtpParameters: rtpParameters,
      streamId: 'stream',
      trackId: 'track',
    })
    const offer = remote.getSdp()
    const connection = new PeerConnection(parameters.id, { iceServers: [] })
    const opened = new Promise<Track>((resolve) => connection.onTrack(resolve))
    const answer = new Promise<string>((resolve) => connection.onLocalDescription(resolve))
    const connected = new Promise<void>((resolve, reject) => {
      connection.onStateChange((state) => {
        if (state === 'connected') resolve()
        if (state === 'failed' || state === 'closed') reject(new Error(`the transport is ${state}`))
      })
    })
    // Only offers of what is sent can be written by mediasoup-client; the other way round is the same but for this.
    connection.setRemoteDescription(
      direction === 'sends' ? offer.replace('a=sendonly', 'a=recvonly') : offer,
      'offer',
    )
    const track = await opened
    if (direction === 'receives') track.setMediaHandler(new RtcpReceivingSession())
    const [, value = ''] = /^a=fingerprint:sha-256 ([0-9A-F:]+)/im.exec(await answer) ?? []
    await connect({ role: 'client', fingerprints: [{ algorithm: 'sha-256', value }] })
    await connected
    return new RtpPeer(connection, track)
  }

  /** RTP packets. */
  get received(): number {
    return this.#received
  }

  send(packet: Buffer): void {
    this.#track.sendMessageBinary(packet)
  }

  close(): void {
    this.#connection.close()
  }
}
