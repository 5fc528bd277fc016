import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backoffMs } from './backoff.ts'
import { admitConnection, settleReservation } from './connections.ts'
import { fullBucket, takeToken } from './token-bucket.ts'

describe('the connection limit', () => {
  it('numbers what it admits, and admits up to the limit', () => {
    expect(admitConnection(0, 1, 41)).toEqual({ ok: true, sequence: 42 })
    expect(admitConnection(1, 1, 42)).toEqual({ ok: false, code: 'connection_limit_reached' })
    expect(admitConnection(0, 0, 0)).toEqual({ ok: false, code: 'connection_limit_reached' })
  })

  it('settles a reservation by what its object says, and asks again when it says nothing', () => {
    expect(settleReservation('open', 0, 0, 0)).toEqual({ action: 'confirm' })
    expect(settleReservation('ended', 0, 0, 0)).toEqual({ action: 'close' })
    expect(settleReservation('unreachable', 0, 5000, 0)).toEqual({ action: 'ask-again', at: 6000 })
    expect(settleReservation('unreachable', 3, 5000, 0)).toEqual({ action: 'ask-again', at: 13_000 })
  })
})

describe('back-off', () => {
  it('doubles from 1 s to 5 min, less a random fifth', () => {
    expect([1, 2, 3, 9, 10, 1000].map((failures) => backoffMs(failures, 0))).toEqual([
      1000, 2000, 4000, 256_000, 300_000, 300_000,
    ])
    expect(backoffMs(1, 1)).toBe(800)
  })
})

describe('a token bucket', () => {
  it('never gives more than its capacity and its rate allow, whatever the clock does', () => {
    const limits = { capacity: 5, perSecond: 2 }
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -2000, max: 2000 }), { maxLength: 200 }), (steps) => {
        let now = 0
        let forward = 0
        let bucket = fullBucket(limits, now)
        let given = 0
        for (const step of steps) {
          now += step
          forward += Math.max(0, step)
          const taken = takeToken(bucket, limits, now)
          bucket = taken.bucket
          if (taken.ok) given += 1
        }
        expect(given).toBeLessThanOrEqual(limits.capacity + (forward / 1000) * limits.perSecond + 1e-6)
      }),
    )
  })

  it('refills', () => {
    const limits = { capacity: 1, perSecond: 1 }
    const first = takeToken(fullBucket(limits, 0), limits, 0)
    expect(first.ok).toBe(true)
    expect(takeToken(first.bucket, limits, 999).ok).toBe(false)
    expect(takeToken(first.bucket, limits, 1000).ok).toBe(true)
    const late = takeToken(first.bucket, limits, 60_000)
    expect(late.ok).toBe(true)
    expect(takeToken(late.bucket, limits, 60_000).ok).toBe(false)
  })
})
