import { expect, it } from 'vitest'
import { allowedOriginsSchema } from './origins.ts'

it.each([
  ['https://app.example', 'https://app.example'],
  ['http://localhost:5173', 'http://localhost:5173'],
  ['http://[::1]:8080', 'http://[::1]:8080'],
  ['HTTPS://App.Example', 'https://app.example'],
  ['https://app.example:443', 'https://app.example'],
  ['http://app.example:443', 'http://app.example:443'],
  ['https://bücher.example', 'https://xn--bcher-kva.example'],
])('reads %s as browsers write it', (text, origin) => {
  expect(allowedOriginsSchema.parse([text])).toEqual([origin])
})

it.each([
  '',
  '*',
  'null',
  'app.example',
  '//app.example',
  'https://',
  'https://*.app.example',
  'https://app.example/',
  'https://app.example/path',
  'https://app.example?query',
  'https://app.example#fragment',
  'https://user@app.example',
  'https://app.example\\path',
  'https://app.example:99999',
  ' https://app.example',
  'https://app.example\n',
  'ftp://app.example',
  'wss://app.example',
  'chrome-extension://abcdefghijklmnop',
  `https://${'a'.repeat(300)}.example`,
])('refuses %j, which is no origin of a page', (text) => {
  expect(allowedOriginsSchema.safeParse([text]).success).toBe(false)
})

it('takes 100, and none', () => {
  const origins = Array.from({ length: 100 }, (_, i) => `https://${i}.example`)
  expect(allowedOriginsSchema.parse(origins)).toEqual(origins)
  expect(allowedOriginsSchema.parse([])).toEqual([])
  expect(allowedOriginsSchema.safeParse([...origins, 'https://one-more.example']).success).toBe(false)
})
