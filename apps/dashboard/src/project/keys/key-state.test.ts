import { rollPublicKeyBodySchema } from '@radist-tech/protocol/dashboard'
import { describe, expect, it } from 'vitest'
import { inUseFirst, overlaps, publicKeyState } from './key-state.ts'

const now = Date.parse('2026-11-23T06:00:00.000Z')
const at = (minutes: number) => new Date(now + minutes * 60_000).toISOString()
const key = { publicKey: 'rad_pk_x', createdAt: at(-60), expiresAt: null, revokedAt: null }

describe('public keys', () => {
  it.each([
    [{}, 'good'],
    [{ expiresAt: at(1) }, 'ending'],
    [{ expiresAt: at(0) }, 'expired'],
    [{ expiresAt: at(1), revokedAt: at(-1) }, 'revoked'],
  ])('%o are %s', (part, state) => {
    expect(publicKeyState({ ...key, ...part }, now)).toBe(state)
  })
})

it('puts what is in use before what is revoked, and the newest first', () => {
  const keys = [
    { createdAt: at(-3), revokedAt: null },
    { createdAt: at(-1), revokedAt: at(0) },
    { createdAt: at(-2), revokedAt: null },
  ]
  expect(inUseFirst(keys).map(({ createdAt }) => createdAt)).toEqual([at(-2), at(-3), at(-1)])
})

it.each(overlaps)('offers overlaps that the API takes: $label', ({ value }) => {
  expect(rollPublicKeyBodySchema.parse({ overlapSeconds: Number(value) }).overlapSeconds).toBe(Number(value))
})
