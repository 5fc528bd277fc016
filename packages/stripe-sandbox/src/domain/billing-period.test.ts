import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Interval, nextBoundary } from './billing-period.ts'

const seconds = (iso: string): number => Date.parse(iso) / 1000
const iso = (time: number): string => new Date(time * 1000).toISOString().slice(0, 19)

test('a month’s period that began on the 31st ends on each month’s last day', () => {
  const anchor = seconds('2027-10-31T06:30:00Z')
  const ends: string[] = []
  let end = anchor
  for (let n = 0; n < 6; n++) {
    end = nextBoundary(anchor, { unit: 'month', count: 1 }, end)
    ends.push(iso(end))
  }
  expect(ends).toEqual([
    '2027-11-30T06:30:00',
    '2027-12-31T06:30:00',
    '2028-01-31T06:30:00',
    '2028-02-29T06:30:00',
    '2028-03-31T06:30:00',
    '2028-04-30T06:30:00',
  ])
})

test.each([
  ['day', 2, '2026-11-22T00:00:00'],
  ['week', 1, '2026-11-27T00:00:00'],
  ['month', 3, '2027-02-20T00:00:00'],
  ['year', 1, '2027-11-20T00:00:00'],
] as const)('%s × %i', (unit, count, expected) => {
  const anchor = seconds('2026-11-20T00:00:00Z')
  expect(iso(nextBoundary(anchor, { unit, count }, anchor))).toBe(expected)
})

test('an anchor to come ends the first, shorter period', () => {
  const anchor = seconds('2026-12-01T00:00:00Z')
  expect(iso(nextBoundary(anchor, { unit: 'month', count: 1 }, seconds('2026-11-20T00:00:00Z')))).toBe(
    '2026-12-01T00:00:00',
  )
})

test('it is after the moment, and there is none between', () => {
  const aTime = fc.integer({ min: seconds('2001-01-01T00:00:00Z'), max: seconds('2099-01-01T00:00:00Z') })
  const anInterval: fc.Arbitrary<Interval> = fc.record({
    unit: fc.constantFrom('day', 'week', 'month', 'year'),
    count: fc.integer({ min: 1, max: 12 }),
  })
  fc.assert(
    fc.property(aTime, anInterval, aTime, (anchor, interval, after) => {
      const next = nextBoundary(anchor, interval, after)
      expect(next).toBeGreaterThan(after)
      // Whatever lies between the moment and the boundary has the same boundary after it.
      expect(nextBoundary(anchor, interval, next - 1)).toBe(next)
      expect(nextBoundary(anchor, interval, Math.floor((after + next - 1) / 2))).toBe(next)
    }),
  )
})
