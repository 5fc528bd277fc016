import { peerFrameSchema } from '@radist-tech/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { plainQuotes } from './plain-quotes.ts'

const options = peerFrameSchema.options.map((schema) => ({ schema, quotesOf: plainQuotes(schema) }))
const quotesIn = (value: unknown): number => JSON.stringify(value).split('"').length - 1

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

describe('the quotation marks of a plain value', () => {
  it('are those of its text only where its schema takes it as it is, as with all that a browser sends', () => {
    fc.assert(
      fc.property(fc.oneof(nearFrame, fc.jsonValue()), (written) => {
        const value: unknown = JSON.parse(JSON.stringify(written))
        for (const { schema, quotesOf } of options)
          if (quotesOf(value) === quotesIn(value))
            expect(schema.safeParse(value)).toEqual({ success: true, data: value })
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
    for (const frame of frames)
      expect(options.filter(({ quotesOf }) => quotesOf(frame) === quotesIn(frame))).toHaveLength(1)
  })

  it('are not told of what the schema has rules of its own for, and does not take', () => {
    const even = plainQuotes(z.object({ even: z.int().multipleOf(2), trimmed: z.string().trim().min(1) }))
    expect(even({ even: 2, trimmed: 'x' })).toBe(6)
    expect(even({ even: 1, trimmed: 'x' })).toBe(null)
    expect(even({ even: 2, trimmed: ' x' })).toBe(null)
    expect(even({ even: 2, trimmed: '' })).toBe(null)
    const strict = plainQuotes(z.object({ a: z.string() }).refine(({ a }) => a === 'a'))
    expect(strict({ a: 'b' })).toBe(null)
    expect(plainQuotes(z.array(z.string()))(['a'])).toBe(null)
    expect(plainQuotes(z.email())('nobody')).toBe(null)
  })
})
