import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HOUR_MS } from './ledger.ts'
import { DAY_MS, spreadOverHours } from './usage-spread.ts'

const noon = 12 * HOUR_MS
const later = 1000 * DAY_MS

describe('the seconds of a record', () => {
  it('belong to the hour in which they passed', () => {
    const record = { seconds: 60, startedAt: noon - 60_000, endedAt: noon }
    expect(spreadOverHours(record, later)).toEqual([{ hour: 11, seconds: 60 }])
  })

  it('are shared out where the record covers several hours, in whole seconds', () => {
    const record = { seconds: 7200, startedAt: noon - 1_800_500, endedAt: noon + 5_400_200 }
    expect(spreadOverHours(record, later)).toEqual([
      { hour: 11, seconds: 1800 },
      { hour: 12, seconds: 3599 },
      { hour: 13, seconds: 1801 },
    ])
  })

  it('lie evenly in a time that was longer, since the participant was away in between', () => {
    const record = { seconds: 10, startedAt: noon - HOUR_MS, endedAt: noon + HOUR_MS }
    expect(spreadOverHours(record, later)).toEqual([
      { hour: 11, seconds: 5 },
      { hour: 12, seconds: 5 },
    ])
  })

  it('count now, when the clock of the host is ahead', () => {
    const record = { seconds: 60, startedAt: later, endedAt: later + 60_000 }
    expect(spreadOverHours(record, noon)).toEqual([{ hour: 11, seconds: 60 }])
  })

  it('count just before the end, when its clock was set meanwhile', () => {
    const ahead = { seconds: 60, startedAt: noon + DAY_MS, endedAt: noon }
    const back = { seconds: 60, startedAt: noon - 3 * DAY_MS, endedAt: noon }
    for (const record of [ahead, back])
      expect(spreadOverHours(record, later)).toEqual([{ hour: 11, seconds: 60 }])
  })

  it('are all there, none twice, each in an hour of the record, whatever its times', () => {
    const time = fc.integer({ min: 0, max: 400 * DAY_MS })
    const record = fc.record({ seconds: fc.integer({ min: 1, max: 86_400 }), startedAt: time, endedAt: time })
    fc.assert(
      fc.property(record, time, (it, now) => {
        const shares = spreadOverHours(it, now)
        expect(shares.reduce((sum, { seconds }) => sum + seconds, 0)).toBe(it.seconds)
        for (const { seconds } of shares) expect(seconds).toBeGreaterThan(0)
        expect(new Set(shares.map(({ hour }) => hour)).size).toBe(shares.length)
        expect(shares.length).toBeLessThanOrEqual(49)
        for (const { hour } of shares) expect(hour * HOUR_MS).toBeLessThan(Math.min(it.endedAt, now) + 1)
      }),
    )
  })

  it('never exceed an hour, when the record has no more seconds than its time', () => {
    const times = fc.tuple(fc.integer({ min: 0, max: later }), fc.integer({ min: 1000, max: DAY_MS }))
    fc.assert(
      fc.property(times, ([startedAt, length]) => {
        const record = { seconds: Math.floor(length / 1000), startedAt, endedAt: startedAt + length }
        for (const { seconds } of spreadOverHours(record, 2 * later))
          expect(seconds).toBeLessThanOrEqual(3600)
      }),
    )
  })
})
