import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { readPriceTerms, thousandth } from './terms.ts'

describe('the price’s tiers', () => {
  it('are the free allowance and one price, unless told', () => {
    expect(readPriceTerms({})).toEqual({
      lookupKey: 'radist_sfu_participant_seconds',
      currency: 'usd',
      tiers: [
        { upTo: 600_000, perSecond: '0' },
        { upTo: 'inf', perSecond: '0.004' },
      ],
    })
  })

  it('may become cheaper', () => {
    const prices = { RADIST_PRICE_PER_1000_SECONDS: '4,10000000:3, 100000000:2.5' }
    expect(readPriceTerms(prices).tiers).toEqual([
      { upTo: 600_000, perSecond: '0' },
      { upTo: 10_000_000, perSecond: '0.004' },
      { upTo: 100_000_000, perSecond: '0.003' },
      { upTo: 'inf', perSecond: '0.0025' },
    ])
  })

  it('have no free one without an allowance', () => {
    const { tiers } = readPriceTerms({ RADIST_FREE_SECONDS_PER_MONTH: '0', RADIST_CURRENCY: 'eur' })
    expect(tiers).toEqual([{ upTo: 'inf', perSecond: '0.004' }])
  })
})

test.each([
  ['RADIST_PRICE_PER_1000_SECONDS', ''],
  ['RADIST_PRICE_PER_1000_SECONDS', '-1'],
  ['RADIST_PRICE_PER_1000_SECONDS', '4,3'],
  ['RADIST_PRICE_PER_1000_SECONDS', '4,600000:3'],
  ['RADIST_PRICE_PER_1000_SECONDS', '4,9000000:3,8000000:2'],
  ['RADIST_FREE_SECONDS_PER_MONTH', ''],
  ['RADIST_CURRENCY', 'USD'],
  ['STRIPE_PRICE_LOOKUP_KEY', 'two words'],
])('a wrong %s is one line naming it: %j', (name, value) => {
  expect(() => readPriceTerms({ [name]: value })).toThrow(new RegExp(`^${name}: [^\n]+$`))
})

test('a thousandth is exact', () => {
  expect(['4', '0.25', '1000', '0', '123456', '0.000000001'].map(thousandth)).toEqual([
    ...['0.004', '0.00025', '1', '0', '123.456', '0.000000000001'],
  ])
  fc.assert(
    fc.property(fc.bigInt(0n, 10n ** 18n - 1n), (billionths) => {
      const digits = String(billionths).padStart(10, '0')
      const thousandthOf = thousandth(`${digits.slice(0, -9)}.${digits.slice(-9)}`)
      const [whole = '', fraction = ''] = thousandthOf.split('.')
      expect(BigInt(whole + fraction.padEnd(12, '0'))).toBe(billionths)
      expect(thousandthOf).toMatch(/^(0|[1-9]\d*)(\.\d*[1-9])?$/)
    }),
  )
})
