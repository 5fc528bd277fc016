/** What a peer's socket may send: each frame read and judged, at a bounded rate. */
import { type FrameErrorCode, MAX_FRAME_BYTES } from '@radist-tech/protocol'
import { type ReadFrame, readFrame } from './peer-frame.ts'
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

export type FrameVerdict =
  | Exclude<ReadFrame, { kind: 'refused' }>
  | { kind: 'refused'; code: Exclude<FrameErrorCode, 'no-peer'>; isBurst: boolean }

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
  if (read.kind !== 'refused')
    return { gate: { frames: frames.bucket, refusals: gate.refusals }, verdict: read }
  const refusals = takeToken(gate.refusals, REFUSALS, now)
  return {
    gate: { frames: frames.bucket, refusals: refusals.bucket },
    verdict: { ...read, isBurst: !refusals.ok },
  }
}
