/**
 * The frames for one peer, numbered from 1 without gaps: those it may ask for again after a
 * reconnection, and those that wait until it is back. Only sizes are known here; the texts are in
 * storage.
 */

export interface HeldFrame {
  seq: number
  /** Length of its text in UTF-16 units. */
  size: number
}

export interface FrameBuffer {
  /** The newest number given; 0 before the first. */
  lastSeq: number
  /** What is held, in two parts, so that a frame more copies few of those before it. */
  older: readonly HeldFrame[]
  newer: readonly HeldFrame[]
  /** Sum of the held sizes. */
  size: number
}

/** From so many on the newer ones join the older. */
const NEWER = 16

/** What a buffer certainly keeps of its newest frames, whichever is reached first. */
export const KEPT = { frames: 128, size: 512 * 1024 }
/** What it never exceeds. It is cut from here down to what is kept, so that cutting is rare. */
export const MOST = { frames: 2 * KEPT.frames, size: 2 * KEPT.size }

export const emptyBuffer: FrameBuffer = { lastSeq: 0, older: [], newer: [], size: 0 }

/** All that is held, the oldest first. */
export const heldFrames = ({ older, newer }: FrameBuffer): HeldFrame[] => older.concat(newer)
export const heldCount = ({ older, newer }: FrameBuffer): number => older.length + newer.length

/** A buffer as it was stored. */
export const bufferOf = (held: readonly HeldFrame[]): FrameBuffer => ({
  lastSeq: held.at(-1)?.seq ?? 0,
  older: held,
  newer: [],
  size: held.reduce((sum, frame) => sum + frame.size, 0),
})

/**
 * Adds the next frame. `droppedUpTo` is the newest number that had to go, or null. Frames from
 * `unsentFrom` on have never been sent: those go only when the buffer holds nothing else.
 */
export function appendFrame(
  buffer: FrameBuffer,
  size: number,
  unsentFrom = Number.POSITIVE_INFINITY,
): { buffer: FrameBuffer; droppedUpTo: number | null } {
  const lastSeq = buffer.lastSeq + 1
  const isCrowded = buffer.newer.length === NEWER
  const appended = {
    lastSeq,
    older: isCrowded ? heldFrames(buffer) : buffer.older,
    newer: (isCrowded ? [] : buffer.newer).concat({ seq: lastSeq, size }),
    size: buffer.size + size,
  }
  if (isWithin(appended, MOST)) return { buffer: appended, droppedUpTo: null }
  let kept = appended.size
  const held = heldFrames(appended)
  const from = held.findIndex((frame, i) => {
    if (held.length - i <= KEPT.frames && kept <= KEPT.size) return true
    kept -= frame.size
    return false
  })
  // The newest always stays: its number is the only record of how far the count has come.
  const cut = held.at(from === -1 ? -2 : from - 1)?.seq ?? 0
  const sparesUnsent = cut >= unsentFrom && isWithin(dropFrames(appended, unsentFrom - 1), MOST)
  const droppedUpTo = sparesUnsent ? unsentFrom - 1 : cut
  return { buffer: dropFrames(appended, droppedUpTo), droppedUpTo }
}

const isWithin = (buffer: FrameBuffer, bound: typeof MOST): boolean =>
  heldCount(buffer) <= bound.frames && buffer.size <= bound.size

/** Without the frames up to `seq`, but never without the newest. */
export function dropFrames(buffer: FrameBuffer, seq: number): FrameBuffer {
  const held = heldFrames(buffer).filter((frame) => frame.seq > seq || frame.seq === buffer.lastSeq)
  return { ...bufferOf(held), lastSeq: buffer.lastSeq }
}

/** Whether what waits for an absent peer, from `unsentFrom` on, is as much as is kept for certain. */
export function isFull(buffer: FrameBuffer, unsentFrom: number, size: number): boolean {
  const unsent = bufferOf(heldFrames(buffer).filter((frame) => frame.seq >= unsentFrom))
  return heldCount(unsent) >= KEPT.frames || unsent.size + size > KEPT.size
}

export const framesAfter = (buffer: FrameBuffer, seq: number): number[] =>
  heldFrames(buffer)
    .filter((frame) => frame.seq > seq)
    .map((frame) => frame.seq)
