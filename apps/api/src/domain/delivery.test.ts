import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  attempt,
  type Delivery,
  outcomeOfError,
  type PendingDelivery,
  resend,
  type SendOutcome,
  settle,
  settleByPresence,
} from './delivery.ts'
import { ABSENT_AFTER_MS, presenceOf } from './reconciliation.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const fresh: PendingDelivery = { kind: 'pending', failures: 0, dueAt: 0, unsettledSince: null, sentAt: null }
const putOff: SendOutcome = { kind: 'put-off', waitMs: 0 }
const unknown: SendOutcome = { kind: 'unknown', waitMs: 0 }

function sendOnce(before: PendingDelivery, outcome: SendOutcome, now: number, windowEnd = 0): Delivery {
  const next = attempt(before, windowEnd, now)
  switch (next.action) {
    case 'send':
      return settle(before, next.store, outcome, now, 0)
    case 'give-up':
      return next.store
    case 'ask':
      throw new Error('To be asked about')
  }
}

describe('outcomes', () => {
  it('takes a first success and a repeated identifier for delivered', () => {
    expect(sendOnce(fresh, { kind: 'accepted' }, 5)).toEqual({ kind: 'delivered', at: 5 })
    expect(sendOnce(fresh, { kind: 'duplicate' }, 5)).toEqual({ kind: 'delivered', at: 5 })
  })

  it('waits longer after each failure', () => {
    const once = sendOnce(fresh, putOff, 0)
    expect(once).toEqual({ kind: 'pending', failures: 1, dueAt: 1000, unsettledSince: null, sentAt: null })
    if (once.kind !== 'pending') throw new Error()
    expect(sendOnce(once, unknown, 1000)).toEqual({
      kind: 'pending',
      failures: 2,
      dueAt: 3000,
      unsettledSince: 1000,
      sentAt: 1000,
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

  it('heeds how long Stripe asks to be left alone', () => {
    expect(sendOnce(fresh, { kind: 'put-off', waitMs: 30_000 }, 0)).toMatchObject({ dueAt: 30_000 })
    expect(sendOnce(fresh, { kind: 'unknown', waitMs: 500 }, 0)).toMatchObject({ dueAt: 1000 })
  })

  it('asks the summaries of what is open for long, and sends it no more once its identifier protects no more', () => {
    const unsettled: PendingDelivery = { ...fresh, unsettledSince: 0, sentAt: 0 }
    expect(attempt(unsettled, 0, 20 * HOUR).action).toBe('send')
    expect(attempt(unsettled, 0, 20 * HOUR + 1)).toMatchObject({ action: 'ask', send: { unsettledSince: 0 } })
    expect(attempt(unsettled, 0, 23 * HOUR)).toMatchObject({ action: 'ask', send: { unsettledSince: 0 } })
    expect(attempt(unsettled, 0, 23 * HOUR + 1)).toEqual({ action: 'ask', send: null })
    expect(sendOnce(unsettled, { kind: 'refused', message: 'x' }, HOUR)).toMatchObject({
      reason: 'outcome-unknown',
    })
  })

  it('does not send what is too old', () => {
    expect(attempt(fresh, 0, 34 * DAY).action).toBe('send')
    expect(attempt(fresh, 0, 35 * DAY)).toMatchObject({ store: { reason: 'too-old' } })
    // Perhaps taken: its age does not say that it was not.
    const unsettled = { ...fresh, unsettledSince: 35 * DAY - HOUR, sentAt: 35 * DAY - HOUR }
    expect(attempt(unsettled, 0, 35 * DAY)).toEqual({ action: 'ask', send: null })
  })

  it('settles by what the summaries say', () => {
    const open: PendingDelivery = { ...fresh, failures: 3, unsettledSince: 0, sentAt: 5 }
    const settleBy = (presence: Parameters<typeof settleByPresence>[1]) =>
      settleByPresence(open, presence, 100, 0)
    expect(settleBy({ kind: 'taken' })).toEqual({ kind: 'delivered', at: 100 })
    expect(settleBy({ kind: 'not-taken' })).toEqual({ ...open, unsettledSince: null, dueAt: 100 })
    expect(settleBy({ kind: 'too-early', askAgainAt: 900 })).toEqual({ ...open, dueAt: 900 })
    expect(settleBy({ kind: 'unclear' })).toMatchObject({ kind: 'refused', reason: 'outcome-unknown' })
    expect(settleBy(null)).toEqual({ ...open, failures: 4, dueAt: 8100 })
  })

  it('sends a refused one again under the protection that is left', () => {
    const now = 40 * DAY + 1234
    const stripe = { reason: 'stripe', unsettledSince: null, sentAt: 7 } as const
    expect(resend(stripe, now - DAY, false, now)).toEqual({
      delivery: { ...fresh, dueAt: now, sentAt: 7 },
      eventTime: now - DAY,
    })
    expect(resend({ ...stripe, reason: 'too-old' }, 0, false, now).eventTime).toBe(40 * DAY + 1000)
    const open = { reason: 'outcome-unknown', unsettledSince: 5, sentAt: 7 } as const
    expect(resend(open, 0, false, now)).toMatchObject({ delivery: { unsettledSince: 5 }, eventTime: 0 })
    expect(resend(open, now, true, now)).toMatchObject({ delivery: { unsettledSince: null }, eventTime: now })
  })

  it("reads Stripe's errors", () => {
    const read = (status: number | undefined, message = '', code?: string) =>
      outcomeOfError({ status, message, code, retryAfter: undefined }).kind
    expect(read(undefined)).toBe('unknown')
    expect(read(500)).toBe('unknown')
    expect(read(409)).toBe('unknown')
    expect(read(429)).toBe('put-off')
    expect(read(401)).toBe('put-off')
    expect(read(400, 'An event already exists with identifier radist-p-1.')).toBe('duplicate')
    expect(read(400, 'No meter for this event name.')).toBe('refused')
    expect(read(404)).toBe('refused')
  })

  it('reads Retry-After as seconds, an hour at most', () => {
    const wait = (retryAfter: string | undefined) =>
      outcomeOfError({ status: 429, message: '', code: undefined, retryAfter })
    expect(wait('7')).toEqual({ kind: 'put-off', waitMs: 7000 })
    expect(wait('999999')).toEqual({ kind: 'put-off', waitMs: HOUR })
    for (const other of [undefined, '', '-1', '1e3', 'Mon, 02 Nov 2026 09:00:00 GMT'])
      expect(wait(other)).toEqual({ kind: 'put-off', waitMs: 0 })
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
    'refuse',
  )

  it('never lets Stripe count an event twice, nor says delivered of one that it does not have', () => {
    const lag = fc.integer({ min: 0, max: ABSENT_AFTER_MS - 1 })
    const asked = fc.constantFrom('answer', 'fail')
    const step = fc.tuple(answer, asked, lag, fc.integer({ min: 0, max: 30 * HOUR }))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        let delivery: Delivery = fresh
        let last = fresh
        let now = 0
        const countedAt: number[] = []
        for (const [what, asking, lagging, wait] of steps) {
          if (delivery.kind === 'refused' && delivery.reason === 'outcome-unknown') {
            // Somebody sends it again without having looked.
            delivery = resend({ ...last, reason: delivery.reason }, 0, false, now).delivery
          }
          if (delivery.kind !== 'pending') break
          now = Math.max(now + wait, delivery.dueAt)
          const next = attempt(delivery, 0, now)
          if (next.action === 'give-up') {
            delivery = next.store
            break
          }
          let send = next.action === 'send' ? next.store : next.send
          if (next.action === 'ask') {
            const shown = countedAt.filter((at) => at + lagging <= now).length
            const sent = { seconds: 5, sentAt: delivery.sentAt ?? 0 }
            const presence = asking === 'answer' ? presenceOf(sent, [], 5 * shown, now) : null
            if (!send || presence?.kind === 'taken' || presence?.kind === 'not-taken') {
              delivery = settleByPresence(delivery, presence, now, 0.5)
              send = null
            }
          }
          if (!send || delivery.kind !== 'pending') continue
          last = send
          // Stripe forgets an identifier after 24 hours.
          const known = countedAt.some((at) => now - at < 24 * HOUR)
          const reaches = !['lose-request', 'rate-limit', 'error', 'refuse'].includes(what)
          if (reaches && !known) countedAt.push(now)
          delivery = settle(delivery, send, outcomeFor(what, known), now, 0.5)
        }
        expect(countedAt.length).toBeLessThanOrEqual(1)
        if (delivery.kind === 'delivered') expect(countedAt).toHaveLength(1)
        if (delivery.kind === 'refused' && delivery.reason !== 'outcome-unknown')
          expect(countedAt).toEqual([])
      }),
      { numRuns: 5000 },
    )
  })

  function outcomeFor(what: string, known: boolean): SendOutcome {
    switch (what) {
      case 'accept':
        return known ? { kind: 'duplicate' } : { kind: 'accepted' }
      case 'refuse':
        return { kind: 'refused', message: 'No active meter' }
      case 'rate-limit':
        return putOff
      default:
        return unknown
    }
  }
})
