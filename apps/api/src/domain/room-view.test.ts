import { type RosterAnswer, roomAnswerSchema, roomIdSchema } from '@radist-tech/protocol'
import { describe, expect, it } from 'vitest'
import { onHost, participant, token } from '../testing/room-fixture.ts'
import { closeRoom, mintToken, openRoom, type Room } from './room.ts'
import { admit } from './room-roster.ts'
import { viewRoom } from './room-view.ts'

const roomId = roomIdSchema.parse('0197a000-0000-4000-8000-0000000000bb')
const empty = onHost(openRoom({ maxParticipants: 9, emptyTimeoutMs: 60_000, graceMs: 30_000 }, 0), 1, 0)

/** The room after participant n has come in at this time. */
function joined(room: Room, n: number, at: number): Room {
  const minted = mintToken(room, `jti-${n}`, token(60_000), at).room
  if (minted.kind !== 'open' || minted.placement.kind !== 'on-host') throw new Error('not on a host')
  const { hostId } = minted.placement.host
  const asked = { jti: `jti-${n}`, expiresAt: 60_000, attemptId: null, newSecret: 'secret' }
  const request = { hostId, epoch: minted.epoch, newParticipantId: participant(n), ...asked }
  return admit(minted, request, at).room
}

describe('a room as its backend sees it', () => {
  const room = joined(joined(empty, 1, 1000), 2, 2000)
  const view = (seen: Room, told: RosterAnswer | null) =>
    roomAnswerSchema.strict().parse(viewRoom(roomId, seen, told))
  const [first, second] = [
    { participantId: participant(1), identity: null, joinedAt: '1970-01-01T00:00:01.000Z' },
    { participantId: participant(2), identity: null, joinedAt: '1970-01-01T00:00:02.000Z' },
  ]

  it('says what its host says of each, and nothing good of one that is not there yet', () => {
    const said = { connected: true, tracks: [], quality: 'good' as const }
    const told = { participants: [{ participantId: participant(1), ...said }] }
    expect(view(room, told)).toMatchObject({
      live: true,
      participants: [
        { ...first, ...said },
        { ...second, connected: false, tracks: [], quality: null },
      ],
    })
  })

  it('knows who has a place when its host says nothing', () => {
    const unknown = { connected: null, tracks: null, quality: null }
    expect(view(room, null)).toMatchObject({
      live: false,
      participants: [
        { ...first, ...unknown },
        { ...second, ...unknown },
      ],
    })
    expect(view(empty, null)).toMatchObject({ live: true, participants: [] })
  })

  it('lists nobody that its host alone knows', () => {
    const stranger = { participantId: participant(3), connected: true, tracks: [], quality: null }
    expect(view(empty, { participants: [stranger] }).participants).toEqual([])
  })

  it('is closed, each way', () => {
    for (const [reason, shown] of [
      ['closed-by-backend', 'closed-by-backend'],
      ['not-placed', 'not-placed'],
      ['void', 'not-placed'],
    ] as const)
      expect(view(closeRoom(room, reason, 5000).room, null)).toMatchObject({
        state: 'closed',
        closedAt: '1970-01-01T00:00:05.000Z',
        closedReason: shown,
        live: true,
        participants: [],
      })
  })
})
