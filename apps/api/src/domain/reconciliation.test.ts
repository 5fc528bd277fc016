import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HOUR_MS } from './ledger.ts'
import {
  ABSENT_AFTER_MS,
  addUp,
  COMPARED_AFTER_MS,
  comparedRange,
  DAY_MS,
  differingStarts,
  MINUTE_MS,
  type NeighbourWindow,
  presenceOf,
  without,
} from './reconciliation.ts'

const delivered = (seconds: number, sentAt = 0): NeighbourWindow => ({ seconds, sentAt, isDelivered: true })
const open = (seconds: number, sentAt = 0): NeighbourWindow => ({ seconds, sentAt, isDelivered: false })

describe('presenceOf', () => {
  const mine = { seconds: 5, sentAt: 0 }

  it('knows what is alone in its minute: there at once, missing after a while', () => {
    expect(presenceOf(mine, [], 5, 1)).toEqual({ kind: 'taken' })
    expect(presenceOf(mine, [], 0, ABSENT_AFTER_MS - 1)).toEqual({
      kind: 'too-early',
      askAgainAt: ABSENT_AFTER_MS,
    })
    expect(presenceOf(mine, [], 0, ABSENT_AFTER_MS)).toEqual({ kind: 'not-taken' })
  })

  it('takes what neighbours had delivered off the sum, once all of it must show', () => {
    expect(presenceOf(mine, [delivered(7)], 12, ABSENT_AFTER_MS)).toEqual({ kind: 'taken' })
    expect(presenceOf(mine, [delivered(7)], 7, ABSENT_AFTER_MS)).toEqual({ kind: 'not-taken' })
    // 5 may be the neighbour's, which shows, or this one's, before the neighbour's shows.
    expect(presenceOf(mine, [delivered(5, 9)], 5, ABSENT_AFTER_MS)).toMatchObject({ kind: 'too-early' })
  })

  it('is sure only where one explanation is left', () => {
    expect(presenceOf(mine, [open(7)], 7, ABSENT_AFTER_MS)).toEqual({ kind: 'not-taken' })
    expect(presenceOf(mine, [open(7)], 12, ABSENT_AFTER_MS)).toEqual({ kind: 'taken' })
    expect(presenceOf(mine, [open(5)], 5, ABSENT_AFTER_MS)).toEqual({ kind: 'unclear' })
    expect(presenceOf(mine, [open(2), open(3)], 5, ABSENT_AFTER_MS)).toEqual({ kind: 'unclear' })
    expect(presenceOf(mine, [], 4, ABSENT_AFTER_MS)).toEqual({ kind: 'unclear' })
    expect(
      presenceOf(
        mine,
        Array.from({ length: 11 }, () => open(100)),
        5,
        ABSENT_AFTER_MS,
      ),
    ).toEqual({
      kind: 'unclear',
    })
  })

  it('is never wrong of sums that are complete', () => {
    const neighbour = fc.record({
      seconds: fc.integer({ min: 1, max: 8 }),
      isDelivered: fc.boolean(),
      isTaken: fc.boolean(),
    })
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.boolean(),
        fc.array(neighbour, { maxLength: 6 }),
        (seconds, isTaken, others) => {
          const stripe = others
            .filter((one) => one.isDelivered || one.isTaken)
            .reduce((sum, one) => sum + one.seconds, isTaken ? seconds : 0)
          const neighbours = others.map((one) => ({ ...one, sentAt: 0 }))
          const { kind } = presenceOf({ seconds, sentAt: 0 }, neighbours, stripe, ABSENT_AFTER_MS)
          expect(kind).not.toBe(isTaken ? 'not-taken' : 'taken')
          if (others.every((one) => one.isDelivered)) expect(kind).toBe(isTaken ? 'taken' : 'not-taken')
        },
      ),
      { numRuns: 3000 },
    )
  })
})

it('compares whole hours of 35 days, of which the youngest is an hour old', () => {
  const now = 100 * DAY_MS + 5 * HOUR_MS + 59 * MINUTE_MS
  expect(comparedRange(now)).toEqual({ from: 65 * DAY_MS + 4 * HOUR_MS, to: 100 * DAY_MS + 4 * HOUR_MS })
})

describe('differingStarts', () => {
  const spans = fc.uniqueArray(
    fc.record({ start: fc.nat(59).map((i) => i * MINUTE_MS), seconds: fc.integer({ min: 1, max: 600 }) }),
    { selector: ({ start }) => start, maxLength: 40 },
  )
  const asLedger = (all: { start: number; seconds: number }[]) =>
    addUp(
      all.map((one) => ({ ...one, sentAt: 0 })),
      DAY_MS,
    ).seconds

  it('finds none between equals, however the ledger is spread over projects', () => {
    fc.assert(
      fc.property(fc.array(spans, { maxLength: 4 }), (projects) => {
        const stripe = new Map<number, number>()
        for (const { start, seconds } of projects.flat())
          stripe.set(start, (stripe.get(start) ?? 0) + seconds)
        expect(differingStarts(asLedger(projects.flat()), stripe)).toEqual([])
      }),
    )
  })

  it('finds each difference that was put in, and no other', () => {
    const injected = fc.uniqueArray(
      fc.record({ start: fc.nat(80).map((i) => i * MINUTE_MS), by: fc.integer({ min: -50, max: 50 }) }),
      { selector: ({ start }) => start, maxLength: 10 },
    )
    fc.assert(
      fc.property(spans, injected, (ledger, changes) => {
        const stripe = asLedger(ledger)
        for (const { start, by } of changes) stripe.set(start, (stripe.get(start) ?? 0) + by)
        const changed = changes.filter(({ by }) => by !== 0).map(({ start }) => start)
        expect(differingStarts(asLedger(ledger), stripe)).toEqual(changed.sort((a, b) => a - b))
      }),
    )
  })

  it('leaves out where something was sent too lately to show', () => {
    const now = 10 * HOUR_MS
    const { seconds, unsettled } = addUp(
      [
        { start: 0, seconds: 5, sentAt: now - COMPARED_AFTER_MS },
        { start: HOUR_MS, seconds: 6, sentAt: now - COMPARED_AFTER_MS },
        { start: HOUR_MS, seconds: 7, sentAt: now - COMPARED_AFTER_MS + 1 },
        { start: 2 * HOUR_MS, seconds: 8, sentAt: null },
      ],
      now,
    )
    expect(without(seconds, unsettled)).toEqual(
      new Map([
        [0, 5],
        [2 * HOUR_MS, 8],
      ]),
    )
  })
})
