import { base64url } from 'jose'
import { describe, expect, it } from 'vitest'
import { actOnClaim, deriveBytes } from './idempotency.ts'

const request = { keyHash: 'k', fingerprint: 'f', secretKey: 'rad_sk_test' }

describe('derived secrets', () => {
  it('stay what they are from one release to the next: a repetition may come a day later', async () => {
    const bytes = await deriveBytes(request, 'seed', 'call token 1', 24)
    expect(base64url.encode(bytes)).toBe('l44rnuQVVVsGggaRWU6eWiewlX08MhwT')
  })

  it('differ by secret key, seed and purpose', async () => {
    const derived = await Promise.all([
      deriveBytes(request, 'seed', 'call token 1', 24),
      deriveBytes({ ...request, secretKey: 'rad_sk_other' }, 'seed', 'call token 1', 24),
      deriveBytes(request, 'other seed', 'call token 1', 24),
      deriveBytes(request, 'seed', 'call token 2', 24),
    ])
    expect(new Set(derived.map((bytes) => base64url.encode(bytes))).size).toBe(4)
  })
})

describe('a claim of which nothing came', () => {
  it('is begun anew once', async () => {
    const claimed: (string | null)[] = []
    const claim = async ({ lapsedSeed }: { lapsedSeed: string | null }) => {
      claimed.push(lapsedSeed)
      return { ok: true as const, seed: `after ${lapsedSeed}` }
    }
    const act = async ({ seed }: { seed: string }) => (seed === 'after null' ? 'lapsed' : { seed })
    expect(await actOnClaim(request, claim, act)).toEqual({ seed: 'after after null' })
    expect(claimed).toEqual([null, 'after null'])
    await expect(actOnClaim(request, claim, async () => 'lapsed')).rejects.toThrow('lapsed at once')
  })
})
