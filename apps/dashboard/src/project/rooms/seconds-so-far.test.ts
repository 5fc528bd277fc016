import { dashboardRoomAnswerSchema } from '@radist-tech/protocol/dashboard'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nobodyYet, secondsAt, withAnswer } from './seconds-so-far.ts'

const ann = `part_${'a'.repeat(22)}`
const createdAt = '2026-11-23T06:00:00.000Z'

const told = (reported: number, connected: boolean | null = true, state: 'open' | 'closed' = 'open') =>
  dashboardRoomAnswerSchema.parse({
    room: {
      roomId: '6f1c2f0e-3b57-4f6e-8a8e-0d5d8c1f2a3b',
      state,
      createdAt,
      closedAt: null,
      closedReason: null,
      live: true,
      participants: [
        { participantId: ann, identity: 'ann', joinedAt: createdAt, connected, tracks: [], quality: null },
      ],
    },
    seconds: { total: reported, participants: { [ann]: reported } },
    timeline: [],
    truncated: false,
  })

describe('the seconds of a participant', () => {
  it('go on between reports', () => {
    const so = withAnswer(nobodyYet, told(10), 1_000_000)
    expect([1_000_000, 1_000_999, 1_001_000, 1_005_500].map((now) => secondsAt(so, ann, now))).toEqual([
      10, 10, 11, 15,
    ])
  })

  it('stand still while the connection is lost, and when the room is closed', () => {
    for (const answer of [told(10, false), told(10, true, 'closed')]) {
      const so = withAnswer(nobodyYet, answer, 1_000_000)
      expect(secondsAt(so, ann, 1_060_000)).toBe(10)
    }
  })

  it('follow a report that knows more, and no older one', () => {
    let so = withAnswer(nobodyYet, told(10), 0)
    so = withAnswer(so, told(10), 5000)
    expect(secondsAt(so, ann, 5000)).toBe(15)
    so = withAnswer(so, told(17), 6000)
    expect(secondsAt(so, ann, 6000)).toBe(17)
  })

  it('forget who is gone', () => {
    const so = withAnswer(nobodyYet, told(10), 0)
    const empty = told(10)
    empty.room.participants = []
    expect(withAnswer(so, empty, 1000).seconds).toEqual({})
  })

  it('never go back, and never pass the time, whatever is reported when', () => {
    const history = fc.array(fc.record({ pause: fc.nat(20_000), lag: fc.nat(15), connected: fc.boolean() }), {
      maxLength: 30,
    })
    fc.assert(
      fc.property(history, (steps) => {
        let so = nobodyYet
        let now = 0
        let present = 0
        let isIn = false
        let shown = 0
        for (const { pause, lag, connected } of steps) {
          now += pause
          if (isIn) present += pause / 1000
          so = withAnswer(so, told(Math.max(0, Math.floor(present) - lag), connected), now)
          isIn = connected
          const next = secondsAt(so, ann, now)
          expect(next).toBeGreaterThanOrEqual(shown)
          expect(next).toBeLessThanOrEqual(present + 1e-6)
          shown = next
        }
      }),
    )
  })
})
