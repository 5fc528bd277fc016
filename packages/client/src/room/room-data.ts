/**
 * A participant's data channels in a room: a reliable, ordered one and an unreliable one, each way. The host
 * takes each message to all others or to one. They end with the transports that they run over.
 */
import {
  type DataChannel,
  dataChannels,
  decodeDeliveredData,
  encodeSentData,
  MAX_DATA_MESSAGE_BYTES,
} from '@radist-tech/protocol/data-frames'
import { type ParticipantId, participantIdSchema } from '@radist-tech/protocol/ids'
import type { types as mediasoup } from 'mediasoup-client'
import { RadistError } from '../errors.ts'
import { decodeMessage, encodeMessage, type RadistMessage, type SendableData } from '../message-framing.ts'
import type { RoomSignaling } from './room-signaling.ts'
import type { RoomTransports } from './room-transports.ts'

/** Waiting bytes at or under which `send` asks for more. */
const LOW_BYTES = 65_536
/** Waiting bytes above which nothing more is taken; browsers fail at 16 MiB. */
const MAX_WAITING_BYTES = 8_388_608

export interface SendOptions {
  /** A participant's id; all others in the room unless given. */
  to?: string
  /** False: sent once, in no order, and not again when it is lost. True unless given. */
  reliable?: boolean
}

export type RoomMessage = RadistMessage & {
  /** Sent to this participant alone. */
  private: boolean
  reliable: boolean
}

export interface RoomDataEvents {
  message: (message: RoomMessage) => void
  /** So many messages are missing here, since this page has read too slowly. */
  lost: (count: number) => void
  /** Whether `send` can be used, and what is sent to this page reaches it. */
  dataChannel: (open: boolean) => void
  /** A channel from the host is open: it is to be told, by {@link RoomData.openReceiving}. */
  receivable: () => void
}

interface Waiting {
  resolve: () => void
  reject: (error: RadistError) => void
}

interface Receiving {
  consumer: mediasoup.DataConsumer
  /** The host knows that it is open. */
  resumed: boolean
}

export class RoomData {
  readonly #signaling: RoomSignaling
  readonly #transports: RoomTransports
  readonly #events: RoomDataEvents
  readonly #sending = new Map<DataChannel, mediasoup.DataProducer>()
  readonly #receiving = new Map<DataChannel, Receiving>()
  /** Those who wait until a channel has room again. */
  readonly #waiting = new Map<DataChannel, Waiting[]>()
  #open = false

  constructor(signaling: RoomSignaling, transports: RoomTransports, events: RoomDataEvents) {
    this.#signaling = signaling
    this.#transports = transports
    this.#events = events
  }

  get open(): boolean {
    return this.#open
  }

