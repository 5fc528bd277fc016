import { type SubscriptionStatus, subscriptionStatusSchema } from '@radist-tech/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BillingTerms, monthOf, type Payer, refusalOf, standingOf } from './billing-policy.ts'

const DAY = 86_400_000
const NOW = Date.UTC(2026, 10, 23)
const terms: BillingTerms = { freeSecondsPerMonth: 600_000, pastDueGraceMs: 7 * DAY, refuses: ['room'] }
const payer = (subscriptionStatus: SubscriptionStatus | null, pastDueSince: number | null = null): Payer => ({
  subscriptionStatus,
  pastDueSince,
})
const ofRoom = (who: Payer, seconds = 0, its = terms, now = NOW) =>
  refusalOf('room', who, () => seconds, its, now)

describe('a room', () => {
  it('is free for an account without a subscription, up to the allowance', () => {
    expect(ofRoom(payer(null), 599_999)).toBe(null)
    expect(ofRoom(payer(null), 600_000)).toBe('payment_required')
    expect(ofRoom(payer(null), 0, { ...terms, freeSecondsPerMonth: 0 })).toBe('payment_required')
  })

  it.each(['canceled', 'incomplete', 'incomplete_expired', 'paused'] as const)(
    'is as without a subscription when it is %s',
    (status) => {
      expect(ofRoom(payer(status), 599_999)).toBe(null)
      expect(ofRoom(payer(status), 600_000)).toBe('payment_required')
    },
  )

  it('is not refused during the grace, and is from its end on', () => {
    const since = NOW - 7 * DAY
    expect(ofRoom(payer('past_due', since), 10 ** 9, terms, NOW - 1)).toBe(null)
    expect(ofRoom(payer('past_due', since), 0, terms, NOW)).toBe('payment_overdue')
    expect(ofRoom(payer('past_due', NOW), 0, { ...terms, pastDueGraceMs: 0 })).toBe('payment_overdue')
  })

  it('is refused as soon as Stripe gave up collecting', () => {
    expect(ofRoom(payer('unpaid', NOW))).toBe('payment_overdue')
  })
})

it('refuses what the configuration says, and nothing else', () => {
  const ofCall = (its: BillingTerms) => refusalOf('call', payer('unpaid', NOW), () => 0, its, NOW)
  expect(ofCall(terms)).toBe(null)
  expect(ofCall({ ...terms, refuses: ['room', 'call'] })).toBe('payment_overdue')
  expect(ofRoom(payer('unpaid', NOW), 0, { ...terms, refuses: [] })).toBe(null)
})

it('asks for the usage only when it matters', () => {
  const unread = () => {
    throw new Error('The usage was read')
  }
  expect(refusalOf('call', payer(null), unread, terms, NOW)).toBe(null)
  expect(refusalOf('room', payer('active'), unread, terms, NOW)).toBe(null)
})

it('shows the allowance, the grace and the refusal', () => {
  expect(standingOf(payer(null), 1000, terms, NOW)).toEqual({
    mayCreate: { calls: true, rooms: true },
    refusal: null,
    graceEndsAt: null,
    remainingSeconds: 599_000,
  })
  expect(standingOf(payer('past_due', NOW - 8 * DAY), 700_000, terms, NOW)).toEqual({
    mayCreate: { calls: true, rooms: false },
    refusal: 'payment_overdue',
    graceEndsAt: NOW - DAY,
    remainingSeconds: 0,
  })
})

it('counts by months of UTC', () => {
  const november = { start: Date.UTC(2026, 10, 1), end: Date.UTC(2026, 11, 1) }
  expect(monthOf(november.start)).toEqual(november)
  expect(monthOf(november.end - 1)).toEqual(november)
  expect(monthOf(november.end)).toEqual({ start: november.end, end: Date.UTC(2027, 0, 1) })
})

describe('whatever happens', () => {
  const times = fc.integer({ min: NOW - 400 * DAY, max: NOW + 400 * DAY })
  const payers = fc.record({
    subscriptionStatus: fc.option(fc.constantFrom(...subscriptionStatusSchema.options)),
    pastDueSince: fc.option(times),
  })
  const someTerms = fc.record({
    freeSecondsPerMonth: fc.nat(),
    pastDueGraceMs: fc.nat(30 * DAY),
    refuses: fc.subarray<'call' | 'room'>(['call', 'room']),
  })
  const kinds = fc.constantFrom('call', 'room')

  it('an active subscription is never refused', () => {
    const paying = fc.constantFrom<SubscriptionStatus>('active', 'trialing')
    fc.assert(
      fc.property(kinds, payers, paying, fc.nat(), someTerms, times, (kind, who, status, used, its, now) => {
        expect(refusalOf(kind, { ...who, subscriptionStatus: status }, () => used, its, now)).toBe(null)
      }),
    )
  })

  it('what is refused stays refused with more usage, and with time', () => {
    fc.assert(
      fc.property(
        ...[kinds, payers, someTerms, fc.nat(), fc.nat(), times, fc.nat(90 * DAY)],
        (kind, who, its, used, more, now, later) => {
          const before = refusalOf(kind, who, () => used, its, now)
          if (before === null) return
          expect(refusalOf(kind, who, () => used + more, its, now + later)).toBe(before)
        },
      ),
    )
  })

  it('a longer grace and a larger allowance refuse nothing that was not refused', () => {
    fc.assert(
      fc.property(
        ...[kinds, payers, someTerms, fc.nat(), fc.nat(), fc.nat(90 * DAY), times],
        (kind, who, its, used, more, longer, now) => {
          if (refusalOf(kind, who, () => used, its, now) !== null) return
          const kinder = {
            ...its,
            freeSecondsPerMonth: its.freeSecondsPerMonth + more,
            pastDueGraceMs: its.pastDueGraceMs + longer,
          }
          expect(refusalOf(kind, who, () => used, kinder, now)).toBe(null)
        },
      ),
    )
  })

  it('what is shown is what is done', () => {
    fc.assert(
      fc.property(payers, fc.nat(), someTerms, times, (who, used, its, now) => {
        const { mayCreate, refusal } = standingOf(who, used, its, now)
        const [call, room] = (['call', 'room'] as const).map((kind) =>
          refusalOf(kind, who, () => used, its, now),
        )
        expect(mayCreate).toEqual({ calls: call === null, rooms: room === null })
        expect(refusal).toBe(room ?? call)
      }),
    )
  })
})
