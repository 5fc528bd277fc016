/**
 * Receivers for rooms of hundreds: real ICE, DTLS and SRTP on libdatachannel, whose packets are
 * counted and thrown away. They send receiver reports but no congestion feedback, so they say
 * nothing of how layers are chosen.
 */
import type { ProducerInfo } from '@radist-tech/protocol'
import { RemoteSdp } from 'mediasoup-client/handlers/sdp/RemoteSdp'
import { PeerConnection, RtcpReceivingSession, type Track } from 'node-datachannel'
import type { TestParticipant } from './test-participant.ts'

/** How many connect at a time: DTLS handshakes of hundreds at once would time each other out. */
const AT_A_TIME = 10

export class HeadlessReceiver {
  readonly participant: TestParticipant
  readonly #connection: PeerConnection
  /** Held, since a track that is collected as garbage takes its callback along. */
  readonly #tracks: Track[] = []
  #packets = 0
  #bytes = 0

  private constructor(participant: TestParticipant, connection: PeerConnection) {
    this.participant = participant
    this.#connection = connection
    connection.onTrack((track) => {
      this.#tracks.push(track)
      track.setMediaHandler(new RtcpReceivingSession())
      track.onMessage((packet) => {
        this.#packets += 1
        this.#bytes += packet.length
      })
    })
  }

  /** Receives these producers from now on. The participant has just joined. */
  static async open(
    participant: TestParticipant,
    producers: readonly Pick<ProducerInfo, 'producerId'>[],
  ): Promise<HeadlessReceiver> {
    const { routerRtpCapabilities: rtpCapabilities } = await participant.notified('joined')
    const { transportId, ...transport } = await participant.request('createTransport', { direction: 'recv' })
    const remote = new RemoteSdp(transport)
    const consumers = await Promise.all(
      producers.map(({ producerId }) =>
        participant.request('consume', { transportId, producerId, rtpCapabilities }),
      ),
    )
    for (const { consumerId, kind, rtpParameters, participantId } of consumers) {
      remote.receive({
        mid: String(rtpParameters.mid),
        kind,
        offerRtpParameters: rtpParameters,
        streamId: participantId,
        trackId: consumerId,
      })
    }
    const connection = new PeerConnection(transportId, { iceServers: [] })
    const receiver = new HeadlessReceiver(participant, connection)
    const answer = new Promise<string>((resolve) => connection.onLocalDescription(resolve))
    const connected = receiver.#connected()
    connection.setRemoteDescription(remote.getSdp(), 'offer')
    await participant.request('connectTransport', {
      transportId,
      dtlsParameters: { role: 'client', fingerprints: [fingerprintIn(await answer)] },
    })
    await connected
    for (const { consumerId } of consumers) await participant.request('resumeConsumer', { consumerId })
    return receiver
  }

  /** RTP packets received so far. */
  get packets(): number {
    return this.#packets
  }

  /** Their bytes, RTP headers included. */
  get bytes(): number {
    return this.#bytes
  }

  close(): void {
    this.#connection.close()
  }

  #connected(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#connection.onStateChange((state) => {
        if (state === 'connected') resolve()
        if (state === 'failed' || state === 'closed') reject(new Error(`the transport is ${state}`))
      })
    })
  }
}

/** Lets this many join and receive these producers. */
export async function openReceivers(
  count: number,
  join: () => Promise<TestParticipant>,
  producers: readonly Pick<ProducerInfo, 'producerId'>[],
): Promise<HeadlessReceiver[]> {
  const receivers: HeadlessReceiver[] = []
  const openNext = async (): Promise<void> => {
    while (receivers.length + opening < count) {
      opening += 1
      const receiver = await HeadlessReceiver.open(await join(), producers)
      opening -= 1
      receivers.push(receiver)
    }
  }
  let opening = 0
  await Promise.all(Array.from({ length: AT_A_TIME }, openNext))
  return receivers
}

function fingerprintIn(sdp: string): { algorithm: 'sha-256'; value: string } {
  const [, value] = /^a=fingerprint:sha-256 ([0-9A-F:]+)/im.exec(sdp) ?? []
  if (!value) throw new Error('an answer without a fingerprint')
  return { algorithm: 'sha-256', value }
}
