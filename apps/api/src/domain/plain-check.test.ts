import { peerFrameSchema } from '@radist-tech/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { plainCheck } from './plain-check.ts'

const isPlain = peerFrameSchema.options.map((schema) => ({ schema, check: plainCheck<z.ZodType>(schema) }))

/** Of the members that frames have, and others: near enough to frames to be one now and then. */
const scalar = fc.oneof(
  fc.string(),
  fc.constantFrom(null, undefined, true, 0, -0, 1.5, 2 ** 53, Number.NaN, [], {}),
)
const candidate = fc.record(
  { candidate: fc.string(), sdpMid: scalar, sdpMLineIndex: scalar, usernameFragment: scalar, more: scalar },
  { requiredKeys: [] },
)
const nearFrame = fc.record(
  {
    type: fc.constantFrom('offer', 'answer', 'candidate', 'bye', 1),
    sdp: scalar,
    candidate: fc.oneof(candidate, scalar),
    __proto__: scalar,
  },
  { requiredKeys: ['type'] },
)

describe('a plain check', () => {
  it('holds only for what its schema takes as it is, and for all that a browser sends', () => {
    fc.assert(
      fc.property(fc.oneof(nearFrame, fc.anything()), (value) => {
        for (const { schema, check } of isPlain) {
          const parsed = schema.safeParse(value)
          if (check(value)) expect(parsed).toEqual({ success: true, data: value })
        }
      }),
      { numRuns: 5000 },
    )
    const frames = [
      { type: 'offer', sdp: 'v=0' },
      { type: 'candidate', candidate: null },
      {
        type: 'candidate',
        candidate: { candidate: 'c', sdpMid: '0', sdpMLineIndex: 0, usernameFragment: null },
      },
      { type: 'bye' },
    ]
    for (const frame of frames) expect(isPlain.filter(({ check }) => check(frame))).toHaveLength(1)
  })

  it('leaves to the schema what has rules of its own', () => {
    const even = plainCheck(z.object({ even: z.int().multipleOf(2), trimmed: z.string().trim().min(1) }))
    expect(even({ even: 2, trimmed: 'x' })).toBe(true)
    expect(even({ even: 1, trimmed: 'x' })).toBe(false)
    expect(even({ even: 2, trimmed: ' x' })).toBe(false)
    expect(even({ even: 2, trimmed: '' })).toBe(false)
    const strict = plainCheck(z.object({ a: z.string() }).refine(({ a }) => a === 'a'))
    expect(strict({ a: 'b' })).toBe(false)
    expect(plainCheck(z.array(z.string()))(['a'])).toBe(false)
    expect(plainCheck(z.email())('nobody')).toBe(false)
  })
})
