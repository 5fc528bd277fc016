import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newCallToken, parseCallToken } from './call-token.ts'
import { newCallId } from './ids.ts'

describe('call tokens', () => {
  it('carry the call id and come back as the hash that is stored', () => {
    const callId = newCallId()
    const { token, secretHash } = newCallToken(callId)
    expect(token).toMatch(/^ct_[A-Za-z0-9_-]{54}$/)
    expect(parseCallToken(token)).toEqual({ callId, secretHash })
  })

  it('are not parsed from anything else', () => {
    const { token } = newCallToken(newCallId())
    for (const bad of ['', 'ct_', token.slice(1), `${token}A`, token.slice(0, -1), `ct_${'!'.repeat(54)}`]) {
      expect(parseCallToken(bad)).toBeNull()
    }
  })

  it('never throw, whatever is given', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 100 }), (text) => {
        expect(() => parseCallToken(`ct_${text}`)).not.toThrow()
      }),
    )
  })

  it('have another hash when the secret has another bit', () => {
    const callId = newCallId()
    const { token, secretHash } = newCallToken(callId)
    const changed = token.slice(0, -1) + (token.endsWith('A') ? 'g' : 'A')
    expect(parseCallToken(changed)?.secretHash).not.toBe(secretHash)
  })
})
