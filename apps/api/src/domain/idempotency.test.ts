import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  CLAIM_MS,
  type Claim,
  type ClaimRequest,
  FINISH_MS,
  hasLapsed,
  judgeClaim,
  MAX_CLAIMS,
} from './idempotency.ts'

const claim: Claim = { fingerprint: 'f', seed: 's', createdAt: 1000, connection: null }
const request: ClaimRequest = { keyHash: 'k', fingerprint: 'f', newSeed: 'n', lapsedSeed: null }

describe('a key', () => {
  it('begins, repeats, and begins again after 24 hours', () => {
    expect(judgeClaim(null, request, 0, 1000)).toEqual({ kind: 'begins' })
    expect(judgeClaim(claim, request, 1, 1000 + CLAIM_MS - 1)).toEqual({ kind: 'repeats', claim })
    expect(judgeClaim(claim, request, 1, 1000 + CLAIM_MS)).toEqual({ kind: 'begins' })
  })

  it('is for one request, until it is forgotten', () => {
    const other = { ...request, fingerprint: 'g' }
    const reused = { kind: 'refused', code: 'idempotency_key_reused' }
    expect(judgeClaim(claim, other, 1, 2000)).toEqual(reused)
    expect(judgeClaim(claim, { ...other, lapsedSeed: 's' }, 1, 2000)).toEqual(reused)
    expect(judgeClaim(claim, other, 1, 1000 + CLAIM_MS)).toEqual({ kind: 'begins' })
  })

  it('is refused when there are too many, unless it takes its own place again', () => {
    expect(judgeClaim(null, request, MAX_CLAIMS - 1, 0)).toEqual({ kind: 'begins' })
    expect(judgeClaim(null, request, MAX_CLAIMS, 0)).toEqual({ kind: 'refused', code: 'too_many_requests' })
    expect(judgeClaim(claim, request, MAX_CLAIMS, 2000)).toEqual({ kind: 'repeats', claim })
    expect(judgeClaim(claim, { ...request, lapsedSeed: 's' }, MAX_CLAIMS, 2000)).toEqual({ kind: 'begins' })
    expect(judgeClaim(claim, request, MAX_CLAIMS, 1000 + CLAIM_MS)).toEqual({ kind: 'begins' })
  })

  it('is left to its first claim for a minute, whatever the clock does', () => {
    expect(hasLapsed(1000, 1000 + FINISH_MS)).toBe(false)
    expect(hasLapsed(1000, 1001 + FINISH_MS)).toBe(true)
    expect(hasLapsed(1000, 0)).toBe(false)
  })
})

it('leads every request to one thing at a time, in every history', () => {
  const step = fc.record({
    key: fc.nat(2),
    fingerprint: fc.constantFrom('f', 'f', 'f', 'g'),
    /** How many answers ago the claim was learned that is said to have lapsed; 0: none is. */
    lapsed: fc.nat(3),
    wait: fc.constantFrom(0, 1, 60_001, CLAIM_MS / 2, CLAIM_MS),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const book = new Map<number, Claim>()
      /** For each key, the seeds that were answered, the newest last. */
      const learned = new Map<number, string[]>()
      const lapsedSeeds = new Set<string>()
      let now = 0
      for (const [i, { key, fingerprint, lapsed, wait }] of steps.entries()) {
        now += wait
        const seeds = learned.get(key) ?? []
        const lapsedSeed = lapsed === 0 ? null : (seeds.at(-lapsed) ?? null)
        const asked = { keyHash: `${key}`, fingerprint, newSeed: `seed-${i}`, lapsedSeed }
        const before = book.get(key)
        const judged = judgeClaim(before ?? null, asked, book.size, now)
        const isLive = before !== undefined && now - before.createdAt < CLAIM_MS
        if (judged.kind === 'refused') {
          expect(isLive && before.fingerprint !== fingerprint).toBe(true)
          continue
        }
        if (judged.kind === 'begins') {
          if (isLive) {
            expect(before.seed).toBe(lapsedSeed)
            // Of those that found it lapsed, one begins anew.
            expect(lapsedSeeds.has(before.seed)).toBe(false)
            lapsedSeeds.add(before.seed)
          }
          book.set(key, { fingerprint, seed: asked.newSeed, createdAt: now, connection: null })
        } else expect(judged.claim).toBe(before)
        const seed = book.get(key)?.seed ?? ''
        expect(seed).not.toBe(lapsedSeed)
        learned.set(key, [...seeds, seed])
      }
    }),
    { numRuns: 2000 },
  )
})
