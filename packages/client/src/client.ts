/** The entry to the SDK. */
import { callIdSchema } from '@radist-tech/protocol/ids'
import { mintCallTokenAnswerSchema, mintRoomTokenAnswerSchema } from '@radist-tech/protocol/rest'
import { RadistConnection } from './call/call-connection.ts'
import { errorOfHttpAnswer, RadistError } from './errors.ts'
import { type CaptureConstraints, type Channel, channelSet } from './local-media.ts'
import { RadistRoomConnection } from './room/room-connection.ts'
import { type VideoCodec, videoCodecs } from './room/video-encodings.ts'
import type { WebSocketFactory } from './web-socket.ts'

const DEFAULT_API_BASE_URL = 'https://radist.tech'
/** A move of a room to another host may take the control plane 9 s. */
const REQUEST_TIMEOUT_MS = 12_000
const ROOM_CHANNELS: readonly Channel[] = ['audio', 'video', 'data']

export interface RadistClientOptions {
  /** `rad_pk_…`: made to be seen by browsers. */
  publicKey: string
  /** Origin of the API; `https://radist.tech` unless told. */
  apiBaseUrl?: string
  /** Given to each RTCPeerConnection. Its `iceServers`, if it has any, are used instead of the service's. */
  rtcConfiguration?: RTCConfiguration
  fetch?: typeof globalThis.fetch
  webSocketFactory?: WebSocketFactory
}

export interface CreateConnectionOptions {
  /** A single-use token from one's backend or from {@link RadistClient.mintToken}. */
  callToken: string
  /** Not empty. `audio` and `video` ask the user for microphone and camera. */
  channels: Iterable<Channel>
  /** Wishes about microphone and camera, such as a device or a resolution. */
  constraints?: CaptureConstraints
}

export interface CreateRoomConnectionOptions {
  /** A single-use token from one's backend; it names the room's host. */
  roomToken: string
  /** All three unless told; what the token does not permit is left out. */
  channels?: Iterable<Channel>
  /** Wishes about microphone and camera, such as a device or a resolution. */
  constraints?: CaptureConstraints
  /**
   * The codec to send video with, where the browser has it: VP8 (unless told) and H.264 as simulcast, VP9 and
   * AV1 as SVC. Who cannot decode it does not receive it.
   */
  videoCodec?: VideoCodec
}

/**
 * Connects a page to calls and rooms.
 *
 * @example
 * const client = new RadistClient({ publicKey: 'rad_pk_…' })
 * const connection = await client.createConnection({ callToken, channels: ['audio', 'video'] })
 * connection.on('remotestream', (stream) => { video.srcObject = stream })
 */
export class RadistClient {
  readonly #publicKey: string
  readonly #apiBaseUrl: string
  readonly #rtcConfiguration: RTCConfiguration
  readonly #fetch: typeof globalThis.fetch
  readonly #webSocketFactory: WebSocketFactory

  constructor(options: RadistClientOptions) {
    if (!options.publicKey.startsWith('rad_pk_')) {
      throw new RadistError('invalid_argument', { detail: 'publicKey must be a public key (rad_pk_…).' })
    }
    this.#publicKey = options.publicKey
    this.#apiBaseUrl = options.apiBaseUrl ?? DEFAULT_API_BASE_URL
    this.#rtcConfiguration = options.rtcConfiguration ?? {}
    this.#fetch = options.fetch ?? ((...parameters) => globalThis.fetch(...parameters))
    this.#webSocketFactory = options.webSocketFactory ?? ((url) => new WebSocket(url))
  }

  /**
   * Mints a token for a public call.
   *
   * @throws RadistError with the server's code, such as `call_not_found`, `call_is_private`,
   *   `all_peers_connected` or `call_terminated`
   */
  async mintToken({ callId }: { callId: string }): Promise<string> {
    if (!callIdSchema.safeParse(callId).success) {
      throw new RadistError('invalid_argument', { detail: 'callId must be a UUID.' })
    }
    const body = await this.#post(`/api/v1/p2p/calls/${callId}/token`)
    const answer = mintCallTokenAnswerSchema.safeParse(body)
    if (!answer.success) throw new RadistError('unexpected_answer', { cause: answer.error })
    return answer.data.callToken
  }

  /**
   * Joins a call. Resolves when the server has let this peer in; the other peer may come later.
   *
   * @throws RadistError `media_…` when a device cannot be had (the token is still good then), or the
   *   server's reason, such as `invalid_call_token`
   */
  async createConnection(options: CreateConnectionOptions): Promise<RadistConnection> {
    return RadistConnection.open({
      ...this.#connectionOptions(options.channels, options.constraints),
      apiBaseUrl: this.#apiBaseUrl,
      callToken: options.callToken,
    })
  }

  /**
   * Joins a room. Resolves when its host has let this participant in; tracks follow as events. When the token's
   * host does not answer or has the room no more, joins where the room is now, if that is known within 15 s.
   *
   * @throws RadistError `media_…` when a device cannot be had (the token is still good then), or the
   *   host's reason, such as `room_full` or `used_room_token`
   */
  async createRoomConnection(options: CreateRoomConnectionOptions): Promise<RadistRoomConnection> {
    const { roomToken, videoCodec } = options
    if (videoCodec !== undefined && !videoCodecs.includes(videoCodec))
      throw new RadistError('invalid_argument', {
        detail: `videoCodec must be one of ${videoCodecs.join(', ')}.`,
      })
    return RadistRoomConnection.open({
      ...this.#connectionOptions(options.channels ?? ROOM_CHANNELS, options.constraints),
      roomToken,
      videoCodec,
      locate: async (roomId, proof) => {
        const body = await this.#post(`/api/v1/sfu/rooms/${roomId}/locate`, proof)
        const answer = mintRoomTokenAnswerSchema.safeParse(body)
        if (!answer.success) throw new RadistError('unexpected_answer', { cause: answer.error })
        return answer.data
      },
    })
  }

  #connectionOptions(channels: Iterable<Channel>, constraints: CaptureConstraints | undefined) {
    return {
      publicKey: this.#publicKey,
      channels: channelSet(channels),
      constraints: constraints ?? {},
      rtcConfiguration: this.#rtcConfiguration,
      webSocketFactory: this.#webSocketFactory,
      random: Math.random,
    }
  }

  async #post(path: string, content?: object): Promise<unknown> {
    let response: Response
    try {
      response = await this.#fetch(new URL(path, this.#apiBaseUrl), {
        method: 'POST',
        headers: {
          Authorization: `Bearer ${this.#publicKey}`,
          ...(content && { 'Content-Type': 'application/json' }),
        },
        ...(content && { body: JSON.stringify(content) }),
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      })
    } catch (error) {
      throw new RadistError('server_unreachable', { cause: error })
    }
    const body: unknown = await response.json().catch(() => null)
    if (!response.ok) throw errorOfHttpAnswer(response.status, body)
    return body
  }
}
