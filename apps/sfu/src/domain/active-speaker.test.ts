import { type ParticipantId, participantIdSchema } from '@radist-tech/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nobodySpeaks, type SpeakerEvent, type SpeakerState, speakerAfter } from './active-speaker.ts'

const ann = participantIdSchema.parse('part_AAAAAAAAAAAAAAAAAAAAAA')
const bob = participantIdSchema.parse('part_BBBBBBBBBBBBBBBBBBBBBB')

const after = (events: readonly SpeakerEvent[], from: SpeakerState = nobodySpeaks) =>
  events.reduce(speakerAfter, from)
const dominates = (participantId: ParticipantId, routerId = 'one') =>
  ({ type: 'dominates', routerId, participantId }) as const
const sound = (volume: number, routerId = 'one', loudest: ParticipantId | null = null) =>
  ({ type: 'sound', routerId, volume, loudest }) as const
const silence = (routerId = 'one') => ({ type: 'silence', routerId }) as const

describe('the active speaker', () => {
  it('is the dominant one while there is sound, and nobody after it is gone', () => {
    expect(after([sound(-30)]).speaker).toBeNull()
    const speaking = after([sound(-30), dominates(ann)])
    expect(speaking.speaker).toBe(ann)
    expect(after([silence()], speaking).speaker).toBeNull()
    expect(after([silence(), sound(-40)], speaking).speaker).toBe(ann)
    expect(after([{ type: 'gone', participantId: bob }], speaking).speaker).toBe(ann)
    expect(after([{ type: 'gone', participantId: ann }], speaking).speaker).toBeNull()
  })

  it('is the loudest where the router has not told who dominates, and only there', () => {
    expect(after([sound(-30, 'one', ann)]).speaker).toBe(ann)
    expect(after([dominates(bob), sound(-30, 'one', ann)]).speaker).toBe(bob)
    const muted = after([dominates(ann), sound(-30, 'one', ann), { type: 'gone', participantId: ann }])
    expect(after([silence()], muted).speaker).toBeNull()
    expect(after([silence(), sound(-30, 'one', ann)], muted).speaker).toBe(ann)
  })

  it('is the loudest of the routers’ dominant ones', () => {
    const both = [dominates(ann, 'one'), sound(-50, 'one'), dominates(bob, 'two'), sound(-20, 'two')]
    expect(after(both).speaker).toBe(bob)
    expect(after([...both, silence('two')]).speaker).toBe(ann)
  })

  it('goes on to be it until another is clearly louder', () => {
    const speaking = after([dominates(ann, 'one'), sound(-30, 'one'), dominates(bob, 'two')])
    expect(after([sound(-25, 'two')], speaking).speaker).toBe(ann)
    expect(after([sound(-20, 'two')], speaking).speaker).toBe(bob)
  })

  it('is remembered as the last one while nobody speaks, until another speaks or it is gone', () => {
    const spoken = after([dominates(ann), sound(-30), silence()])
    expect(spoken).toMatchObject({ speaker: null, lastSpeaker: ann })
    expect(after([dominates(bob)], spoken).lastSpeaker).toBe(bob)
    expect(after([{ type: 'gone', participantId: bob }], spoken).lastSpeaker).toBe(ann)
    expect(after([{ type: 'gone', participantId: ann }], spoken).lastSpeaker).toBeNull()
  })

  it('is always one who dominates a router with sound, and nobody only when there is none', () => {
    const routerId = fc.constantFrom('one', 'two', 'three')
    const participantId = fc.constantFrom(ann, bob)
    const event: fc.Arbitrary<SpeakerEvent> = fc.oneof(
      fc.record({ type: fc.constant('dominates' as const), routerId, participantId }),
      fc.record({
        type: fc.constant('sound' as const),
        routerId,
        volume: fc.integer({ min: -70, max: 0 }),
        loudest: fc.option(participantId),
      }),
      fc.record({ type: fc.constant('silence' as const), routerId }),
      fc.record({ type: fc.constant('gone' as const), participantId }),
    )
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const { routers, speaker, lastSpeaker } = after(events)
        const heard = [...routers.values()].flatMap(({ dominant, volume }) =>
          dominant === null || volume === null ? [] : [dominant],
        )
        if (speaker === null) expect(heard).toEqual([])
        else expect(heard).toContain(speaker)
        if (speaker !== null) expect(lastSpeaker).toBe(speaker)
        const last = events.at(-1)
        if (last?.type === 'gone') expect([speaker, lastSpeaker]).not.toContain(last.participantId)
      }),
    )
  })
})