  /** Bytes that have not left this page yet. */
  get bufferedAmount(): number {
    return [...this.#sending.values()].reduce((sum, { bufferedAmount }) => sum + bufferedAmount, 0)
  }

  /** Opens those channels to the host that are not there. */
  async openSending(): Promise<void> {
    for (const channel of dataChannels) {
      if (!this.#sending.has(channel)) await this.#openSending(channel)
    }
  }

  /** Opens those channels from the host that are not there, and says of those which are open that they are. */
  async openReceiving(): Promise<void> {
    for (const channel of dataChannels) {
      const receiving = this.#receiving.get(channel) ?? (await this.#openReceiving(channel))
      const { consumer } = receiving
      if (receiving.resumed || consumer.readyState !== 'open') continue
      await this.#signaling.request('resumeDataConsumer', { dataConsumerId: consumer.id })
      receiving.resumed = true
    }
    this.#update()
  }

  /** See `RadistRoomConnection.send`. */
  send(data: SendableData, { to, reliable = true }: SendOptions): Promise<void> {
    const channel: DataChannel = reliable ? 'reliable' : 'unreliable'
    const producer = this.#sending.get(channel)
    if (!this.#open || !producer) throw new RadistError('data_channel_not_open')
    const frame = frameOf(data, receiverOf(to))
    if (producer.bufferedAmount + frame.length > MAX_WAITING_BYTES) throw new RadistError('data_channel_full')
    producer.send(frame)
    return producer.bufferedAmount <= LOW_BYTES ? Promise.resolve() : this.#untilLow(channel)
  }

  /** After the transports have been closed. */
  close(): void {
    this.#sending.clear()
    this.#receiving.clear()
    const error = new RadistError('data_channel_not_open')
    for (const { reject } of [...this.#waiting.values()].flat()) reject(error)
    this.#waiting.clear()
    this.#update()
  }

  async #openSending(channel: DataChannel): Promise<void> {
    const transport = await this.#transports.sending()
    const delivery = channel === 'reliable' ? { ordered: true } : { ordered: false, maxRetransmits: 0 }
    const producer = await transport.produceData({ ...delivery, label: channel })
    producer.bufferedAmountLowThreshold = LOW_BYTES
    this.#sending.set(channel, producer)
    producer.on('bufferedamountlow', () => {
      for (const { resolve } of this.#waiting.get(channel) ?? []) resolve()
      this.#waiting.delete(channel)
    })
    producer.on('open', () => this.#update())
    producer.on('close', () => {
      if (this.#sending.get(channel) === producer) this.#sending.delete(channel)
      this.#update()
    })
    this.#update()
  }

  async #openReceiving(channel: DataChannel): Promise<Receiving> {
    const transport = await this.#transports.receiving()
    const { dataConsumerId, ...options } = await this.#signaling.request('consumeData', {
      transportId: transport.id,
      channel,
    })
    const consumer = await transport.consumeData({ ...options, id: dataConsumerId, label: channel })
    consumer.binaryType = 'arraybuffer'
    const receiving = { consumer, resumed: false }
    this.#receiving.set(channel, receiving)
    consumer.on('open', () => this.#events.receivable())
    consumer.on('message', (frame: ArrayBuffer) => this.#take(channel, new Uint8Array(frame)))
    return receiving
  }

  #take(channel: DataChannel, frame: Uint8Array): void {
    const delivered = decodeDeliveredData(frame)
    if (delivered?.type === 'lost') this.#events.lost(delivered.count)
    if (delivered?.type !== 'message') return
    const { from, isPrivate, isText } = delivered
    const payload = new Uint8Array(delivered.payload)
    const content = decodeMessage(isText ? new TextDecoder().decode(payload) : payload.buffer)
    this.#events.message({ from, private: isPrivate, reliable: channel === 'reliable', ...content })
  }

  #untilLow(channel: DataChannel): Promise<void> {
    const low = new Promise<void>((resolve, reject) => {
      this.#waiting.set(channel, [...(this.#waiting.get(channel) ?? []), { resolve, reject }])
    })
    // Whoever does not wait for it is not to hear of it either.
    low.catch(() => undefined)
    return low
  }

  #update(): void {
    const open = dataChannels.every(
      (channel) =>
        this.#sending.get(channel)?.readyState === 'open' && this.#receiving.get(channel)?.resumed === true,
    )
    if (open === this.#open) return
    this.#open = open
    this.#events.dataChannel(open)
  }
}

function receiverOf(to: string | undefined): ParticipantId | null {
  if (to === undefined) return null
  const parsed = participantIdSchema.safeParse(to)
  if (parsed.success) return parsed.data
  throw new RadistError('invalid_argument', { detail: 'to: no id of a participant.' })
}

function frameOf(data: SendableData, to: ParticipantId | null): Uint8Array<ArrayBuffer> {
  const wire = encodeMessage(data)
  const isText = typeof wire === 'string'
  const payload = bytesOf(wire)
  if (payload.length > MAX_DATA_MESSAGE_BYTES) throw new RadistError('message_too_large')
  return encodeSentData({ to, isText, payload })
}

function bytesOf(wire: ReturnType<typeof encodeMessage>): Uint8Array {
  if (typeof wire === 'string') return new TextEncoder().encode(wire)
  if (wire instanceof ArrayBuffer) return new Uint8Array(wire)
  return new Uint8Array(wire.buffer, wire.byteOffset, wire.byteLength)
}
