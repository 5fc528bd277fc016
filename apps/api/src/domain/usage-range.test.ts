import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { roomUsageRange, usageRange } from './usage-range.ts'

const now = Date.parse('2026-11-23T10:20:30Z')
const iso = (time: number) => new Date(time).toISOString()

function asked(from?: string, to?: string, granularity?: string): string[] | string {
  const range = usageRange({ from, to, granularity }, now)
  return typeof range === 'string' ? range : [range.granularity, iso(range.from), iso(range.to)]
}

describe('a range', () => {
  it('is the last 30 days, today among them, when nothing is said', () => {
    expect(asked()).toEqual(['day', '2026-10-25T00:00:00.000Z', '2026-11-24T00:00:00.000Z'])
    expect(asked(undefined, undefined, 'hour')).toEqual([
      'hour',
      '2026-11-22T11:00:00.000Z',
      '2026-11-23T11:00:00.000Z',
    ])
  })

  it('is widened to whole hours or days', () => {
    const range = ['2026-11-02T09:30:00Z', '2026-11-03T09:30:00+01:00'] as const
    expect(asked(...range)).toEqual(['day', '2026-11-02T00:00:00.000Z', '2026-11-04T00:00:00.000Z'])
    expect(asked(...range, 'hour')).toEqual(['hour', '2026-11-02T09:00:00.000Z', '2026-11-03T09:00:00.000Z'])
    const dates = ['day', '2026-11-01T00:00:00.000Z', '2026-11-02T00:00:00.000Z']
    expect(asked('2026-11-01', '2026-11-02')).toEqual(dates)
  })

  it('begins before it ends, and has at most 744 hours or 400 days', () => {
    expect(asked('2026-11-02', '2026-11-02')).toBe('invalid_time_range')
    expect(asked('2026-11-24')).toBe('invalid_time_range')
    expect(asked('2026-10-01', '2026-11-01', 'hour')).toHaveLength(3)
    expect(asked('2026-10-01', '2026-11-01T00:00:01Z', 'hour')).toBe('invalid_time_range')
    expect(asked('2025-10-01', '2026-11-05')).toHaveLength(3)
    expect(asked('2025-10-01', '2026-11-06')).toBe('invalid_time_range')
    expect(asked('9998-12-31', '9999-01-02')).toBe('invalid_time_range')
  })

  it('is refused when it is none', () => {
    for (const wrong of ['', 'yesterday', '2026-11-31', '1795000000', '2026-11-02T09:00:00', '2026-11'])
      for (const code of [asked(wrong), asked('2026-11-01', wrong)]) expect(code).toBe('invalid_time_range')
    for (const wrong of ['', 'minute', 'Day'])
      expect(asked(undefined, undefined, wrong)).toBe('invalid_granularity')
  })

  it('is not older than what is kept in that detail', () => {
    const hours = (from: string) => asked(from, from.replace('00:00', '01:00'), 'hour')
    expect(hours('2025-10-19T00:00:00Z')).toHaveLength(3)
    expect(hours('2025-10-18T00:00:00Z')).toBe('usage_not_kept')
    expect(asked('2001-01-01', '2001-01-02')).toHaveLength(3)
    const rooms = (from: string) => roomUsageRange({ from, to: undefined }, now)
    expect(rooms('2026-08-25')).toHaveProperty('from')
    expect(rooms('2026-08-24')).toBe('usage_not_kept')
  })

  it('holds all that was asked for, and less than an hour or a day more at each end', () => {
    const time = fc.integer({ min: now - 80 * 86_400_000, max: now })
    fc.assert(
      fc.property(time, fc.integer({ min: 1, max: 30 * 86_400_000 }), (start, length) => {
        for (const [granularity, unit] of [
          ['hour', 3_600_000],
          ['day', 86_400_000],
        ] as const) {
          const range = usageRange({ from: iso(start), to: iso(start + length), granularity }, now)
          if (typeof range === 'string') throw new Error(range)
          expect([range.from % unit, range.to % unit]).toEqual([0, 0])
          expect(start - range.from).toBeGreaterThanOrEqual(0)
          expect(start - range.from).toBeLessThan(unit)
          expect(range.to - start - length).toBeGreaterThanOrEqual(0)
          expect(range.to - start - length).toBeLessThan(unit)
        }
      }),
    )
  })
})
