import type { PresenceChange } from '@radist-tech/protocol'
import { describe, expect, it } from 'vitest'
import { hostOf, onHost, participant, token } from '../testing/room-fixture.ts'
import { closeRoom, hostChecked, hostGaveUp, mintToken, type OpenRoom, openRoom, type Room } from './room.ts'
import { admit, depart, removeParticipant } from './room-roster.ts'
import { presenceHappenings, roomHappenings, type TellsWhy } from './room-timeline.ts'

const settings = { maxParticipants: 9, emptyTimeoutMs: 60_000, graceMs: 30_000 }
const [ann, bob] = [participant(1), participant(2)]
const empty = onHost(openRoom(settings, 0), 1, 0)

function letIn(room: OpenRoom, n: number, rejoins: boolean, identity: string | null, now: number): OpenRoom {
  const jti = `t${n}-${now}`
  const minted = mintToken(room, jti, token(90_000, rejoins ? participant(n) : null, identity), now).room
  const { hostId } = hostOf(room.epoch)
  const newcomer = { newParticipantId: participant(n), newSecret: 's', attemptId: null }
  const step = admit(minted, { hostId, epoch: room.epoch, jti, expiresAt: 90_000, ...newcomer }, now)
  if (!step.answer.ok || step.room.kind === 'closed') throw new Error('not let in')
  return step.room
}
const told = (before: Room, after: Room, why: TellsWhy = new Map()) =>
  roomHappenings(before, after, why, 7).map(({ at, kind, subject, reason }) => {
    expect(at).toBe(7)
    return [kind, subject, reason]
  })
const withAnn = letIn(empty, 1, false, 'ann', 1)
const withBoth = letIn(withAnn, 2, false, null, 2)
const host = { hostId: hostOf(1).hostId, epoch: 1 }

describe('who comes and goes', () => {
  it('is told with an identity, and with why', () => {
    expect(roomHappenings(empty, withAnn, new Map(), 7)).toEqual([
      { at: 7, kind: 'joined', subject: ann, identity: 'ann', reason: null },
    ])
    const gone = depart(withBoth, host, [ann, bob], 7).room
    expect(told(withBoth, gone, new Map([[bob, 'timeout']]))).toEqual([
      ['left', ann, 'left'],
      ['left', bob, 'timeout'],
    ])
    const removed = removeParticipant(withAnn, ann, 7).room
    expect(told(withAnn, removed, new Map([[ann, 'removed']]))).toEqual([['left', ann, 'removed']])
  })

  it('is replaced by its own identity', () => {
    const again = letIn(withAnn, 3, false, 'ann', 5)
    expect(told(withAnn, again)).toEqual([
      ['left', ann, 'replaced'],
      ['joined', participant(3), null],
    ])
  })

  it('leaves with the room, and is told once', () => {
    const closed = closeRoom(withBoth, 'closed-by-backend', 7).room
    expect(told(withBoth, closed)).toEqual([
      ['left', ann, 'room-closed'],
      ['left', bob, 'room-closed'],
    ])
    expect(told(closed, closed)).toEqual([])
  })
})

describe('a room that loses its host', () => {
  const given = hostGaveUp(withBoth, host, 3).room
  if (given.kind === 'closed') throw new Error('closed')
  const moved = onHost(given, 2, 4)

  it('has its participants dropped, moved, and back one by one', () => {
    expect(told(withBoth, given)).toEqual([['dropped', null, 'host-lost']])
    expect(told(given, moved)).toEqual([['moved', null, null]])
    expect(told(moved, letIn(moved, 1, true, 'ann', 5))).toEqual([['resumed', ann, 'moved']])
  })

  it('says so of those who do not come back', () => {
    const lost = hostChecked(hostChecked(withBoth, 'lost', 3).room, 'lost', 40_000).room
    expect(told(withBoth, lost)).toEqual([
      ['left', ann, 'host-lost'],
      ['left', bob, 'host-lost'],
    ])
  })

  it('says nothing of hosts while nobody is in it', () => {
    const unplaced = hostGaveUp(empty, host, 3).room
    expect(told(empty, unplaced)).toEqual([])
  })
})

describe('what a host says of sockets', () => {
  const change = (number: number, at: number, participantId = ann): PresenceChange => ({
    participantId,
    change: 'dropped',
    at: new Date(at).toISOString(),
    number,
  })

  it('is taken as far as it is news, of those in the room, at a time that can be', () => {
    const changes = [change(4, 5), change(5, 6), change(6, 0), change(7, 99), change(8, 6, participant(9))]
    expect(presenceHappenings(withAnn, changes, 4, 50).map(({ at, subject }) => [at, subject])).toEqual([
      [6, ann],
      [1, ann],
      [50, ann],
    ])
  })
})
