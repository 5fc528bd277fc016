/** A peer's frame as its socket brings it, read and judged. */
import { type FrameErrorCode, MAX_FRAME_BYTES, peerFrameSchema } from '@radist-tech/protocol'

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
const schemas = new Map<unknown, FrameSchema>(
  peerFrameSchema.options.map((schema) => [schema.shape.type.value, schema]),
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
  const schema = schemas.get(type)
  if (!schema) return { kind: 'refused', code: typeof type === 'string' ? 'unknown-type' : 'malformed' }
  const parsed = schema.safeParse(value)
  if (!parsed.success) return { kind: 'refused', code: 'malformed' }
  if (parsed.data.type === 'bye') return { kind: 'frame', frame: { type: 'bye' } }
  // Written anew, never passed on in the peer's own words: a member that stands there twice counts once here, and
  // not every parser takes the last one. A peer could forge a `peer-left` before its `offer`.
  const open = JSON.stringify(parsed.data).slice(0, -1)
  return { kind: 'frame', frame: { type: 'relayed', open } }
}

/** Counted in bytes of UTF-8 only where the length, of which each unit is 1 to 3 bytes, does not tell. */
function isTooLarge(text: string): boolean {
  if (text.length > MAX_FRAME_BYTES) return true
  return text.length * 3 > MAX_FRAME_BYTES && new TextEncoder().encode(text).length > MAX_FRAME_BYTES
}
