import { connectionQualitySchema } from '@radist-tech/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type PathSample, type QualityState, qualityAfter, qualityOf } from './connection-quality.ts'

const fine: PathSample = { loss: 0, roundTripMs: 40, score: 10 }
const bad: PathSample = { loss: 0.2, roundTripMs: 40, score: 10 }

const afterAll = (samples: PathSample[], state?: QualityState) =>
  samples.reduce<QualityState | undefined>(qualityAfter, state)?.quality

describe('connection quality', () => {
  it.each([
    [fine, 'excellent'],
    [{ loss: 0, roundTripMs: null, score: null }, 'excellent'],
    [{ loss: 0.05, roundTripMs: 40, score: 10 }, 'good'],
    [{ loss: 0, roundTripMs: 500, score: 10 }, 'good'],
    [{ loss: 0, roundTripMs: 40, score: 6 }, 'good'],
    [bad, 'poor'],
    [{ loss: 0, roundTripMs: 900, score: 10 }, 'poor'],
    [{ loss: 0, roundTripMs: 40, score: 0 }, 'poor'],
    [null, 'lost'],
  ] as const)('%j is %s', (sample, quality) => {
    expect(qualityOf(sample)).toBe(quality)
  })

  it('falls when it is worse twice in a row, rises when it is better three times', () => {
    expect(afterAll([fine, bad])).toBe('excellent')
    expect(afterAll([fine, bad, fine, bad, fine, bad])).toBe('excellent')
    expect(afterAll([fine, bad, bad])).toBe('poor')
    expect(afterAll([bad, fine, fine])).toBe('poor')
    expect(afterAll([bad, fine, fine, fine])).toBe('excellent')
  })

  it('is lost, and back, at once', () => {
    expect(afterAll([fine, null])).toBe('lost')
    expect(afterAll([fine, null, bad])).toBe('poor')
  })

  it('is never anything that was not measured, and settles on what is measured for long', () => {
    const sample = fc.constantFrom<PathSample>(fine, bad, null, { loss: 0.05, roundTripMs: 40, score: 10 })
    fc.assert(
      fc.property(fc.array(sample, { minLength: 1 }), sample, (samples, last) => {
        const quality = connectionQualitySchema.parse(afterAll(samples))
        expect(samples.map(qualityOf)).toContain(quality)
        expect(afterAll([...samples, last, last, last])).toBe(qualityOf(last))
      }),
    )
  })
})
