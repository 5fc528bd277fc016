/**
 * How text, JSON and binary travel over the data channel `radist-data`, so that each arrives as what
 * it was sent as.
 *
 * A data channel tells strings from binary by itself. Among strings, text goes as it is and JSON
 * behind the control character U+0001; a text that itself begins with U+0001 or U+0002 goes behind
 * U+0002. So a peer without this SDK reads and writes plain text with no framing at all.
 */
const JSON_TAG = '\u0001'
const TEXT_TAG = '\u0002'

export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue }

/** What can be sent: a string as text, bytes as binary, anything else as JSON. */
export type SendableData =
  | string
  | ArrayBuffer
  | ArrayBufferView<ArrayBuffer>
  | number
  | boolean
  | null
  | JsonValue[]
  | { [key: string]: JsonValue }

/** A received message; `from` is the sender's peer or participant id. */
export type RadistMessage = { from: string } & MessageContent

export type MessageContent =
  | { kind: 'text'; data: string }
  | { kind: 'json'; data: JsonValue }
  | { kind: 'binary'; data: ArrayBuffer }

export type WireMessage = string | ArrayBuffer | ArrayBufferView<ArrayBuffer>

/** What goes into `RTCDataChannel.send`. */
export function encodeMessage(data: SendableData): WireMessage {
  if (typeof data === 'string') {
    return data.startsWith(JSON_TAG) || data.startsWith(TEXT_TAG) ? TEXT_TAG + data : data
  }
  if (data instanceof ArrayBuffer || ArrayBuffer.isView(data)) return data
  return JSON_TAG + JSON.stringify(data)
}

/** What a message event's data says. JSON that does not parse is given as the text that it is. */
export function decodeMessage(wire: string | ArrayBuffer): MessageContent {
  if (typeof wire !== 'string') return { kind: 'binary', data: wire }
  if (wire.startsWith(TEXT_TAG)) return { kind: 'text', data: wire.slice(TEXT_TAG.length) }
  if (!wire.startsWith(JSON_TAG)) return { kind: 'text', data: wire }
  try {
    const data: JsonValue = JSON.parse(wire.slice(JSON_TAG.length))
    return { kind: 'json', data }
  } catch {
    return { kind: 'text', data: wire }
  }
}

/** Size of a message on the wire, in bytes. */
export const wireLength = (wire: WireMessage): number =>
  typeof wire === 'string' ? new TextEncoder().encode(wire).length : wire.byteLength
