import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backOffDelay } from './back-off.ts'

describe('backOffDelay', () => {
  it('doubles from attempt to attempt up to its limit', () => {
    expect([0, 1, 2, 3, 4, 5, 6].map((attempt) => backOffDelay(attempt, 0))).toEqual([
      200, 400, 800, 1600, 3200, 4000, 4000,
    ])
  })

  it('stays between half the ceiling and the ceiling, whatever the attempt', () => {
    fc.assert(
      fc.property(
        fc.nat(10_000),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (attempt, random) => {
          const delay = backOffDelay(attempt, random)
          expect(delay).toBeGreaterThanOrEqual(200)
          expect(delay).toBeLessThanOrEqual(8000)
        },
      ),
    )
  })
})
