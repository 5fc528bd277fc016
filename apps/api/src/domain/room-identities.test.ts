/** Who gives way to whom, and who is put out: events of `room-roster.ts`. */
import { describe, expect, it } from 'vitest'
import { hostOf, onHost, participant, token } from '../testing/room-fixture.ts'
import {
  beginPlacement,
  hostGaveUp,
  mintToken,
  nextTick,
  type OpenRoom,
  openRoom,
  placed,
  tick,
} from './room.ts'
import { admit, removeParticipant } from './room-roster.ts'

const settings = { maxParticipants: 2, emptyTimeoutMs: 300_000, graceMs: 30_000 }
const open = (room: ReturnType<typeof tick>['room']): OpenRoom => {
  if (room.kind !== 'open') throw new Error('closed')
  return room
}

/** Lets the n-th participant in, with this identity. */
function enter(room: OpenRoom, n: number, identity: string | null) {
  const minted = open(mintToken(room, `t${n}`, token(60_000, null, identity), 0).room)
  if (minted.placement.kind === 'none') throw new Error('not placed')
  const step = admit(
    minted,
    {
      hostId: minted.placement.host.hostId,
      epoch: minted.epoch,
      jti: `t${n}`,
      expiresAt: 60_000,
      attemptId: `attempt-${n}`,
      newParticipantId: participant(n),
      newSecret: `secret-${n}`,
    },
    1000,
  )
  return { ...step, room: open(step.room) }
}
const fresh = () => onHost(openRoom(settings, 0), 1, 0)
const removalOf = (n: number, reason: 'removed' | 'replaced') => ({
  kind: 'remove-on-host',
  host: hostOf(1),
  epoch: 1,
  participantId: participant(n),
  reason,
})

describe('an identity that joins again', () => {
  it('takes the place of the older, in a full room too', () => {
    const full = enter(enter(fresh(), 1, 'ann').room, 2, 'bob').room
    const again = enter(full, 3, 'ann')
    expect(again.answer).toMatchObject({ ok: true, participantId: participant(3), replaces: participant(1) })
    expect([...again.room.roster.keys()]).toEqual([participant(2), participant(3)])
    expect(again.effects).toEqual([removalOf(1, 'replaced')])
    expect(enter(again.room, 4, 'cleo').answer).toEqual({ ok: false, code: 'room_full' })
  })

  it('leaves those without an identity alone', () => {
    const full = enter(enter(fresh(), 1, null).room, 2, null)
    expect(full.answer).toMatchObject({ replaces: null })
    expect(full.room.roster.size).toBe(2)
  })

  it('keeps an older one of a lost host from coming back, and troubles no host with it', () => {
    const lost = enter(fresh(), 1, 'ann').room
    const moved = placed(open(beginPlacement(lost, 2000).room), hostOf(2), 2000)
    const rejoining = open(mintToken(moved, 'rejoin', token(60_000, participant(1), 'ann'), 2000).room)
    const again = enter(rejoining, 2, 'ann')
    expect(again.effects).toEqual([])
    expect(again.room.pending.has('rejoin')).toBe(false)
    expect([...again.room.roster.keys()]).toEqual([participant(2)])
  })
})

describe('a participant that is removed', () => {
  it('frees its place, and its host is told', () => {
    const removed = removeParticipant(enter(fresh(), 1, 'ann').room, participant(1), 2000)
    expect(removed).toMatchObject({ answer: { ok: true }, effects: [removalOf(1, 'removed')] })
    expect(open(removed.room).roster.size).toBe(0)
    expect(removeParticipant(removed.room, participant(1), 2000).answer).toEqual({
      ok: false,
      code: 'participant_not_found',
    })
    expect(enter(open(removed.room), 2, 'ann').answer).toMatchObject({ ok: true, replaces: null })
  })
})

describe('a host that gives a room up', () => {
  it('loses it, and the participants keep their places for the grace period', () => {
    const room = enter(fresh(), 1, 'ann').room
    const given = hostGaveUp(room, { hostId: hostOf(1).hostId, epoch: 1 }, 5000)
    expect(open(given.room).placement).toEqual({ kind: 'none', since: 5000 })
    expect(open(given.room).roster.size).toBe(1)
    expect(nextTick(given.room)).toBe(35_000)
    expect(open(tick(given.room, 35_000).room).roster.size).toBe(0)
  })

  it('has nothing to say about a room that is elsewhere', () => {
    const room = fresh()
    expect(hostGaveUp(room, { hostId: hostOf(2).hostId, epoch: 1 }, 5000).room).toBe(room)
    expect(hostGaveUp(room, { hostId: hostOf(1).hostId, epoch: 0 }, 5000).room).toBe(room)
  })
})
