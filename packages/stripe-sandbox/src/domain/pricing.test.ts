import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatAmount, parseAmount, roundedToMinorUnit, wholeMinorUnits } from './money.ts'
import { charges, type Pricing, type Tier } from './pricing.ts'

function tier(upTo: number | null, unit: string, flat = '0'): Tier {
  return {
    upTo: upTo === null ? null : BigInt(upTo),
    unitAmount: parseAmount(unit),
    flatAmount: parseAmount(flat),
  }
}

function cost(pricing: Pricing, quantity: bigint): string {
  return formatAmount(charges(pricing, quantity).reduce((sum, { amount }) => sum + amount, 0n))
}

const tiers = [tier(100, '5'), tier(200, '4', '10'), tier(null, '0.25')]

test.each([
  [0n, '0'],
  [1n, '5'],
  [100n, '500'],
  [101n, '514'],
  [200n, '910'],
  [204n, '911'],
])('graduated: %i cost %s', (quantity, expected) => {
  expect(cost({ scheme: 'tiered', mode: 'graduated', tiers }, quantity)).toBe(expected)
})

test.each([
  [0n, '0'],
  [100n, '500'],
  [101n, '414'],
  [200n, '810'],
  [201n, '50.25'],
])('volume: %i cost %s', (quantity, expected) => {
  expect(cost({ scheme: 'tiered', mode: 'volume', tiers }, quantity)).toBe(expected)
})

test('the flat fee of the first tier is charged without any use', () => {
  const pricing = { scheme: 'tiered' as const, tiers: [tier(10, '0', '900'), tier(null, '1')] }
  expect(cost({ ...pricing, mode: 'graduated' }, 0n)).toBe('900')
  expect(cost({ ...pricing, mode: 'volume' }, 0n)).toBe('900')
  expect(cost({ ...pricing, mode: 'graduated' }, 12n)).toBe('902')
})

test('small prices of many units are exact, and rounded only at the end', () => {
  const amount = charges(
    { scheme: 'per_unit', unitAmount: parseAmount('0.000000000001') },
    499_999_999_999n,
  )[0]
  expect(formatAmount(amount?.amount ?? 0n)).toBe('0.499999999999')
  expect(roundedToMinorUnit(amount?.amount ?? 0n)).toBe(0)
  expect(roundedToMinorUnit(parseAmount('0.5'))).toBe(1)
  expect(roundedToMinorUnit(parseAmount('999999999999.499999999999'))).toBe(999_999_999_999)
  expect(wholeMinorUnits(parseAmount('12.000'))).toBe(12)
  expect(wholeMinorUnits(parseAmount('0.05'))).toBe(null)
})

const anAmount = fc.bigInt({ min: 0n, max: 10n ** 18n })
const someTiers = fc
  .tuple(
    fc.uniqueArray(fc.bigInt({ min: 1n, max: 10_000n }), { maxLength: 5 }),
    fc.array(fc.tuple(anAmount, anAmount), { minLength: 6, maxLength: 6 }),
  )
  .map(([bounds, amounts]): Tier[] => {
    const ends: (bigint | null)[] = [...bounds.sort((a, b) => (a < b ? -1 : 1)), null]
    return ends.map((upTo, index) => {
      const [unitAmount, flatAmount] = amounts[index] ?? [0n, 0n]
      return { upTo, unitAmount, flatAmount }
    })
  })
const aQuantity = fc.bigInt({ min: 0n, max: 20_000n })

test('an amount is read and written without loss', () => {
  fc.assert(fc.property(anAmount, (amount) => parseAmount(formatAmount(amount)) === amount))
})

test('no unit is charged twice or left out', () => {
  fc.assert(
    fc.property(someTiers, aQuantity, fc.constantFrom('graduated', 'volume'), (all, quantity, mode) => {
      const units = charges({ scheme: 'tiered', mode, tiers: all }, quantity).filter(
        (c) => c.kind === 'units',
      )
      expect(units.reduce((sum, charge) => sum + charge.quantity, 0n)).toBe(quantity)
    }),
  )
})

test('graduated: one unit more costs its own tier’s price, and that tier’s fee if it is its first', () => {
  fc.assert(
    fc.property(someTiers, aQuantity, (all, quantity) => {
      const pricing: Pricing = { scheme: 'tiered', mode: 'graduated', tiers: all }
      const total = (q: bigint) => charges(pricing, q).reduce((sum, { amount }) => sum + amount, 0n)
      const index = all.findIndex(({ upTo }) => upTo === null || quantity + 1n <= upTo)
      const own = all[index]
      const first = index > 0 && all[index - 1]?.upTo === quantity
      const fee = first ? (own?.flatAmount ?? 0n) : 0n
      expect(total(quantity + 1n) - total(quantity)).toBe((own?.unitAmount ?? 0n) + fee)
    }),
  )
})
