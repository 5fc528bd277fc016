/** A peer's frame as its socket brings it, read and judged. */
import { type FrameErrorCode, MAX_FRAME_BYTES, type PeerFrame, peerFrameSchema } from '@radist-tech/protocol'
import { plainQuotes } from './plain-quotes.ts'

/** What the call has to know of a frame: its members are none of its business. */
export type TakenFrame =
  | { type: 'bye' }
  /** `open` is the frame's JSON without the closing brace, so that the call can add members of its own. */
  | { type: 'relayed'; open: string }

export type ReadFrame =
  | { kind: 'frame'; frame: TakenFrame }
  /** A ping that was not written in the one way that is answered without waking the object. */
  | { kind: 'ping' }
  | { kind: 'refused'; code: Extract<FrameErrorCode, 'malformed' | 'unknown-type' | 'too-large'> }

type FrameSchema = (typeof peerFrameSchema.options)[number]

/** Looked up by type at once: the union would first have to find out which of them is meant. */
const readers = new Map<unknown, { schema: FrameSchema; quotesOf: (value: unknown) => number | null }>(
  peerFrameSchema.options.map((schema) => [
    schema.shape.type.value,
    { schema, quotesOf: plainQuotes(schema) },
  ]),
)

export function readFrame(data: string | ArrayBuffer): ReadFrame {
  if (typeof data !== 'string') return { kind: 'refused', code: 'malformed' }
  if (isTooLarge(data)) return { kind: 'refused', code: 'too-large' }
  let value: unknown
  try {
    value = JSON.parse(data)
  } catch {
    return { kind: 'refused', code: 'malformed' }
  }
  const type = typeof value === 'object' && value !== null && 'type' in value ? value.type : null
  if (type === 'ping') return { kind: 'ping' }
  const reader = readers.get(type)
  if (!reader) return { kind: 'refused', code: typeof type === 'string' ? 'unknown-type' : 'malformed' }
  // What has no members but those of its type, and each once, is passed on in its own words: to write it
  // anew would cost as much as all other rules.
  if (reader.quotesOf(value) === quotesIn(data))
    return { kind: 'frame', frame: taken(reader.schema.shape.type.value, data.trimEnd()) }
  const parsed = reader.schema.safeParse(value)
  if (!parsed.success) return { kind: 'refused', code: 'malformed' }
  return { kind: 'frame', frame: taken(parsed.data.type, JSON.stringify(parsed.data)) }
}

const taken = (type: PeerFrame['type'], text: string): TakenFrame =>
  type === 'bye' ? { type } : { type: 'relayed', open: text.slice(0, -1) }

/**
 * A member that stands there twice has more quotation marks than what was parsed of it, where the last one
 * counts. Not every parser takes that one: a peer could forge a `peer-left` before its `offer`. A text with
 * quotation marks in it has more of them too, and is merely written anew.
 */
function quotesIn(text: string): number {
  let count = 0
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at + 1)) count += 1
  return count
}

/** Counted in bytes of UTF-8 only where the length, of which each unit is 1 to 3 bytes, does not tell. */
function isTooLarge(text: string): boolean {
  if (text.length > MAX_FRAME_BYTES) return true
  return text.length * 3 > MAX_FRAME_BYTES && new TextEncoder().encode(text).length > MAX_FRAME_BYTES
}
