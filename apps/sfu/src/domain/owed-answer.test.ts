import { expect, it } from 'vitest'
import { owedAfter } from './owed-answer.ts'

it('an owed answer grows older with each look, and by one interval at most', () => {
  expect(owedAfter(0, 1990, 2000)).toBe(1990)
  expect(owedAfter(4000, 2000, 2000)).toBe(6000)
  expect(owedAfter(4000, 3_600_000, 2000)).toBe(6000)
})
