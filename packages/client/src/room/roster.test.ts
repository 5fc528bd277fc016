import { participantIdSchema } from '@radist-tech/protocol/ids'
import type { ParticipantInfo, ProducerInfo } from '@radist-tech/protocol/room-signaling'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Roster,
  type RosterChange,
  rosterChanges,
  rosterOf,
  withConnected,
  withoutParticipant,
  withoutProducer,
  withParticipant,
  withProducer,
  withProducerPaused,
} from './roster.ts'

const idOf = (n: number) => participantIdSchema.parse(`part_${String(n).padStart(22, '0')}`)
const person = (n: number, producers: ProducerInfo[] = []): ParticipantInfo => ({
  participantId: idOf(n),
  connected: true,
  producers,
})
const camera = (producerId: string, paused = false): ProducerInfo => ({
  producerId,
  kind: 'video',
  source: 'camera',
  paused,
})
const types = (before: Roster, after: Roster) => rosterChanges(before, after).map((change) => change.type)

describe('roster', () => {
  it('tells an arrival before its tracks, and the end of the tracks before a departure', () => {
    const empty = rosterOf([])
    const one = withParticipant(empty, person(1, [camera('p1')]))
    expect(types(empty, one)).toEqual(['participant-joined', 'producer-added'])
    expect(types(one, withoutParticipant(one, idOf(1)))).toEqual(['producer-closed', 'participant-left'])
  })

  it('tells each change of a producer once', () => {
    const before = rosterOf([person(1)])
    const added = withProducer(before, idOf(1), camera('p1'))
    const paused = withProducerPaused(added, idOf(1), 'p1', true)
    const closed = withoutProducer(paused, idOf(1), 'p1')
    expect(types(before, added)).toEqual(['producer-added'])
    expect(types(added, withProducer(added, idOf(1), camera('p1')))).toEqual([])
    expect(types(added, paused)).toEqual(['producer-paused'])
    expect(types(paused, added)).toEqual(['producer-resumed'])
    expect(types(paused, closed)).toEqual(['producer-closed'])
  })

  it('tells dropped and returned sockets', () => {
    const before = rosterOf([person(1)])
    const dropped = withConnected(before, idOf(1), false)
    expect(types(before, dropped)).toEqual(['participant-disconnected'])
    expect(types(dropped, before)).toEqual(['participant-reconnected'])
  })

  it('knows nothing of a participant that is not in it', () => {
    const before = rosterOf([person(1)])
    expect(withProducer(before, idOf(2), camera('p1'))).toBe(before)
  })

  it('gets from any roster to any other by its changes alone', () => {
    const rosters = fc
      .uniqueArray(
        fc.record({
          n: fc.integer({ min: 1, max: 4 }),
          connected: fc.boolean(),
          producers: fc.uniqueArray(fc.record({ id: fc.integer({ min: 1, max: 3 }), paused: fc.boolean() }), {
            selector: (producer) => producer.id,
          }),
        }),
        { selector: (participant) => participant.n },
      )
      .map((people) =>
        rosterOf(
          people.map(({ n, connected, producers }) => ({
            ...person(
              n,
              producers.map(({ id, paused }) => camera(`${n}-${id}`, paused)),
            ),
            connected,
          })),
        ),
      )
    fc.assert(
      fc.property(rosters, rosters, (before, after) => {
        expect(summary(rosterChanges(before, after).reduce(applied, before))).toEqual(summary(after))
        expect(rosterChanges(after, after)).toEqual([])
      }),
    )
  })
})

/** What a listener that heard only the changes would believe. */
function applied(roster: Roster, change: RosterChange): Roster {
  const { participant } = change
  const id = participant.participantId
  switch (change.type) {
    case 'participant-joined':
      return withParticipant(roster, { ...participant, producers: [] })
    case 'participant-left':
      return withoutParticipant(roster, id)
    case 'participant-disconnected':
      return withConnected(roster, id, false)
    case 'participant-reconnected':
      return withConnected(roster, id, true)
    case 'producer-added':
      return withProducer(roster, id, change.producer)
    case 'producer-paused':
      return withProducerPaused(roster, id, change.producer.producerId, true)
    case 'producer-resumed':
      return withProducerPaused(roster, id, change.producer.producerId, false)
    case 'producer-closed':
      return withoutProducer(roster, id, change.producer.producerId)
    default:
      return change satisfies never
  }
}

const summary = (roster: Roster) =>
  Object.fromEntries(
    [...roster].map(([id, { connected, producers }]) => [
      id,
      {
        connected,
        producers: Object.fromEntries(producers.map(({ producerId, paused }) => [producerId, paused])),
      },
    ]),
  )
