import fc from 'fast-check'
import { expect, it } from 'vitest'
import { pageOfNumbers } from './connection-pages.ts'

it('shows the newest first, and leaves out what is open', () => {
  const range = { first: 1, last: 10 }
  const open = [10, 8, 3]
  expect(pageOfNumbers(open, { ...range, state: null }, { page: 1, limit: 3 })).toEqual({
    total: 10,
    numbers: [10, 9, 8],
  })
  expect(pageOfNumbers(open, { ...range, state: 'ended' }, { page: 1, limit: 3 })).toEqual({
    total: 7,
    numbers: [9, 7, 6],
  })
  expect(pageOfNumbers(open, { ...range, state: 'open' }, { page: 2, limit: 2 })).toEqual({
    total: 3,
    numbers: [3],
  })
})

it('has nothing on pages beyond the last, nor in an empty range', () => {
  const far = { page: Number.MAX_SAFE_INTEGER, limit: 100 }
  for (const state of ['open', 'ended', null] as const) {
    expect(pageOfNumbers([2], { first: 1, last: 3, state }, far).numbers).toEqual([])
    expect(pageOfNumbers([], { first: 4, last: 3, state }, { page: 1, limit: 9 })).toEqual({
      total: 0,
      numbers: [],
    })
  }
})

it('pages through exactly what there is, in any range', () => {
  const asked = fc.record({
    open: fc.uniqueArray(fc.integer({ min: 1, max: 60 })),
    first: fc.integer({ min: 1, max: 60 }),
    length: fc.integer({ min: 0, max: 60 }),
    state: fc.constantFrom('open' as const, 'ended' as const, null),
    limit: fc.integer({ min: 1, max: 9 }),
  })
  fc.assert(
    fc.property(asked, ({ open, first, length, state, limit }) => {
      const last = first + length - 1
      const inRange = open.filter((each) => each >= first && each <= last).sort((a, b) => b - a)
      const all = Array.from({ length }, (_, i) => last - i)
      const due = all.filter((each) => state === null || inRange.includes(each) === (state === 'open'))
      const seen: number[] = []
      for (let page = 1; page <= due.length + 1; page++) {
        const { total, numbers } = pageOfNumbers(inRange, { first, last, state }, { page, limit })
        expect(total).toBe(due.length)
        seen.push(...numbers)
      }
      expect(seen).toEqual(due)
    }),
    { numRuns: 2000 },
  )
})
