import {
  newParticipantId,
  newRoomId,
  newUsageRecordId,
  type UsageRecord,
  usageRecordSchema,
} from '@radist-tech/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hexOfPrefixed, hexOfUuid, prefixedOfHex, uuidOfHex } from './compact-ids.ts'
import { daysOfHours, foldRecords } from './usage-fold.ts'

const projectId = crypto.randomUUID()
const midnight = Date.parse('2026-11-03T00:00:00Z')
const later = midnight + 86_400_000

function recordOf(roomId: string, participantId: string, seconds: number, endedAt: number): UsageRecord {
  const [start, end] = [new Date(endedAt - seconds * 1000), new Date(endedAt)]
  return usageRecordSchema.parse({
    recordId: newUsageRecordId(),
    projectId,
    roomId,
    participantId,
    seconds,
    startedAt: start.toISOString(),
    endedAt: end.toISOString(),
  })
}

describe('folding', () => {
  it('adds up what a participant used in a day, and parts it at midnight', () => {
    const [room, ann, bob] = [newRoomId(), newParticipantId(), newParticipantId()]
    const { seconds, hours, stays } = foldRecords(
      [
        recordOf(room, ann, 60, midnight - 60_000),
        recordOf(room, ann, 60, midnight + 20_000),
        recordOf(room, bob, 5, midnight + 5000),
      ],
      later,
    )
    const hour = midnight / 3_600_000
    const day = hour / 24
    expect(seconds).toBe(125)
    expect([...hours]).toEqual([
      [hour - 1, 100],
      [hour, 25],
    ])
    expect([...daysOfHours(hours)]).toEqual([
      [day - 1, 100],
      [day, 25],
    ])
    const of = { room: hexOfUuid(room), participant: hexOfPrefixed(ann) }
    expect(stays).toEqual([
      { ...of, day: day - 1, seconds: 100 },
      { ...of, day, seconds: 20 },
      { ...of, participant: hexOfPrefixed(bob), day, seconds: 5 },
    ])
  })

  it('keeps every second, by hours, days and stays alike', () => {
    const rooms = [newRoomId(), newRoomId()]
    const people = [newParticipantId(), newParticipantId(), newParticipantId()]
    const record = fc
      .record({
        room: fc.constantFrom(...rooms),
        participant: fc.constantFrom(...people),
        seconds: fc.integer({ min: 1, max: 86_400 }),
        endedAt: fc.integer({ min: midnight - 9 * 86_400_000, max: later + 9 * 86_400_000 }),
      })
      .map((it) => recordOf(it.room, it.participant, it.seconds, it.endedAt))
    const sum = (values: Iterable<number>) => [...values].reduce((a, b) => a + b, 0)
    fc.assert(
      fc.property(fc.array(record), (records) => {
        const { seconds, hours, stays } = foldRecords(records, later)
        expect(seconds).toBe(sum(records.map((it) => it.seconds)))
        expect(sum(hours.values())).toBe(seconds)
        for (const [day, ofDay] of daysOfHours(hours))
          expect(sum(stays.filter((stay) => stay.day === day).map((stay) => stay.seconds))).toBe(ofDay)
        expect(sum(stays.map((stay) => stay.seconds))).toBe(seconds)
      }),
    )
  })
})

it('writes ids as bytes and back', () => {
  const [room, participant] = [newRoomId(), newParticipantId()]
  expect(uuidOfHex(hexOfUuid(room).toUpperCase())).toBe(room)
  expect(prefixedOfHex('part', hexOfPrefixed(participant).toUpperCase())).toBe(participant)
  for (const hex of [hexOfUuid(room), hexOfPrefixed(participant)]) expect(hex).toMatch(/^[0-9a-f]{32}$/)
})
