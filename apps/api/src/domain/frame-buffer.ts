/**
 * The frames for one peer, numbered from 1 without gaps: those it may ask for again after a
 * reconnection, and those that wait until it is back. Only sizes are known here; the texts are in
 * storage.
 */

export interface FrameBuffer {
  /** The newest number given; 0 before the first. */
  lastSeq: number
  /**
   * Lengths of texts in UTF-16 units, the oldest first; the last one is that of `lastSeq`. In two parts, so that
   * a new one does not copy them all: the newest, and those before. Of both together the last `MOST.frames` are held.
   */
  older: readonly number[]
  newer: readonly number[]
  /** The sum of what is held. */
  size: number
}

/** As many are in the newer part at most. */
const NEWER = 32

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

/** All slots of one role. */
export const slotsOf = (polite: boolean): { first: number; last: number } => {
  const first = slotOf(polite, 0)
  return { first, last: first + MOST.frames - 1 }
}

export const emptyBuffer: FrameBuffer = { lastSeq: 0, older: [], newer: [], size: 0 }

/** A buffer as it was stored. */
export const bufferOf = (lastSeq: number, sizes: readonly number[]): FrameBuffer => ({
  lastSeq,
  older: sizes,
  newer: [],
  size: sumOf(sizes),
})

/** Of the held frames. */
export const sizesOf = ({ older, newer }: FrameBuffer): readonly number[] =>
  older.concat(newer).slice(-MOST.frames)

export const countOf = ({ older, newer }: FrameBuffer): number =>
  Math.min(MOST.frames, older.length + newer.length)

const sumOf = (sizes: readonly number[]): number => sizes.reduce((sum, size) => sum + size, 0)

/** The number of the oldest that is held; one above `lastSeq` when nothing is. */
const firstSeq = (buffer: FrameBuffer): number => buffer.lastSeq - countOf(buffer) + 1

/**
 * Adds the next frame. `droppedUpTo` is the newest number that had to go for its size, or null. Frames
 * from `unsentFrom` on have never been sent: those go only when the buffer holds nothing else.
 */
export function appendFrame(
  buffer: FrameBuffer,
  size: number,
  unsentFrom = Number.POSITIVE_INFINITY,
): { buffer: FrameBuffer; droppedUpTo: number | null } {
  const appended = withNext(buffer, size)
  if (appended.size <= MOST.size) return { buffer: appended, droppedUpTo: null }
  let kept = appended.size
  const from = sizesOf(appended).findIndex((each) => {
    if (kept <= KEPT.size) return true
    kept -= each
    return false
  })
  // The newest always stays: its number is the only record of how far the count has come.
  const cut = from === -1 ? appended.lastSeq - 1 : firstSeq(appended) + from - 1
  const sparesUnsent = cut >= unsentFrom && dropFrames(appended, unsentFrom - 1).size <= MOST.size
  const droppedUpTo = sparesUnsent ? unsentFrom - 1 : cut
  return { buffer: dropFrames(appended, droppedUpTo), droppedUpTo }
}

/** A full one gives the oldest's slot to the next. */
function withNext({ lastSeq, older, newer, size: held }: FrameBuffer, size: number): FrameBuffer {
  const freed = older[older.length + newer.length - MOST.frames] ?? 0
  // As an array: V8 copies ten times slower for a value by itself.
  const next = { lastSeq: lastSeq + 1, older, newer: newer.concat([size]), size: held - freed + size }
  return next.newer.length < NEWER ? next : { ...next, older: sizesOf(next), newer: [] }
}

/** Without the frames up to `seq`, but never without the newest. */
export function dropFrames(buffer: FrameBuffer, seq: number): FrameBuffer {
  const { lastSeq } = buffer
  return bufferOf(lastSeq, sizesOf(buffer).slice(-Math.max(1, lastSeq - seq)))
}

/** Whether what waits for an absent peer, from `unsentFrom` on, is as much as is kept for certain. */
export function isFull(buffer: FrameBuffer, unsentFrom: number, size: number): boolean {
  const unsent = sizesOf(buffer).slice(Math.max(0, unsentFrom - firstSeq(buffer)))
  return unsent.length >= KEPT.frames || sumOf(unsent) + size > KEPT.size
}

export const framesAfter = (buffer: FrameBuffer, seq: number): number[] =>
  sizesOf(buffer)
    .map((_, i) => firstSeq(buffer) + i)
    .filter((held) => held > seq)
