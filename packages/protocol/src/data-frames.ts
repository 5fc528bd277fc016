/**
 * What travels over a participant's data channels in a room, as one binary message each.
 *
 * A participant has a reliable, ordered channel and an unreliable one, each way. It says to whom a
 * message is; the host says from whom: who sends it is known by the channel, so nobody can say that it
 * is another.
 *
 *     to the host      flags (1 byte) · to (27 bytes, ASCII; if addressed) · payload
 *     from the host    flags (1 byte) · from (27 bytes, ASCII)             · payload
 *                      flags = 4      · count (4 bytes, big endian)
 *
 * Flags: 1, the payload is text (UTF-8); 2, for one participant only; 4, so many messages are missing
 * here, since the receiver was too slow. All other bits are 0.
 */
import { z } from 'zod'
import { type ParticipantId, participantIdSchema } from './ids.ts'

export const dataChannelSchema = z.enum(['reliable', 'unreliable'])
export type DataChannel = z.infer<typeof dataChannelSchema>
export const dataChannels = dataChannelSchema.options

/** What browsers send in one message. */
export const MAX_DATA_FRAME_BYTES = 262_144
/** Largest payload: 64 bytes are kept free for what goes before it. */
export const MAX_DATA_MESSAGE_BYTES = MAX_DATA_FRAME_BYTES - 64

const TEXT = 1
const PRIVATE = 2
const LOST = 4
/** Of a participant's id. */
const ID_BYTES = 27

export interface SentData {
  /** Null: to all others in the room. */
  to: ParticipantId | null
  isText: boolean
  payload: Uint8Array
}

export interface DeliveredData {
  type: 'message'
  from: ParticipantId
  /** Addressed to this participant alone. */
  isPrivate: boolean
  isText: boolean
  payload: Uint8Array
}

/** So many messages would have come here, had the receiver read faster. */
export interface LostData {
  type: 'lost'
  count: number
}

export const encodeSentData = ({ to, isText, payload }: SentData): Uint8Array<ArrayBuffer> =>
  frameOf((isText ? TEXT : 0) | (to === null ? 0 : PRIVATE), to, payload)

/** What a participant sent, or null when it is no such frame. */
export function decodeSentData(frame: Uint8Array): SentData | null {
  const [flags] = frame
  if (flags === undefined || flags > (TEXT | PRIVATE)) return null
  const isText = (flags & TEXT) !== 0
  if ((flags & PRIVATE) === 0) return { to: null, isText, payload: frame.subarray(1) }
  const to = idIn(frame)
  return to && { to, isText, payload: frame.subarray(1 + ID_BYTES) }
}

export const encodeDeliveredData = ({
  from,
  isPrivate,
  isText,
  payload,
}: Omit<DeliveredData, 'type'>): Uint8Array<ArrayBuffer> =>
  frameOf((isText ? TEXT : 0) | (isPrivate ? PRIVATE : 0), from, payload)

/** @param count at most 2^32 - 1 are told */
export function encodeLostData(count: number): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(5)
  frame[0] = LOST
  new DataView(frame.buffer).setUint32(1, Math.min(count, 0xff_ff_ff_ff))
  return frame
}

/** What the host sent, or null when it is no such frame. */
export function decodeDeliveredData(frame: Uint8Array): DeliveredData | LostData | null {
  const [flags] = frame
  if (flags === LOST) {
    if (frame.length !== 5) return null
    return { type: 'lost', count: new DataView(frame.buffer, frame.byteOffset).getUint32(1) }
  }
  if (flags === undefined || flags > (TEXT | PRIVATE)) return null
  const from = idIn(frame)
  if (!from) return null
  return {
    type: 'message',
    from,
    isPrivate: (flags & PRIVATE) !== 0,
    isText: (flags & TEXT) !== 0,
    payload: frame.subarray(1 + ID_BYTES),
  }
}

function frameOf(flags: number, id: ParticipantId | null, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const head = id === null ? 1 : 1 + ID_BYTES
  const frame = new Uint8Array(head + payload.length)
  frame[0] = flags
  if (id !== null) new TextEncoder().encodeInto(id, frame.subarray(1, head))
  frame.set(payload, head)
  return frame
}

function idIn(frame: Uint8Array): ParticipantId | null {
  const parsed = participantIdSchema.safeParse(String.fromCharCode(...frame.subarray(1, 1 + ID_BYTES)))
  return parsed.success ? parsed.data : null
}
