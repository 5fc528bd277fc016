import { expect, it } from 'vitest'
import { isOriginAllowed, readAllowedOrigins } from './allowed-origins.ts'

it('reads no list as all, and a list as itself in the form of browsers', () => {
  expect(readAllowedOrigins('[]')).toBe('all')
  expect(readAllowedOrigins('["https://App.example:443"]')).toEqual(['https://app.example'])
})

it.each(['', 'all', '*', '"https://app.example"', 'https://app.example', '["*"]', '[1]', '{}', 'null'])(
  'tells a column that says %j from an empty list',
  (column) => {
    expect(readAllowedOrigins(column)).toBeNull()
  },
)

it('compares scheme, host and port, each exactly', () => {
  const listed = ['https://app.example', 'http://localhost:5173']
  for (const origin of ['https://app.example', 'HTTPS://APP.EXAMPLE', 'http://localhost:5173', null])
    expect(isOriginAllowed(listed, origin)).toBe(true)
  for (const origin of [
    'http://app.example',
    'https://app.example:8443',
    'https://app.example.evil.example',
    'https://sub.app.example',
    'https://app.example/',
    'http://localhost',
    'null',
    '',
  ])
    expect(isOriginAllowed(listed, origin)).toBe(false)
})

it('knows the null origin only where all are allowed, and no page where none is', () => {
  expect(isOriginAllowed('all', 'null')).toBe(true)
  expect(isOriginAllowed([], 'https://app.example')).toBe(false)
  expect(isOriginAllowed([], null)).toBe(true)
})
