import { expect, it } from 'vitest'
import { budgetOf } from './month-budget.ts'

it.each([
  ['', true, { monthlyLimitSeconds: null, stopsAtLimit: false }],
  ['3600', false, { monthlyLimitSeconds: 3600, stopsAtLimit: false }],
  [' 1,000,000 ', true, { monthlyLimitSeconds: 1_000_000, stopsAtLimit: true }],
])('%j', (limit, stops, budget) => {
  expect(budgetOf({ limit, stops })).toEqual(budget)
})

it.each(['0', '-5', '1e3', 'much', '1000000000001'])('refuses %j', (limit) => {
  expect(budgetOf({ limit, stops: false })).toMatch(/whole number/)
})
