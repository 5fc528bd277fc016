import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { budgetRefusal, highestReached, monthName, monthOfDay, newlyReached, percentUsed } from './budget.ts'

const limit = (monthlyLimitSeconds: number | null, stopsAtLimit = false) => ({
  monthlyLimitSeconds,
  stopsAtLimit,
})

describe('thresholds', () => {
  it('are reached at 80 and 100 per cent, to the second', () => {
    const reached = [0, 79, 80, 99, 100, 1000].map((seconds) => highestReached(seconds, limit(100)))
    expect(reached).toEqual([0, 0, 80, 80, 100, 100])
    // 80 % of 3 are 2.4: two seconds are less.
    expect([2, 3].map((seconds) => highestReached(seconds, limit(3)))).toEqual([0, 100])
    expect(highestReached(1e12, limit(null))).toBe(0)
  })

  it('are all told, also when one report passes both', () => {
    expect(newlyReached(0, 100)).toEqual([80, 100])
    expect(newlyReached(80, 100)).toEqual([100])
    expect(newlyReached(100, 100)).toEqual([])
    expect(newlyReached(100, 80)).toEqual([])
  })

  it('are each told once while the limit stays, however the seconds come', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1000 }),
        fc.array(fc.nat({ max: 300 })),
        (monthlyLimitSeconds, reports) => {
          const told: number[] = []
          let [seconds, before] = [0, 0]
          for (const report of reports) {
            seconds += report
            const after = highestReached(seconds, limit(monthlyLimitSeconds))
            told.push(...newlyReached(before, after))
            before = after
          }
          expect(told).toEqual([80, 100].filter((percent) => seconds * 100 >= percent * monthlyLimitSeconds))
        },
      ),
    )
  })

  it('are told again only after a change has put the limit above the usage', () => {
    const step = fc.oneof(
      fc.record({ report: fc.nat({ max: 300 }) }),
      fc.record({ set: fc.integer({ min: 1, max: 1000 }) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let [seconds, before, current] = [0, 0, 500]
        const armed = new Set([80, 100])
        for (const it of steps) {
          if ('report' in it) seconds += it.report
          else current = it.set
          const after = highestReached(seconds, limit(current))
          for (const percent of newlyReached(before, after)) expect(armed.delete(percent)).toBe(true)
          for (const percent of [80, 100]) if (seconds * 100 < percent * current) armed.add(percent)
          before = after
        }
      }),
    )
  })
})

describe('the hard stop', () => {
  it('refuses rooms from the limit on, and nothing else', () => {
    const refusal = (kind: 'room' | 'call', budget: ReturnType<typeof limit>, seconds: number) =>
      budgetRefusal(kind, budget, () => seconds)
    expect(refusal('room', limit(100, true), 99)).toBe(null)
    expect(refusal('room', limit(100, true), 100)).toBe('usage_limit_reached')
    expect(refusal('call', limit(100, true), 100)).toBe(null)
    expect(refusal('room', limit(100), 100)).toBe(null)
    expect(refusal('room', limit(null, true), 100)).toBe(null)
  })
})

it('tells the share that is used, never more than is', () => {
  expect([0, 1, 799, 1000, 2500].map((seconds) => percentUsed(seconds, limit(1000)))).toEqual([
    0, 0.1, 79.9, 100, 250,
  ])
  expect(percentUsed(1, limit(null))).toBe(null)
})

it('names months as the calendar does', () => {
  const day = (text: string) => Date.parse(text) / 86_400_000
  expect(monthOfDay(0)).toBe(0)
  for (const month of ['2024-02', '2026-11', '2026-12', '2027-01'])
    expect(monthName(monthOfDay(day(`${month}-01`)))).toBe(month)
  expect(monthName(monthOfDay(day('2026-11-30')))).toBe('2026-11')
})
