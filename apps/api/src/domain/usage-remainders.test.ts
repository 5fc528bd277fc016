import {
  newParticipantId,
  newRoomId,
  newUsageRecordId,
  type UsageRecord,
  usageRecordSchema,
} from '@radist-tech/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hexOfPrefixed } from './compact-ids.ts'
import { completeSeconds, type Remainder } from './usage-remainders.ts'
import { dayOf } from './usage-spread.ts'

const DAY = 86_400_000
const noon = Date.parse('2026-11-23T12:00:00Z')
const [projectId, roomId] = [crypto.randomUUID(), newRoomId()]

function recordOf(participantId: string, ms: number, endedAt = noon): UsageRecord {
  return usageRecordSchema.parse({
    recordId: newUsageRecordId(),
    projectId,
    roomId,
    participantId,
    seconds: Math.floor(ms / 1000),
    remainderMs: ms % 1000,
    startedAt: new Date(endedAt - ms).toISOString(),
    endedAt: new Date(endedAt).toISOString(),
  })
}

const secondsOf = (records: readonly UsageRecord[]) => records.map(({ seconds }) => seconds)

describe('remainders', () => {
  const ann = newParticipantId()
  const of = hexOfPrefixed(ann)
  const until = dayOf(noon) + 35

  it('complete a second with the record that brings the last of it', () => {
    const first = completeSeconds([recordOf(ann, 2600)], new Map(), noon)
    expect(secondsOf(first.completed)).toEqual([2])
    expect(first.changed).toEqual(new Map([[of, { ms: 600, until }]]))
    const second = completeSeconds([recordOf(ann, 450)], first.changed, noon)
    expect(secondsOf(second.completed)).toEqual([1])
    expect(second.changed).toEqual(new Map([[of, { ms: 50, until }]]))
  })

  it('that complete nothing make no record', () => {
    const { completed, changed } = completeSeconds([recordOf(ann, 400), recordOf(ann, 599)], new Map(), noon)
    expect(completed).toEqual([])
    expect(changed).toEqual(new Map([[of, { ms: 999, until }]]))
  })

  it('are of one participant alone', () => {
    const { completed } = completeSeconds(
      [recordOf(ann, 900), recordOf(newParticipantId(), 900)],
      new Map(),
      noon,
    )
    expect(completed).toEqual([])
  })

  it('are kept as long as the participant is heard of, and written again once a day', () => {
    const kept = new Map([[of, { ms: 600, until }]])
    expect(
      completeSeconds([recordOf(ann, 5000, noon + 3_600_000)], kept, noon + 3_600_000).changed.size,
    ).toBe(0)
    const { changed } = completeSeconds([recordOf(ann, 5000, noon + DAY)], kept, noon + DAY)
    expect(changed).toEqual(new Map([[of, { ms: 600, until: until + 1 }]]))
    // One that waited on a host says nothing of how long ago the others were.
    expect(completeSeconds([recordOf(ann, 5000, noon - 9 * DAY)], changed, noon).changed.size).toBe(0)
  })

  it('of somebody who never had any cost nothing', () => {
    const records = [recordOf(ann, 5000), recordOf(ann, 3000)]
    expect(completeSeconds(records, new Map(), noon)).toEqual({ completed: records, changed: new Map() })
  })
})

describe('any history of stays', () => {
  /** Stays of a few participants, on whichever hosts; each is cut into records anywhere at whole seconds. */
  const stay = fc.record({
    who: fc.nat({ max: 2 }),
    ms: fc.integer({ min: 1, max: 200_000 }),
    cuts: fc.array(fc.nat({ max: 200 }), { maxLength: 3 }),
    endedAt: fc.integer({ min: noon - 30 * DAY, max: noon + DAY }),
  })
  const history = fc.array(stay, { maxLength: 20 }).chain((stays) => {
    const records = stays.flatMap(({ who, ms, cuts, endedAt }) => {
      const ends = [...new Set(cuts.map((cut) => cut * 1000).filter((end) => end > 0 && end < ms))]
      const marks = [0, ...ends.sort((a, b) => a - b), ms]
      return marks.slice(1).map((end, i) => ({ who, ms: end - (marks[i] ?? 0), endedAt }))
    })
    return fc.record({
      records: fc.constant(records),
      order: fc.shuffledSubarray(records, { minLength: records.length }),
      batch: fc.integer({ min: 1, max: 7 }),
    })
  })

  it('is billed as the completed seconds of its sum, in whatever order and batches the records come', () => {
    const people = [newParticipantId(), newParticipantId(), newParticipantId()]
    fc.assert(
      fc.property(history, ({ records, order, batch }) => {
        const kept = new Map<string, Remainder>()
        const billed = new Map<string, number>()
        for (let at = 0; at < order.length; at += batch) {
          const batched = order.slice(at, at + batch)
          const sent = batched.map(({ who, ms, endedAt }) => recordOf(people[who] ?? '', ms, endedAt))
          const { completed, changed } = completeSeconds(sent, kept, noon)
          for (const [participant, remainder] of changed) {
            expect(remainder.ms).toBeLessThan(1000)
            kept.set(participant, remainder)
          }
          for (const { participantId, seconds } of completed)
            billed.set(participantId, (billed.get(participantId) ?? 0) + seconds)
        }
        for (const [who, participantId] of people.entries()) {
          const connectedMs = records.reduce((sum, it) => sum + (it.who === who ? it.ms : 0), 0)
          expect(billed.get(participantId) ?? 0).toBe(Math.floor(connectedMs / 1000))
          expect(kept.get(hexOfPrefixed(participantId))?.ms ?? 0).toBe(connectedMs % 1000)
        }
      }),
      { numRuns: 2000 },
    )
  })
})
