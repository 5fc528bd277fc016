import { expect, it } from 'vitest'
import { mayLimitTo, planLimit } from './connection-limit.ts'

it.each([
  [null, 100],
  ['active', 1000],
  ['trialing', 1000],
  ['past_due', 100],
  ['canceled', 100],
] as const)('a subscription that is %s allows %s', (status, limit) => {
  expect(planLimit(status, { free: 100, paid: 1000 })).toBe(limit)
})

it.each([
  [100, 50, 100, true],
  [101, 50, 100, false],
  [700, 800, 100, true],
  [800, 800, 100, true],
  [801, 800, 100, false],
])('%s instead of %s, of %s that are allowed: %s', (wanted, current, allowed, may) => {
  expect(mayLimitTo(wanted, current, allowed)).toBe(may)
})
