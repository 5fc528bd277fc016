import type { ParticipantId } from '@radist-tech/protocol'
import { describe, expect, it } from 'vitest'
import { hostOf, onHost, participant, token } from '../testing/room-fixture.ts'
import {
  closeRoom,
  hostChecked,
  MAX_PENDING_TOKENS,
  mintToken,
  nextTick,
  type OpenRoom,
  openRoom,
  type Room,
  type Step,
  tick,
} from './room.ts'
import { type AdmissionRequest, admit, depart } from './room-roster.ts'

const settings = { maxParticipants: 2, emptyTimeoutMs: 300_000, graceMs: 30_000 }

function open(room: Room): OpenRoom {
  if (room.kind !== 'open') throw new Error('closed')
  return room
}

function minted(
  room: Room,
  jti: string,
  expiresAt: number,
  now: number,
  rejoins: ParticipantId | null = null,
) {
  return open(mintToken(room, jti, token(expiresAt, rejoins), now).room)
}

function asks(
  room: OpenRoom,
  jti: string,
  n: number,
  more: Partial<AdmissionRequest> = {},
): AdmissionRequest {
  return {
    hostId: room.placement.kind === 'on-host' ? room.placement.host.hostId : hostOf(0).hostId,
    epoch: room.epoch,
    jti,
    expiresAt: 3_600_000,
    attemptId: null,
    newParticipantId: participant(n),
    newSecret: `secret-${n}`,
    ...more,
  }
}

describe('tokens and the roster', () => {
  it('admits with a token once', () => {
    const room = minted(onHost(openRoom(settings, 0), 1, 0), 'a', 60_000, 0)
    const first = admit(room, asks(room, 'a', 1), 1000)
    expect(first.answer).toMatchObject({
      ok: true,
      participantId: participant(1),
      reconnectSecret: 'secret-1',
    })
    expect(admit(first.room, asks(room, 'a', 2), 1001).answer).toEqual({ ok: false, code: 'used_room_token' })
  })

  it('gives a repeated attempt its first answer', () => {
    const room = minted(onHost(openRoom(settings, 0), 1, 0), 'a', 60_000, 0)
    const first = admit(room, asks(room, 'a', 1, { attemptId: 'attempt-1' }), 1000)
    const again = admit(first.room, asks(room, 'a', 2, { attemptId: 'attempt-1' }), 2000)
    expect(again.answer).toEqual(first.answer)
    const other = admit(first.room, asks(room, 'a', 3, { attemptId: 'attempt-2' }), 2000)
    expect(other.answer).toEqual({ ok: false, code: 'used_room_token' })
  })

  it('refuses another host, another epoch, an expired token and one too many', () => {
    const room = minted(onHost(openRoom({ ...settings, maxParticipants: 1 }, 0), 1, 0), 'a', 60_000, 0)
    const code = (step: Step<Room, unknown>) => step.answer
    const overtaken = { ok: false, code: 'overtaken_epoch' }
    expect(code(admit(room, asks(room, 'a', 1, { hostId: hostOf(2).hostId }), 0))).toEqual(overtaken)
    expect(code(admit(room, asks(room, 'a', 1, { epoch: 2 }), 0))).toEqual(overtaken)
    expect(code(admit(room, asks(room, 'a', 1, { expiresAt: 60_000 }), 60_000))).toEqual({
      ok: false,
      code: 'expired_room_token',
    })
    const inside = open(admit(minted(room, 'b', 60_000, 0), asks(room, 'a', 1), 0).room)
    const full = admit(inside, asks(room, 'b', 2), 0)
    expect(full.answer).toEqual({ ok: false, code: 'room_full' })
    // The token is not spent on a refusal.
    const freed = depart(inside, { hostId: hostOf(1).hostId, epoch: 1 }, [participant(1)], 5)
    expect(admit(freed.room, asks(room, 'b', 2), 10).answer).toMatchObject({ ok: true })
  })

  it('bounds the tokens that nobody uses', () => {
    const pending = new Map(Array.from({ length: MAX_PENDING_TOKENS }, (_, n) => [`t${n}`, token(1000)]))
    const room = { ...openRoom(settings, 0), pending }
    expect(mintToken(room, 'x', token(5000), 999).answer).toEqual({ ok: false, code: 'too_many_requests' })
    expect(mintToken(room, 'x', token(5000), 1000).answer).toEqual({ ok: true })
  })

  it('takes a departure twice and only from the present epoch', () => {
    const room = minted(onHost(openRoom(settings, 0), 1, 0), 'a', 60_000, 0)
    const inside = open(admit(room, asks(room, 'a', 1), 0).room)
    const host = { hostId: hostOf(1).hostId, epoch: 1 }
    const gone = depart(inside, host, [participant(1)], 100)
    expect(open(gone.room).roster.size).toBe(0)
    expect(depart(gone.room, host, [participant(1)], 200)).toMatchObject({
      room: gone.room,
      answer: { ok: true },
    })
    const moved = onHost(inside, 2, 50)
    expect(depart(moved, host, [participant(1)], 100).answer).toEqual({ ok: false, code: 'overtaken_epoch' })
  })
})

