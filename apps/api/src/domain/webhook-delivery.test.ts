import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type AttemptResult,
  DISABLE_AFTER_MS,
  disableReason,
  type EndpointHealth,
  GIVE_UP_AFTER_MS,
  HEALTHY,
  healthAfter,
  judgeAttempt,
  readRetryAfter,
} from './webhook-delivery.ts'

const HOUR = 3_600_000
const answer = (status: number | null, retryAfterMs: number | null = null): AttemptResult => ({
  status,
  retryAfterMs,
})
const down = answer(500)

describe('a delivery', () => {
  it.each([200, 201, 202, 204, 299])('that is answered %d has arrived', (status) => {
    expect(judgeAttempt({ since: 0, tries: 1 }, answer(status), 5, 0)).toEqual({ state: 'delivered' })
  })

  it.each([null, 100, 199, 300, 301, 307, 400, 404, 429, 500, 503])(
    'that is answered %j is tried again',
    (status) => {
      expect(judgeAttempt({ since: 0, tries: 1 }, answer(status), 5, 0)).toEqual({
        state: 'waiting',
        dueAt: 5005,
      })
    },
  )

  it('is given up at once where nothing is wanted any more, and after three days anywhere', () => {
    expect(judgeAttempt({ since: 0, tries: 1 }, answer(410), 5, 0)).toEqual({ state: 'failed' })
    expect(judgeAttempt({ since: 0, tries: 4 }, down, GIVE_UP_AFTER_MS, 0)).toEqual({ state: 'failed' })
    // One attempt is made in any case, and may succeed.
    expect(judgeAttempt({ since: 0, tries: 1 }, answer(200), 9 * GIVE_UP_AFTER_MS, 0)).toEqual({
      state: 'delivered',
    })
  })

  it('is tried ten times over three days, each wait longer than the one before', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 9 }), (randoms) => {
        const times = [1_000_000]
        for (let tries = 1; ; tries += 1) {
          const now = times.at(-1) ?? 0
          const verdict = judgeAttempt({ since: 1_000_000, tries }, down, now, randoms[tries - 1] ?? 0)
          if (verdict.state !== 'waiting') {
            expect(verdict).toEqual({ state: 'failed' })
            break
          }
          times.push(verdict.dueAt)
        }
        expect(times).toHaveLength(10)
        expect(times.at(-1)).toBe(1_000_000 + GIVE_UP_AFTER_MS)
        const waits = times.slice(1).map((time, i) => time - (times[i] ?? 0))
        expect(waits).toEqual(waits.toSorted((a, b) => a - b))
      }),
    )
  })

  it('always comes to an end, however late it is tried and whatever is answered', () => {
    const attempt = fc.record({
      status: fc.constantFrom(null, 302, 404, 500, 503),
      retryAfterMs: fc.option(fc.nat({ max: 10 * GIVE_UP_AFTER_MS })),
      late: fc.nat({ max: 20 * HOUR }),
      random: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    fc.assert(
      fc.property(fc.array(attempt, { minLength: 11, maxLength: 11 }), (attempts) => {
        let now = 0
        let over = false
        for (const [i, { late, random, ...result }] of attempts.entries()) {
          if (over) return
          now += late
          const verdict = judgeAttempt({ since: 0, tries: i + 1 }, result, now, random)
          over = verdict.state === 'failed'
          expect(verdict.state).not.toBe('delivered')
          if (verdict.state !== 'waiting') continue
          expect(verdict.dueAt).toBeGreaterThan(now)
          expect(verdict.dueAt).toBeLessThanOrEqual(GIVE_UP_AFTER_MS)
          now = verdict.dueAt
        }
        expect(over).toBe(true)
      }),
    )
  })

  it('waits as long as it is asked to, within an hour', () => {
    const wait = (ms: number) => judgeAttempt({ since: 0, tries: 1 }, answer(503, ms), 0, 0)
    expect(wait(60_000)).toEqual({ state: 'waiting', dueAt: 60_000 })
    expect(wait(1)).toEqual({ state: 'waiting', dueAt: 5000 })
    expect(wait(99 * HOUR)).toEqual({ state: 'waiting', dueAt: HOUR })
  })
})

it('reads both forms of Retry-After, and takes others for none', () => {
  const now = Date.parse('2026-11-23T07:00:00Z')
  expect(readRetryAfter('120', now)).toBe(120_000)
  expect(readRetryAfter('Mon, 23 Nov 2026 07:01:00 GMT', now)).toBe(60_000)
  expect(readRetryAfter('Mon, 23 Nov 2026 06:00:00 GMT', now)).toBe(0)
  for (const header of [null, '', 'soon', '-5', '1e3'.repeat(9)])
    expect(readRetryAfter(header, now)).toBeNull()
})

describe('an endpoint', () => {
  const failing = (failures: number): EndpointHealth => ({ failures, failingSince: 1000 })

  it('fails from its first failed attempt on, until one arrives', () => {
    const once = healthAfter(HEALTHY, down, 1000)
    expect(once).toEqual(failing(1))
    expect(healthAfter(once, answer(null), 2000)).toEqual(failing(2))
    expect(healthAfter(failing(99), answer(204), 3000)).toEqual(HEALTHY)
  })

  it('is disabled when it is gone, or has taken nothing of a good deal for five days', () => {
    const later = 1000 + DISABLE_AFTER_MS
    expect(disableReason(failing(1), answer(410), 2000)).toBe('gone')
    expect(disableReason(failing(10), down, later)).toBe('failing')
    expect(disableReason(failing(10), down, later - 1)).toBeNull()
    expect(disableReason(failing(9), down, later)).toBeNull()
    expect(disableReason(HEALTHY, answer(200), later)).toBeNull()
  })
})
