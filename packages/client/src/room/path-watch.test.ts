import { describe, expect, it } from 'vitest'
import { type PathCounts, PathWatch, pathCounts } from './path-watch.ts'

const counts = (change: Partial<PathCounts> = {}): PathCounts => ({
  pairId: 'pair',
  bytesReceived: 1000,
  requestsSent: 5,
  responsesReceived: 5,
  ...change,
})

/** Whether the path counts as silent after each look, one every 500 ms. */
function verdicts(...looks: (PathCounts | null)[]): boolean[] {
  const watch = new PathWatch()
  return looks.map((look, i) => {
    watch.look(look, i * 500)
    return watch.silent
  })
}

describe('the watch over a path', () => {
  it('calls it silent when two checks were unanswered for a second, and nothing else came', () => {
    const asked = counts({ requestsSent: 6 })
    const askedTwice = counts({ requestsSent: 7 })
    expect(verdicts(counts(), asked, askedTwice, askedTwice)).toEqual([false, false, false, true])
    expect(verdicts(counts(), asked, asked, asked, asked)).not.toContain(true)
  })

  it('is content with a path on which nothing is asked', () => {
    expect(verdicts(...Array<PathCounts>(20).fill(counts()))).not.toContain(true)
  })

  it.each([
    ['media', { bytesReceived: 1001 }],
    ['an answer', { responsesReceived: 6 }],
    ['another path', { pairId: 'other' }],
  ])('takes %s for a sign of life, at any time', (_, life) => {
    const asked = counts({ requestsSent: 9 })
    const lives = counts({ requestsSent: 9, ...life })
    expect(verdicts(counts(), asked, asked, asked, lives, lives)).toEqual([
      false,
      false,
      false,
      true,
      false,
      false,
    ])
  })

  it('judges nothing before there is a path', () => {
    expect(verdicts(null, null, counts({ requestsSent: 40 }))).toEqual([false, false, false])
  })
})

describe('what is counted of a path', () => {
  const transport = { id: 'T', type: 'transport', timestamp: 0, selectedCandidatePairId: 'P' }
  const pair = { id: 'P', type: 'candidate-pair', bytesReceived: 7, requestsSent: 2, responsesReceived: 1 }

  it('is that of the pair in use', () => {
    const other = { ...pair, id: 'Q', bytesReceived: 99 }
    const stats = new Map<string, object>([
      ['Q', other],
      ['T', transport],
      ['P', pair],
    ])
    expect(pathCounts(stats)).toEqual({
      pairId: 'P',
      bytesReceived: 7,
      requestsSent: 2,
      responsesReceived: 1,
    })
  })

  it('is nothing while none is in use', () => {
    const { selectedCandidatePairId: _, ...unconnected } = transport
    expect(pathCounts(new Map([['T', unconnected]]))).toBeNull()
  })
})
