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
  held: readonly HeldFrame[]
  /** Sum of the held sizes. */
  size: number
}

/** What a buffer certainly keeps of its newest frames, whichever is reached first. */
export const KEPT = { frames: 128, size: 512 * 1024 }
/** What it never exceeds. It is cut from here down to what is kept, so that cutting is rare. */
export const MOST = { frames: 2 * KEPT.frames, size: 2 * KEPT.size }

export const emptyBuffer: FrameBuffer = { lastSeq: 0, held: [], size: 0 }

/** A buffer as it was stored. */
export const bufferOf = (held: readonly HeldFrame[]): FrameBuffer => ({
  lastSeq: held.at(-1)?.seq ?? 0,
  held,
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
  const appended = { lastSeq, held: buffer.held.concat({ seq: lastSeq, size }), size: buffer.size + size }
  if (isWithin(appended, MOST)) return { buffer: appended, droppedUpTo: null }
  let kept = appended.size
  const from = appended.held.findIndex((frame, i) => {
    if (appended.held.length - i <= KEPT.frames && kept <= KEPT.size) return true
    kept -= frame.size
    return false
  })
  // The newest always stays: its number is the only record of how far the count has come.
  const cut = appended.held.at(from === -1 ? -2 : from - 1)?.seq ?? 0
  const sparesUnsent = cut >= unsentFrom && isWithin(dropFrames(appended, unsentFrom - 1), MOST)
  const droppedUpTo = sparesUnsent ? unsentFrom - 1 : cut
  return { buffer: dropFrames(appended, droppedUpTo), droppedUpTo }
}

const isWithin = ({ held, size }: FrameBuffer, bound: typeof MOST): boolean =>
  held.length <= bound.frames && size <= bound.size

/** Without the frames up to `seq`, but never without the newest. */
export function dropFrames(buffer: FrameBuffer, seq: number): FrameBuffer {
  const held = buffer.held.filter((frame) => frame.seq > seq || frame.seq === buffer.lastSeq)
  return { ...bufferOf(held), lastSeq: buffer.lastSeq }
}

/** Whether what waits for an absent peer, from `unsentFrom` on, is as much as is kept for certain. */
export function isFull(buffer: FrameBuffer, unsentFrom: number, size: number): boolean {
  const unsent = bufferOf(buffer.held.filter((frame) => frame.seq >= unsentFrom))
  return unsent.held.length >= KEPT.frames || unsent.size + size > KEPT.size
}

export const framesAfter = (buffer: FrameBuffer, seq: number): number[] =>
  buffer.held.filter((frame) => frame.seq > seq).map((frame) => frame.seq)
