/** What a peer's socket may send: each frame read and judged, at a bounded rate. */
import { type FrameErrorCode, MAX_FRAME_BYTES, type PeerFrame, peerFrameSchema } from '@radist-tech/protocol'
import { type BucketLimits, fullBucket, type TokenBucket, takeToken } from './token-bucket.ts'

/** A page with many interfaces gathers some 50 candidates at once, and a renegotiation gathers again. */
const FRAMES: BucketLimits = { capacity: 200, perSecond: 50 }
/** Refused frames that a socket may send in a burst before it is closed. */
const REFUSALS: BucketLimits = { capacity: 10, perSecond: 0.5 }

/** Forgotten when the object hibernates: a socket that is silent for so long has earned full buckets. */
export interface FrameGate {
  frames: TokenBucket
  refusals: TokenBucket
}

export type RefusedFrameCode = Exclude<FrameErrorCode, 'no-peer'>

export type FrameVerdict =
  | { kind: 'frame'; frame: PeerFrame }
  /** A ping that was not written in the one way that is answered without waking the object. */
  | { kind: 'ping' }
  | { kind: 'refused'; code: RefusedFrameCode; isBurst: boolean }

export const frameErrorMessages: Record<FrameErrorCode, string> = {
  malformed: 'The frame is not a JSON object of the documented form.',
  'unknown-type': 'The frame has an unknown type.',
  'too-large': `The frame is larger than ${MAX_FRAME_BYTES} bytes.`,
  'no-peer': 'There is no other peer.',
  'too-many-frames': 'Too many frames: slow down, or wait until the other peer is back.',
}

export const openGate = (now: number): FrameGate => ({
  frames: fullBucket(FRAMES, now),
  refusals: fullBucket(REFUSALS, now),
})

/** Judges one frame. `isBurst`: too many were refused in a short time, the socket is to be closed. */
export function passGate(
  gate: FrameGate,
  data: string | ArrayBuffer,
  now: number,
): { gate: FrameGate; verdict: FrameVerdict } {
  const frames = takeToken(gate.frames, FRAMES, now)
  const read = frames.ok ? readFrame(data) : ({ kind: 'refused', code: 'too-many-frames' } as const)
  if (read.kind !== 'refused') return { gate: { ...gate, frames: frames.bucket }, verdict: read }
  const refusals = takeToken(gate.refusals, REFUSALS, now)
  return {
    gate: { frames: frames.bucket, refusals: refusals.bucket },
    verdict: { ...read, isBurst: !refusals.ok },
  }
}

type ReadFrame = Exclude<FrameVerdict, { kind: 'refused' }> | { kind: 'refused'; code: RefusedFrameCode }

/** Looked up by type at once: the union would first have to find out which of them is meant. */
const schemas = new Map<unknown, (typeof peerFrameSchema.options)[number]>(
  peerFrameSchema.options.map((option) => [option.shape.type.value, option]),
)

function readFrame(data: string | ArrayBuffer): ReadFrame {
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
  const result = schema.safeParse(value)
  return result.success ? { kind: 'frame', frame: result.data } : { kind: 'refused', code: 'malformed' }
}

/** Counted in bytes of UTF-8 only where the length, of which each unit is 1 to 3 bytes, does not tell. */
function isTooLarge(text: string): boolean {
  if (text.length > MAX_FRAME_BYTES) return true
  return text.length * 3 > MAX_FRAME_BYTES && new TextEncoder().encode(text).length > MAX_FRAME_BYTES
}
