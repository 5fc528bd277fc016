/**
 * The frames for one peer, numbered from 1 without gaps: those it may ask for again after a
 * reconnection, and those that wait until it is back. Only sizes are known here; the texts are in
 * storage.
 */

export interface FrameBuffer {
  /** The newest number given; 0 before the first. */
  lastSeq: number
  /** Lengths of the held texts in UTF-16 units, the oldest first; the last one is that of `lastSeq`. */
  sizes: readonly number[]
  /** Their sum. */
  size: number
}

/** What a buffer certainly keeps of its newest frames, whichever is reached first. */
export const KEPT = { frames: 128, size: 512 * 1024 }
/**
 * What it never exceeds. Of the frames beyond, each takes the slot of the oldest one in storage, which
 * costs nothing; sizes are cut from here down to what is kept, so that cutting is rare.
 */
export const MOST = { frames: 2 * KEPT.frames, size: 2 * KEPT.size }

/** Where a frame is stored, by the role of the peer that it is for: the two peers' roles differ. */
export const slotOf = (polite: boolean, seq: number): number =>
  (polite ? MOST.frames : 0) + (seq % MOST.frames)

export const emptyBuffer: FrameBuffer = { lastSeq: 0, sizes: [], size: 0 }

/** A buffer as it was stored. */
export const bufferOf = (lastSeq: number, sizes: readonly number[]): FrameBuffer => ({
  lastSeq,
  sizes,
  size: sumOf(sizes),
})

const sumOf = (sizes: readonly number[]): number => sizes.reduce((sum, size) => sum + size, 0)

/** The number of the oldest that is held; one above `lastSeq` when nothing is. */
const firstSeq = ({ lastSeq, sizes }: FrameBuffer): number => lastSeq - sizes.length + 1

/**
 * Adds the next frame. `droppedUpTo` is the newest number that had to go for its size, or null. Frames
 * from `unsentFrom` on have never been sent: those go only when the buffer holds nothing else.
 */
export function appendFrame(
  buffer: FrameBuffer,
  size: number,
  unsentFrom = Number.POSITIVE_INFINITY,
): { buffer: FrameBuffer; droppedUpTo: number | null } {
  const lastSeq = buffer.lastSeq + 1
  const takesSlot = buffer.sizes.length === MOST.frames
  const before = takesSlot ? buffer.sizes.slice(1) : buffer.sizes
  const freed = takesSlot ? (buffer.sizes[0] ?? 0) : 0
  // As an array: V8 copies ten times slower for a value by itself.
  const appended = { lastSeq, sizes: before.concat([size]), size: buffer.size - freed + size }
  if (appended.size <= MOST.size) return { buffer: appended, droppedUpTo: null }
  let kept = appended.size
  const from = appended.sizes.findIndex((each) => {
    if (kept <= KEPT.size) return true
    kept -= each
    return false
  })
  // The newest always stays: its number is the only record of how far the count has come.
  const cut = from === -1 ? lastSeq - 1 : firstSeq(appended) + from - 1
  const sparesUnsent = cut >= unsentFrom && dropFrames(appended, unsentFrom - 1).size <= MOST.size
  const droppedUpTo = sparesUnsent ? unsentFrom - 1 : cut
  return { buffer: dropFrames(appended, droppedUpTo), droppedUpTo }
}

/** Without the frames up to `seq`, but never without the newest. */
export function dropFrames(buffer: FrameBuffer, seq: number): FrameBuffer {
  const { lastSeq, sizes } = buffer
  return bufferOf(lastSeq, sizes.slice(-Math.max(1, lastSeq - seq)))
}

/** Whether what waits for an absent peer, from `unsentFrom` on, is as much as is kept for certain. */
export function isFull(buffer: FrameBuffer, unsentFrom: number, size: number): boolean {
  const unsent = buffer.sizes.slice(Math.max(0, unsentFrom - firstSeq(buffer)))
  return unsent.length >= KEPT.frames || sumOf(unsent) + size > KEPT.size
}

export const framesAfter = (buffer: FrameBuffer, seq: number): number[] =>
  buffer.sizes.map((_, i) => firstSeq(buffer) + i).filter((held) => held > seq)
