import { expect, test } from 'vitest'
import { readConfiguration } from './configuration.ts'

test('everything has a default', () => {
  expect(readConfiguration({})).toEqual({ host: '127.0.0.1', port: 12111, dataFile: ':memory:' })
})

test('every setting can be set', () => {
  const environment = {
    STRIPE_SANDBOX_HOST: '::1',
    STRIPE_SANDBOX_PORT: '0',
    STRIPE_SANDBOX_DATA_FILE: 'data/stripe.sqlite',
  }
  expect(readConfiguration(environment)).toEqual({ host: '::1', port: 0, dataFile: 'data/stripe.sqlite' })
})

test.each([
  ['STRIPE_SANDBOX_PORT', '65536'],
  ['STRIPE_SANDBOX_PORT', 'http'],
  ['STRIPE_SANDBOX_PORT', ''],
  ['STRIPE_SANDBOX_HOST', 'not a host'],
  ['STRIPE_SANDBOX_DATA_FILE', ''],
])('%s=%s is refused in one line that names it', (name, value) => {
  expect(() => readConfiguration({ [name]: value })).toThrow(new RegExp(`^${name}: [^\n]+$`))
})
