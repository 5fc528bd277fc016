import { expect, it } from 'vitest'
import { rate } from './rates.ts'

it.each([
  [0, 0, '–'],
  [0, 10, '0%'],
  [1, 3, '33.3%'],
  [1, 100_000, '<0.1%'],
  [99_999, 100_000, '>99.9%'],
  [7, 7, '100%'],
])('%d of %d is %s', (part, whole, text) => {
  expect(rate(part, whole)).toBe(text)
})
