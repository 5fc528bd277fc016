import { describe, expect, it } from 'vitest'
import { SequenceTracker } from './sequence.ts'

describe('SequenceTracker', () => {
  it('takes each number once, in rising order', () => {
    const tracker = new SequenceTracker()
    expect([1, 2, 2, 3, 1, 4].map((seq) => tracker.take(seq))).toEqual([true, true, false, true, false, true])
    expect(tracker.last).toBe(4)
  })

  it('takes what follows a gap, and nothing from within the gap afterwards', () => {
    const tracker = new SequenceTracker()
    expect([1, 7, 3, 8].map((seq) => tracker.take(seq))).toEqual([true, true, false, true])
  })
})
