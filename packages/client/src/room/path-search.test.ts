import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PathSearch } from './path-search.ts'

/** The seconds at which new paths are looked for while it is silent at these, looked at in order. */
function searches(silentSeconds: readonly number[]): number[] {
  const search = new PathSearch()
  return silentSeconds.filter((seconds) => search.begin(seconds * 1000))
}
const everySecond = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)

describe('the search for a new path', () => {
  it('begins at once, and again with growing pauses while none is found', () => {
    expect(searches(everySecond(0, 80))).toEqual([0, 5, 15, 35, 55, 75])
  })

  it('begins at once again when none was needed for a minute', () => {
    expect(searches([...everySecond(0, 20), ...everySecond(80, 90)])).toEqual([0, 5, 15, 80, 85])
  })

  it('is rare, however often the alarm is given', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 300 }), (gaps) => {
        let now = 0
        const silent = gaps.map((gap) => (now += gap))
        expect(searches(silent).length).toBeLessThanOrEqual(3 + now / 20)
      }),
    )
  })
})
