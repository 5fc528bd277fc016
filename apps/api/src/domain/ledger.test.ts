import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  flushTime,
  meterEventIdentifier,
  type NewestWindow,
  readMeterEventIdentifier,
  windowFor,
} from './ledger.ts'

const projectId = '0197a000-0000-4000-8000-000000000001'

describe('windows', () => {
  it('are aligned, and one takes all that comes while it is open', () => {
    const first = windowFor(61_000, 60_000, null)
    expect(first).toEqual({ start: 60_000, end: 120_000 })
    expect(windowFor(119_999, 60_000, { ...first, frozen: false })).toEqual(first)
    expect(windowFor(120_000, 60_000, { ...first, frozen: false })).toEqual({ start: 120_000, end: 180_000 })
  })

  it('never open a frozen one again, though the clock goes back', () => {
    const next = windowFor(100_000, 60_000, { start: 60_000, end: 120_000, frozen: true })
    expect(next).toEqual({ start: 120_000, end: 180_000 })
  })

  it('have identifiers that Stripe takes', () => {
    const identifier = meterEventIdentifier(projectId, { start: 1_795_000_000_000 }, 0)
    expect(identifier).toBe(`radist-${projectId}-1795000000`)
    expect(identifier.length).toBeLessThanOrEqual(100)
  })

  it('are found by their identifiers, and by nothing else', () => {
    for (const revision of [0, 1, 12]) {
      const identifier = meterEventIdentifier(projectId, { start: 1_795_000_000_000 }, revision)
      expect(readMeterEventIdentifier(identifier)).toEqual({ projectId, start: 1_795_000_000_000, revision })
    }
    const made = `radist-${projectId}-1795000000`
    for (const other of [
      '',
      made.slice(1),
      `${made}-0`,
      `${made}-`,
      `${made}x`,
      made.replace('radist', 'rad'),
    ])
      expect(readMeterEventIdentifier(other)).toBeNull()
  })

  it('are sent soon after their end, not all at once', () => {
    const window = { start: 0, end: 60_000 }
    expect([flushTime(window, 0), flushTime(window, 1)]).toEqual([60_000, 65_000])
    expect(flushTime({ start: 0, end: 1000 }, 1)).toBe(1100)
  })

  it('take every second exactly once, whatever the clock, the width and the flushes', () => {
    const step = fc.record({
      jump: fc.integer({ min: -200_000, max: 400_000 }),
      width: fc.constantFrom(1000, 7000, 60_000),
      seconds: fc.integer({ min: 1, max: 100 }),
      flush: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const windows = new Map<string, { window: NewestWindow; seconds: number }>()
        const sent = new Map<string, number>()
        let newest: NewestWindow | null = null
        let now = 10_000_000
        let accepted = 0
        for (const { jump, width, seconds, flush } of steps) {
          now = Math.max(0, now + jump)
          if (flush)
            for (const [identifier, entry] of windows)
              if (now >= entry.window.end && !entry.window.frozen) {
                entry.window.frozen = true
                expect(sent.has(identifier)).toBe(false)
                sent.set(identifier, entry.seconds)
              }
          const window = windowFor(now, width, newest)
          expect(window.end).toBeGreaterThan(window.start)
          const identifier = meterEventIdentifier(projectId, window, 0)
          const entry = windows.get(identifier)
          if (entry) {
            expect(entry.window).toBe(newest)
            expect(entry.window.frozen).toBe(false)
            entry.seconds += seconds
          } else {
            if (newest) expect(window.start).toBeGreaterThanOrEqual(newest.end)
            newest = { ...window, frozen: false }
            windows.set(identifier, { window: newest, seconds })
          }
          accepted += seconds
        }
        for (const [identifier, { window, seconds }] of windows)
          if (!window.frozen) sent.set(identifier, seconds)
        expect([...sent.values()].reduce((a, b) => a + b, 0)).toBe(accepted)
      }),
      { numRuns: 2000 },
    )
  })
})
