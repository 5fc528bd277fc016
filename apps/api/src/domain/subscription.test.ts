import { subscriptionStatusSchema } from '@radist-tech/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isBilling, overdueSince, type SeenSubscription, subscriptionsOf } from './subscription.ts'

const subscription = (id: string, status: string, createdAt = 0, meterIds = ['mtr_1']): SeenSubscription => ({
  id,
  status,
  createdAt,
  meterIds,
})
const idsOf = (...all: SeenSubscription[]) => subscriptionsOf(all, 'mtr_1').map(({ id }) => id)

describe('the subscription that counts', () => {
  it('is the one that is paid for', () => {
    expect(idsOf(subscription('a', 'canceled', 9), subscription('b', 'active', 1))[0]).toBe('b')
    expect(idsOf(subscription('a', 'unpaid', 9), subscription('b', 'past_due', 1))[0]).toBe('b')
  })

  it('is the newest among equals', () => {
    const [older, newer] = [subscription('b', 'canceled', 1), subscription('a', 'canceled', 2)]
    expect(idsOf(older, newer)).toEqual(['a', 'b'])
  })

  it('bills the meter, and has a status that is known', () => {
    expect(idsOf(subscription('a', 'active', 1, ['mtr_other']), subscription('b', 'active', 1, []))).toEqual(
      [],
    )
    expect(idsOf(subscription('a', 'in_a_new_state'))).toEqual([])
  })

  it('does not depend on the order in which Stripe lists them', () => {
    const some = fc.record({
      id: fc.uuid(),
      status: fc.constantFrom(...subscriptionStatusSchema.options, 'in_a_new_state'),
      createdAt: fc.nat(3),
      meterIds: fc.subarray(['mtr_1', 'mtr_2']),
    })
    const lists = fc.uniqueArray(some, { selector: ({ id }) => id })
    fc.assert(
      fc.property(
        lists.chain((list) =>
          fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
        ),
        ([list, shuffled]) => {
          expect(idsOf(...shuffled)).toEqual(idsOf(...list))
        },
      ),
    )
  })
})

it('knows which subscriptions bill usage', () => {
  expect(subscriptionStatusSchema.options.filter(isBilling)).toEqual([
    ...['active', 'trialing', 'past_due', 'unpaid', 'paused'],
  ])
  expect(isBilling(null)).toBe(false)
})

describe('payment is overdue', () => {
  const invoice = { dueAt: null, finalizedAt: 20, createdAt: 10 }

  it('since the oldest open invoice', () => {
    const older = { dueAt: 15, finalizedAt: 5, createdAt: 1 }
    expect(overdueSince('past_due', [invoice], null, 99)).toBe(20)
    expect(overdueSince('unpaid', [invoice, older], 3, 99)).toBe(15)
    expect(overdueSince('past_due', [{ ...invoice, finalizedAt: null }], null, 99)).toBe(10)
  })

  it('since what was known, or now, while Stripe shows no invoice', () => {
    expect(overdueSince('past_due', [], 7, 99)).toBe(7)
    expect(overdueSince('past_due', [], null, 99)).toBe(99)
  })

  it('never with another status', () => {
    for (const status of [null, 'active', 'canceled'] as const)
      expect(overdueSince(status, [invoice], 7, 99)).toBe(null)
  })
})
