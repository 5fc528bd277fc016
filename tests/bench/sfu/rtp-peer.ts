/** The far end of a transport: real ICE, DTLS and SRTP on libdatachannel, sending or receiving one video. */

import { PeerConnection, RtcpReceivingSession, type Track, Video } from 'node-datachannel'
import { PAYLOAD_TYPE, SSRC } from './rtp-source.ts'

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

  /**
   * Sends or receives what an SFU offers to receive or send.
   * @param take gives the SFU the answer
   */
  static async answering(offer: string, take: (answer: string) => Promise<unknown>): Promise<RtpPeer> {
    const connection = new PeerConnection('answering', { iceServers: [] })
    const opened = new Promise<Track>((resolve) => connection.onTrack(resolve))
    const described = localDescription(connection)
    const connected = untilConnected(connection)
    connection.setRemoteDescription(offer, 'offer')
    const track = await opened
    if (/^a=sendonly/m.test(offer)) track.setMediaHandler(new RtcpReceivingSession())
    await take(await described)
    await connected
    return new RtpPeer(connection, track)
  }

  /**
   * Offers an SFU the video of {@link RtpSource}.
   * @param ask gives the SFU the offer, and has its answer
   */
  static async offering(ask: (offer: string) => Promise<string>): Promise<RtpPeer> {
    const connection = new PeerConnection('offering', { iceServers: [] })
    const video = new Video('0', 'SendOnly')
    video.addVP8Codec(PAYLOAD_TYPE)
    video.addSSRC(SSRC, 'benchmark', 'stream', 'track')
    const track = connection.addTrack(video)
    const described = localDescription(connection)
    const connected = untilConnected(connection)
    connection.setLocalDescription()
    connection.setRemoteDescription(await ask(await described), 'answer')
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

/** Without candidates: the SFU learns the peer's address from its checks. */
const localDescription = (connection: PeerConnection): Promise<string> =>
  new Promise((resolve) => connection.onLocalDescription(resolve))

const untilConnected = (connection: PeerConnection): Promise<void> =>
  new Promise((resolve, reject) => {
    connection.onStateChange((state) => {
      if (state === 'connected') resolve()
      if (state === 'failed' || state === 'closed') reject(new Error(`the transport is ${state}`))
    })
  })
