import fc from 'fast-check'
import { expect, it } from 'vitest'
import { waitBefore } from './back-off.ts'

it('waits between a quarter of a second and 30 seconds, never less after more failures', () => {
  fc.assert(
    fc.property(fc.nat(100), fc.double({ min: 0, max: 1, noNaN: true }), (failures, random) => {
      const wait = waitBefore(1006, failures, random)
      expect(wait).toBeGreaterThanOrEqual(250)
      expect(wait).toBeLessThanOrEqual(30_000)
      expect(waitBefore(1006, failures + 1, random)).toBeGreaterThanOrEqual(wait)
    }),
  )
})

it('does not come at once to a server that asks for it again and again', () => {
  expect(waitBefore(1012, 0, 0.5)).toBe(0)
  expect(waitBefore(1012, 1, 0.5)).toBeGreaterThan(0)
})
