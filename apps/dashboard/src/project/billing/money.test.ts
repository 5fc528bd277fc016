import { expect, it } from 'vitest'
import { money } from './money.ts'

it.each([
  ['12.34', 'eur', '€12.34'],
  ['0', 'usd', 'US$0.00'],
  ['1234567.891', 'usd', 'US$1,234,567.89'],
  ['0.0001234', 'usd', 'US$0.00012'],
])('%s %s is %s', (amount, currency, text) => {
  expect(money(amount, currency)).toBe(text)
})
