import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  appendFrame,
  bufferOf,
  dropFrames,
  emptyBuffer,
  framesAfter,
  heldCount,
  heldFrames,
  isFull,
  KEPT,
  MOST,
} from './frame-buffer.ts'

const filled = (sizes: number[]) =>
  sizes.reduce((buffer, size) => appendFrame(buffer, size).buffer, emptyBuffer)

describe('a frame buffer', () => {
  it('keeps the newest frames without a gap, never more than it may, and never less than it says', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.nat(300), fc.nat(65_536)), { maxLength: 700, size: 'max' }),
        (sizes) => {
          let buffer = emptyBuffer
          for (const [i, size] of sizes.entries()) {
            const before = buffer
            const appended = appendFrame(before, size)
            buffer = appended.buffer
            const numbers = heldFrames(buffer).map((frame) => frame.seq)
            expect(buffer.lastSeq).toBe(i + 1)
            expect(numbers.at(-1)).toBe(i + 1)
            expect(numbers).toEqual(numbers.map((_, at) => (numbers[0] ?? 0) + at))
            expect(heldCount(buffer)).toBeLessThanOrEqual(MOST.frames)
            expect(buffer.size).toBeLessThanOrEqual(MOST.size)
            expect(buffer.size).toBe(heldFrames(buffer).reduce((sum, frame) => sum + frame.size, 0))
            const first = numbers[0] ?? 0
            expect(appended.droppedUpTo).toBe(first > (heldFrames(before)[0]?.seq ?? 1) ? first - 1 : null)
            const next = sizes[first - 2] ?? 0
            if (first > 1)
              expect(heldCount(buffer) >= KEPT.frames || buffer.size + next > KEPT.size).toBe(true)
          }
        },
      ),
      { numRuns: 30 },
    )
  })

  it('is cut down at once when it is full, so that cutting is rare', () => {
    const full = filled(Array.from({ length: MOST.frames }, () => 1))
    expect(heldFrames(full)).toHaveLength(MOST.frames)
    const cut = appendFrame(full, 1)
    expect(heldFrames(cut.buffer)).toHaveLength(KEPT.frames)
    expect(cut.droppedUpTo).toBe(MOST.frames + 1 - KEPT.frames)
  })

  it('spares what was never sent, as long as anything else can go', () => {
    const sent = KEPT.frames + 1
    const most = filled(Array.from({ length: MOST.frames }, () => 1))
    expect(framesAfter(appendFrame(most, 1, sent).buffer, 0)[0]).toBe(sent)
    // One more notice than fits beside the frames of an absent peer.
    expect(framesAfter(appendFrame(most, 1, 1).buffer, 0)).toHaveLength(KEPT.frames)
    expect(heldFrames(appendFrame(most, 1, MOST.frames).buffer)).toHaveLength(KEPT.frames)
  })

  it('keeps its count when all but the newest are dropped', () => {
    const buffer = dropFrames(filled([1, 2, 3]), 3)
    expect(buffer).toMatchObject({ lastSeq: 3, size: 3 })
    expect(heldFrames(buffer)).toEqual([{ seq: 3, size: 3 }])
    const stored = bufferOf(heldFrames(buffer))
    expect(heldFrames(stored)).toEqual(heldFrames(buffer))
    expect(stored).toMatchObject({ lastSeq: buffer.lastSeq, size: buffer.size })
    expect(framesAfter(buffer, 3)).toEqual([])
    expect(framesAfter(filled([1, 2, 3]), 1)).toEqual([2, 3])
  })

  it('is full by what waits, not by what was sent', () => {
    const sent = filled(Array.from({ length: KEPT.frames }, () => 1))
    expect(isFull(sent, KEPT.frames + 1, 1)).toBe(false)
    expect(isFull(sent, 1, 1)).toBe(true)
    expect(isFull(filled([KEPT.size]), 1, 1)).toBe(true)
    expect(isFull(filled([KEPT.size - 1]), 1, 1)).toBe(false)
  })
})
