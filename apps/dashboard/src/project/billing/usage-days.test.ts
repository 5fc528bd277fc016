import { expect, it } from 'vitest'
import { dayName, lastDays } from './usage-days.ts'

it('are 30, with today as the last', () => {
  expect(lastDays(Date.parse('2026-03-01T00:00:00.000Z'))).toEqual({ from: '2026-01-31', to: '2026-03-02' })
  expect(lastDays(Date.parse('2026-03-01T23:59:59.999Z'))).toEqual({ from: '2026-01-31', to: '2026-03-02' })
})

it('are named in UTC, wherever the reader is', () => {
  expect([dayName('2026-11-23'), dayName('2026-11-23T00:00:00.000Z')]).toEqual(['23 Nov', '23 Nov'])
})
