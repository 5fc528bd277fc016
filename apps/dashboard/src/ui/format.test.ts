import { describe, expect, it } from 'vitest'
import { count, duration, timeAgo } from './format.ts'

it.each([
  [0, '0'],
  [999, '999'],
  [1_234_567, '1,234,567'],
])('count(%i)', (value, text) => {
  expect(count(value)).toBe(text)
})

it.each([
  [0, '0 s'],
  [0.9, '0 s'],
  [59, '59 s'],
  [60, '1 min'],
  [200, '3 min 20 s'],
  [7500, '2 h 5 min'],
  [7205, '2 h'],
  [90_000, '1 d 1 h'],
  [86_400 * 1234, '1,234 d'],
])('duration(%d)', (seconds, text) => {
  expect(duration(seconds)).toBe(text)
})

describe('timeAgo', () => {
  const now = Date.parse('2026-11-23T12:00:00Z')

  it.each([
    ['2026-11-23T11:59:58Z', 'now'],
    ['2026-11-23T11:59:39Z', '20 seconds ago'],
    ['2026-11-23T11:57:01Z', '2 minutes ago'],
    ['2026-11-23T09:00:00Z', '3 hours ago'],
    ['2026-11-22T11:00:00Z', 'yesterday'],
    ['2026-11-25T12:00:00Z', 'in 2 days'],
  ])('%s', (at, text) => {
    expect(timeAgo(at, now)).toBe(text)
  })
})
