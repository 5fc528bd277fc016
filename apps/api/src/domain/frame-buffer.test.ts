import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  appendFrame,
  bufferOf,
  countOf,
  dropFrames,
  emptyBuffer,
  framesAfter,
  isFull,
  KEPT,
  MOST,
  sizesOf,
  slotOf,
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
            const numbers = framesAfter(buffer, 0)
            expect(buffer.lastSeq).toBe(i + 1)
            expect(numbers.at(-1)).toBe(i + 1)
            expect(numbers).toEqual(numbers.map((_, at) => (numbers[0] ?? 0) + at))
            expect(countOf(buffer)).toBeLessThanOrEqual(MOST.frames)
            expect(buffer.size).toBeLessThanOrEqual(MOST.size)
            expect(buffer.size).toBe(
              sizes.slice((numbers[0] ?? 0) - 1, i + 1).reduce((sum, each) => sum + each, 0),
            )
            const first = numbers[0] ?? 0
            // What goes for its size is told; what goes by number leaves its slot to the newest.
            const stored = framesAfter(before, appended.droppedUpTo ?? 0)
            const isSlot = (held: number) => slotOf(true, held) === slotOf(true, i + 1)
            expect(numbers).toEqual([...stored.filter((held) => !isSlot(held)), i + 1])
            const next = sizes[first - 2] ?? 0
            if (first > 1) expect(countOf(buffer) >= KEPT.frames || buffer.size + next > KEPT.size).toBe(true)
          }
        },
      ),
      { numRuns: 30 },
    )
  })

  it('gives the slot of the oldest to the next when it is full', () => {
    const full = filled(Array.from({ length: MOST.frames }, () => 1))
    expect(framesAfter(full, 0)).toHaveLength(MOST.frames)
    expect(appendFrame(full, 1)).toMatchObject({ buffer: { size: MOST.frames }, droppedUpTo: null })
    expect(framesAfter(appendFrame(full, 1).buffer, 0)[0]).toBe(2)
    const slots = [true, false].flatMap((polite) => framesAfter(full, 0).map((seq) => slotOf(polite, seq)))
    expect(new Set(slots).size).toBe(2 * MOST.frames)
  })

  it('is cut down at once by size, so that cutting is rare, and spares what was never sent while it can', () => {
    const [half, most] = [MOST.size / 4, filled(Array.from({ length: 4 }, () => MOST.size / 4))]
    const cut = appendFrame(most, half)
    expect(cut.droppedUpTo).toBe(3)
    expect(framesAfter(cut.buffer, 0)).toEqual([4, 5])
    expect(framesAfter(appendFrame(most, half, 3).buffer, 0)).toEqual([3, 4, 5])
    expect(framesAfter(appendFrame(most, half, 1).buffer, 0)).toEqual([4, 5])
  })

  it('keeps its count when all but the newest are dropped', () => {
    const buffer = dropFrames(filled([1, 2, 3]), 3)
    expect(buffer).toMatchObject({ lastSeq: 3, size: 3 })
    expect(sizesOf(buffer)).toEqual([3])
    expect(bufferOf(buffer.lastSeq, sizesOf(buffer))).toEqual(buffer)
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
