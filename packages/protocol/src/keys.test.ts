import { describe, expect, it } from 'vitest'
import { generateKey, isWellFormedKey } from './keys.ts'

describe('keys', () => {
  it('makes keys that are well formed for their kind only', () => {
    const secret = generateKey('secret')
    expect(secret).toMatch(/^rad_sk_[A-Za-z0-9_-]{48}$/)
    expect(isWellFormedKey('secret', secret)).toBe(true)
    expect(isWellFormedKey('public', secret)).toBe(false)
    expect(isWellFormedKey('public', secret.replace('rad_sk_', 'rad_pk_'))).toBe(false)
  })

  it('refuses a key with any one character changed', () => {
    const key = generateKey('public')
    for (let i = 7; i < key.length; i++) {
      const other = key[i] === 'A' ? 'B' : 'A'
      expect(isWellFormedKey('public', key.slice(0, i) + other + key.slice(i + 1))).toBe(false)
    }
  })

  it('refuses what is no base64url', () => {
    expect(isWellFormedKey('public', `rad_pk_${'!'.repeat(48)}`)).toBe(false)
  })
})
