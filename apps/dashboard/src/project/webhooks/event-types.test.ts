import { webhookEventSchema } from '@radist-tech/protocol/dashboard'
import { expect, it } from 'vitest'
import { outcomeOf, subjectOf } from './event-types.ts'

const id = '6f1c2f0e-3b57-4f6e-8a8e-0d5d8c1f2a3b'
const at = '2026-11-23T06:00:00.000Z'
const event = (type: string, data: object) =>
  webhookEventSchema.parse({ id: 'evt_1', type, timestamp: at, projectId: id, data })

it('names what an event is about', () => {
  expect(subjectOf(event('call.connected', { callId: id }))).toBe(id)
  expect(subjectOf(event('room.started', { roomId: id }))).toBe(id)
  const usage = { month: '2026-11', percent: 80, monthlyLimitSeconds: 10, usedSeconds: 8 }
  expect(subjectOf(event('usage.threshold', usage))).toBe('2026-11')
})

it.each([
  [null, 'Not tried yet'],
  [{ status: 503, error: null }, 'HTTP 503'],
  [{ status: null, error: 'Timed out.' }, 'Timed out.'],
  [{ status: null, error: null }, 'No answer'],
])('%o came to %s', (attempt, text) => {
  expect(outcomeOf(attempt)).toBe(text)
})
