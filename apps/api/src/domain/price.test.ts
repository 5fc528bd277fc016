import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chargedText, costOf, type Price, priceSchema, unitsText } from './price.ts'

const tiered = (tiers_mode: 'graduated' | 'volume', tiers: object[]): Price =>
  priceSchema.parse({ billing_scheme: 'tiered', currency: 'usd', tiers_mode, tiers })
const tier = (up_to: number | null, unit: string | null, flat: string | null = null) => ({
  up_to,
  unit_amount_decimal: unit,
  flat_amount_decimal: flat,
})
const perUnit = (unit: unknown, transform_quantity: object | null = null): Price =>
  priceSchema.parse({
    billing_scheme: 'per_unit',
    currency: 'usd',
    unit_amount_decimal: unit,
    transform_quantity,
  })
const text = (price: Price, quantity: bigint) => chargedText(costOf(price, quantity), price.currency)

describe('what a quantity costs', () => {
  it.each([
    [perUnit('0.007'), 1_000_000n, '70.00'],
    [perUnit('0.000000000001'), 10n ** 15n, '10.00'],
    // Not 100.49999999999999, as floating-point numbers have it.
    [perUnit('1.005'), 100n, '1.01'],
    [perUnit({ toString: () => '2' }), 3n, '0.06'],
    [perUnit('60', { divide_by: 60, round: 'up' }), 61n, '1.20'],
    [perUnit('60', { divide_by: 60, round: 'down' }), 119n, '0.60'],
  ])('per unit: %#', (price, quantity, cost) => {
    expect(text(price, quantity)).toBe(cost)
  })

  const tiers = [tier(600_000, '0'), tier(1_000_000, '0.01', '500'), tier(null, '0.005')]
  it.each([
    [0n, '0.00', '0.00'],
    [600_000n, '0.00', '0.00'],
    // 5.00 for the tier, and one unit of it.
    [600_001n, '5.00', '65.00'],
    [1_000_000n, '45.00', '105.00'],
    [1_000_001n, '45.00', '50.00'],
    [3_000_000n, '145.00', '150.00'],
  ])('by tiers: %s', (quantity, graduated, volume) => {
    expect(text(tiered('graduated', tiers), quantity)).toBe(graduated)
    expect(text(tiered('volume', tiers), quantity)).toBe(volume)
  })

  it('a basic fee is due of nothing used', () => {
    expect(text(tiered('graduated', [tier(null, '1', '900')]), 0n)).toBe('9.00')
  })

  /** Ends of tiers that rise, and an amount for each and for what is beyond. */
  const anyTiers = fc
    .uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 4 })
    .map((ends) => ends.toSorted((a, b) => a - b))
    .chain((ends) =>
      fc
        .array(fc.tuple(fc.nat(10 ** 6), fc.nat(500)), {
          minLength: ends.length + 1,
          maxLength: ends.length + 1,
        })
        .map((amounts) =>
          amounts.map(([unit, flat], i) =>
            tier(ends[i] ?? null, `0.${String(unit).padStart(12, '0')}`, `${flat}`),
          ),
        ),
    )

  it('is the sum of its units and of the tiers that they begin, of any tiers', () => {
    fc.assert(
      fc.property(anyTiers, fc.integer({ min: 0, max: 100 }), (all, quantity) => {
        const price = tiered('graduated', all)
        if (price.billing_scheme !== 'tiered') throw new Error('is tiered')
        const tierOf = (unit: number) => price.tiers.findIndex(({ up_to }) => up_to === null || unit <= up_to)
        const units = Array.from({ length: quantity }, (_, i) => tierOf(i + 1))
        const begun = new Set([0, ...units])
        const expected =
          units.reduce((sum, i) => sum + (price.tiers[i]?.unit_amount_decimal ?? 0n), 0n) +
          [...begun].reduce((sum, i) => sum + (price.tiers[i]?.flat_amount_decimal ?? 0n), 0n)
        expect(costOf(price, BigInt(quantity))).toBe(expected)
      }),
    )
  })

  it('by volume is one tier’s, whichever holds the last unit', () => {
    fc.assert(
      fc.property(anyTiers, fc.integer({ min: 0, max: 100 }), (all, quantity) => {
        const price = tiered('volume', all)
        if (price.billing_scheme !== 'tiered') throw new Error('is tiered')
        const last = price.tiers.find(({ up_to }) => up_to === null || quantity <= up_to)
        const expected =
          (last?.unit_amount_decimal ?? 0n) * BigInt(quantity) + (last?.flat_amount_decimal ?? 0n)
        expect(costOf(price, BigInt(quantity))).toBe(expected)
      }),
    )
  })
})

describe('prices that are not understood', () => {
  it.each([
    { billing_scheme: 'tiered', currency: 'usd', tiers_mode: 'graduated' },
    { billing_scheme: 'per_unit', currency: 'usd', unit_amount_decimal: '-1', transform_quantity: null },
    { billing_scheme: 'per_unit', currency: 'usd', unit_amount_decimal: '1e3', transform_quantity: null },
    { billing_scheme: 'per_unit', currency: 'usd', unit_amount_decimal: null, transform_quantity: null },
  ])('are none: %#', (price) => {
    expect(priceSchema.safeParse(price).success).toBe(false)
  })
})

it.each([
  ['usd', 0, '0.00'],
  ['usd', 5, '0.05'],
  ['usd', -1234, '-12.34'],
  ['jpy', 1234, '1234'],
  ['kwd', 1234, '1.234'],
  ['isk', 1200, '12.00'],
])('an invoice’s total in %s: %s', (currency, smallest, said) => {
  expect(unitsText(smallest, currency)).toBe(said)
})