describe('closing', () => {
  it('waits for the empty timeout or the last token of a room nobody joined, whichever is later', () => {
    const room = onHost(openRoom(settings, 0), 1, 0)
    expect(nextTick(room)).toBe(300_000)
    const waiting = minted(room, 'a', 3_600_000, 0)
    expect(nextTick(waiting)).toBe(3_600_000)
    expect(tick(waiting, 3_599_999).room.kind).toBe('open')
    const closed = tick(waiting, 3_600_000)
    expect(closed.room).toMatchObject({ kind: 'closed', closedAt: 3_600_000, reason: 'empty' })
    expect(closed.effects.map(({ kind }) => kind)).toEqual(['drop-on-host', 'ended'])
  })

  it('counts the timeout from the last departure once somebody was in', () => {
    const room = minted(onHost(openRoom(settings, 0), 1, 0), 'a', 60_000, 0)
    const inside = open(admit(minted(room, 'b', 3_600_000, 0), asks(room, 'a', 1), 0).room)
    expect(nextTick(inside)).toBeNull()
    const gone = depart(inside, { hostId: hostOf(1).hostId, epoch: 1 }, [participant(1)], 10_000).room
    expect(nextTick(gone)).toBe(310_000)
    expect(tick(gone, 310_000).room.kind).toBe('closed')
  })

  it('is for ever, and ends once', () => {
    const closed = closeRoom(onHost(openRoom(settings, 0), 1, 0), 'closed-by-backend', 5)
    expect(closed.effects).toContainEqual({ kind: 'ended' })
    expect(closeRoom(closed.room, 'empty', 9)).toEqual({ room: closed.room, effects: [], answer: null })
    expect(mintToken(closed.room, 'x', token(99), 9).answer).toEqual({ ok: false, code: 'room_closed' })
  })
})

describe('a lost host', () => {
  const room = minted(onHost(openRoom(settings, 0), 1, 0), 'a', 60_000, 0)
  const inside = open(admit(room, asks(room, 'a', 1), 0).room)

  it('costs the participants their places only when it stays lost for the grace period', () => {
    const suspected = hostChecked(inside, 'lost', 1000).room
    expect(open(suspected).roster.size).toBe(1)
    const back = hostChecked(suspected, 'live', 20_000).room
    expect(open(hostChecked(back, 'lost', 31_000).room).roster.size).toBe(1)
    const gone = hostChecked(suspected, 'lost', 31_000)
    expect(open(gone.room)).toMatchObject({ emptySince: 31_000, placement: { kind: 'none' } })
    expect(open(gone.room).roster.size).toBe(0)
    expect(gone.effects).toMatchObject([{ kind: 'drop-on-host', epoch: 1, reason: 'moved' }])
  })

  it('lets the participant go on elsewhere as itself, with a new secret', () => {
    const moved = onHost(inside, 2, 1000)
    expect(moved.epoch).toBe(2)
    const rejoining = minted(moved, 'r', 60_000, 1000, participant(1))
    const rejoined = admit(rejoining, asks(moved, 'r', 9), 2000)
    expect(rejoined.answer).toMatchObject({
      ok: true,
      participantId: participant(1),
      reconnectSecret: 'secret-9',
    })
    const roster = open(rejoined.room).roster
    expect(roster.size).toBe(1)
    expect(roster.get(participant(1))).toMatchObject({ epoch: 2, previousSecret: 'secret-1', admittedAt: 0 })
    expect(nextTick(rejoined.room)).toBeNull()
  })

  it('keeps the place of one that does not come again for the grace period, and its token no longer', () => {
    const moved = onHost(inside, 2, 1000)
    const rejoining = minted(moved, 'r', 600_000, 1000, participant(1))
    expect(nextTick(rejoining)).toBe(31_000)
    expect(open(tick(rejoining, 30_999).room).roster.size).toBe(1)
    const after = open(tick(rejoining, 31_000).room)
    expect(after.roster.size).toBe(0)
    expect(after.emptySince).toBe(31_000)
    expect(admit(after, asks(moved, 'r', 9), 32_000).answer).toEqual({ ok: false, code: 'used_room_token' })
  })
})
