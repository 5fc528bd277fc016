import { timelineEntrySchema } from '@radist-tech/protocol/dashboard'
import { expect, it } from 'vitest'
import { timelineWords, whoIs, whyOf } from './timeline-words.ts'

const entry = { at: '2026-11-23T06:00:00.000Z', subject: null, identity: null, reason: null }

it.each(timelineEntrySchema.shape.kind.options)('has words for %s', (kind) => {
  const { text } = timelineWords('room', { ...entry, kind })
  expect(text).toMatch(/\S/)
})

it('speaks of one, or of all', () => {
  const dropped = { ...entry, kind: 'dropped' } as const
  expect(timelineWords('room', dropped).text).toBe('All lost their connection')
  expect(timelineWords('room', { ...dropped, subject: 'part_1' }).text).toBe('lost the connection')
})

it('names people by their identity, or else by their id', () => {
  expect(whoIs({ identity: 'ann', subject: 'part_1' })).toBe('ann')
  expect(whoIs({ identity: null, subject: 'part_1' })).toBe('part_1')
})

it('says reasons in words, and unknown ones as they are', () => {
  const reason = (reason: string | null) => whyOf({ ...entry, kind: 'left', reason })
  expect([reason('timeout'), reason('toString'), reason(null)]).toEqual([
    'did not come back in time',
    'toString',
    null,
  ])
})
