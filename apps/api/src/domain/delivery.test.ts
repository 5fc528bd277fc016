import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  attempt,
  type Delivery,
  outcomeOfError,
  type PendingDelivery,
  type SendOutcome,
  settle,
} from './delivery.ts'

const HOUR = 3_600_000
const fresh: PendingDelivery = { kind: 'pending', failures: 0, dueAt: 0, unsettledSince: null }

function sendOnce(before: PendingDelivery, outcome: SendOutcome, now: number, windowEnd = 0): Delivery {
  const next = attempt(before, windowEnd, now)
  return next.action === 'send' ? settle(before, next.store, outcome, now, 0) : next.store
}

describe('outcomes', () => {
  it('takes a first success and a repeated identifier for delivered', () => {
    expect(sendOnce(fresh, { kind: 'accepted' }, 5)).toEqual({ kind: 'delivered', at: 5 })
    expect(sendOnce(fresh, { kind: 'duplicate' }, 5)).toEqual({ kind: 'delivered', at: 5 })
  })

  it('waits longer after each failure', () => {
    const once = sendOnce(fresh, { kind: 'put-off' }, 0)
    expect(once).toEqual({ kind: 'pending', failures: 1, dueAt: 1000, unsettledSince: null })
    if (once.kind !== 'pending') throw new Error()
    expect(sendOnce(once, { kind: 'unknown' }, 1000)).toEqual({
      kind: 'pending',
      failures: 2,
      dueAt: 3000,
      unsettledSince: 1000,
    })
  })

  it('sets a refused event aside with its reason', () => {
    expect(sendOnce(fresh, { kind: 'refused', message: 'No such customer' }, 5)).toEqual({
      kind: 'refused',
      at: 5,
      reason: 'stripe',
      message: 'No such customer',
    })
  })

  it('does not send what may have been taken once its identifier protects no more', () => {
    const unsettled: PendingDelivery = { ...fresh, unsettledSince: 0 }
    expect(attempt(unsettled, 0, 22 * HOUR).action).toBe('send')
    expect(attempt(unsettled, 0, 24 * HOUR).store).toMatchObject({ reason: 'outcome-unknown' })
    expect(sendOnce(unsettled, { kind: 'refused', message: 'x' }, HOUR)).toMatchObject({
      reason: 'outcome-unknown',
    })
  })

  it('does not send what is too old', () => {
    expect(attempt(fresh, 0, 34 * 24 * HOUR).action).toBe('send')
    expect(attempt(fresh, 0, 35 * 24 * HOUR).store).toMatchObject({ reason: 'too-old' })
  })

  it("reads Stripe's errors", () => {
    const read = (status: number | undefined, message = '', code?: string) =>
      outcomeOfError({ status, message, code }).kind
    expect(read(undefined)).toBe('unknown')
    expect(read(500)).toBe('unknown')
    expect(read(409)).toBe('unknown')
    expect(read(429)).toBe('put-off')
    expect(read(401)).toBe('put-off')
    expect(read(400, 'An event already exists with identifier radist-p-1.')).toBe('duplicate')
    expect(read(400, 'No meter for this event name.')).toBe('refused')
    expect(read(404)).toBe('refused')
  })
})

describe('any sequence of outcomes', () => {
  /** Stripe, which keeps an event or not, and answers or not, as told. */
  const answer = fc.constantFrom(
    'accept',
    'lose-answer-after-taking',
    'lose-request',
    'error-after-taking',
    'error',
    'rate-limit',
  )

  it('never lets Stripe count an event twice, nor says delivered of one that it does not have', () => {
    const steps = fc.array(fc.tuple(answer, fc.integer({ min: 0, max: 30 * HOUR })), { maxLength: 25 })
    fc.assert(
      fc.property(steps, (answers) => {
        let delivery: Delivery = fresh
        let now = 0
        let counted = 0
        let takenAt: number | null = null
        for (const [what, wait] of answers) {
          if (delivery.kind !== 'pending') break
          now = Math.max(now + wait, delivery.dueAt)
          const next = attempt(delivery, 0, now)
          if (next.action === 'give-up') {
            delivery = next.store
            break
          }
          // Stripe forgets an identifier after 24 hours.
          const known = takenAt !== null && now - takenAt < 24 * HOUR
          const reaches = what !== 'lose-request' && what !== 'rate-limit' && what !== 'error'
          if (reaches && !known) {
            counted += 1
            takenAt = now
          }
          delivery = settle(delivery, next.store, outcomeFor(what, known), now, 0.5)
        }
        expect(counted).toBeLessThanOrEqual(1)
        if (delivery.kind === 'delivered') expect(counted).toBe(1)
        if (delivery.kind === 'refused' && delivery.reason === 'too-old') expect(counted).toBe(0)
      }),
      { numRuns: 5000 },
    )
  })

  function outcomeFor(what: string, known: boolean): SendOutcome {
    switch (what) {
      case 'accept':
        return known ? { kind: 'duplicate' } : { kind: 'accepted' }
      case 'rate-limit':
        return { kind: 'put-off' }
      default:
        return { kind: 'unknown' }
    }
  }
})
