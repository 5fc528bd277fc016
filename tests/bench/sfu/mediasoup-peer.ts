/** An {@link RtpPeer} of a mediasoup transport, which speaks parameters in place of SDP. */
import type { types } from 'mediasoup-client'
import { RemoteSdp } from 'mediasoup-client/handlers/sdp/RemoteSdp'
import { RtpPeer } from './rtp-peer.ts'

/** A transport of an SFU, whichever. */
export interface SfuTransport {
  parameters: Pick<types.TransportOptions, 'id' | 'iceParameters' | 'iceCandidates' | 'dtlsParameters'>
  connect(dtlsParameters: { role: 'client'; fingerprints: types.DtlsFingerprint[] }): Promise<unknown>
}

/** @param direction what the peer does */
export function connectPeer(
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
  // Only offers of what is sent can be written by mediasoup-client; the other way round is the same but for this.
  return RtpPeer.answering(
    direction === 'sends' ? offer.replace('a=sendonly', 'a=recvonly') : offer,
    (answer) => {
      const [, value = ''] = /^a=fingerprint:sha-256 ([0-9A-F:]+)/im.exec(answer) ?? []
      return connect({ role: 'client', fingerprints: [{ algorithm: 'sha-256', value }] })
    },
  )
}
