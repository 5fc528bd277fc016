import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ownPath } from './return-path.ts'

describe('ownPath', () => {
  it.each([
    ['/', '/'],
    ['/projects/p1/calls?page=2#row', '/projects/p1/calls?page=2#row'],
    ['/playground/../account', '/account'],
    ['/sign-in?returnTo=https://evil.example', '/sign-in?returnTo=https://evil.example'],
  ])('keeps %s', (address, path) => {
    expect(ownPath(address)).toBe(path)
  })

  it.each([
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    '/\n\\evil.example',
    '\t//evil.example',
    '/.//evil.example',
    '/x/..//evil.example',
    '///evil.example',
    'javascript:alert(1)',
    'account',
    '',
    '//[',
    undefined,
    null,
    7,
    ['/account'],
  ])('refuses %j', (address) => {
    expect(ownPath(address)).toBe('/')
  })

  it('never leads to another site, read once or twice, whatever it is given', () => {
    const risky = fc.string({
      unit: fc.constantFrom('/', '\\', '.', ':', '\t', '\n', '@', 'a', '%', '2', 'f', '?', '#', ' '),
    })
    const page = 'https://dashboard.example'
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          risky,
          risky.map((text) => `/${text}`),
        ),
        (address) => {
          const path = ownPath(address)
          expect(path.startsWith('/')).toBe(true)
          expect(new URL(path, page).origin).toBe(page)
          expect(ownPath(path)).toBe(path)
        },
      ),
      { numRuns: 2000 },
    )
  })
})
