import {
  bootIdSchema,
  type HostId,
  hostIdSchema,
  type ParticipantId,
  participantIdSchema,
} from '@radist-tech/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  beginPlacement,
  closeRoom,
  hostChecked,
  MAX_PENDING_TOKENS,
  mintToken,
  nextTick,
  type OpenRoom,
  openRoom,
  type PendingToken,
  placed,
  type Room,
  type RoomEffect,
  type RoomHost,
  type Step,
  tick,
} from './room.ts'
import { type AdmissionRequest, admit, depart } from './room-roster.ts'

const id = (prefix: string, n: number) => `${prefix}_${String(n).padStart(22, '0')}`
const hostOf = (n: number): RoomHost => ({
  hostId: hostIdSchema.parse(id('sfu', n)),
  bootId: bootIdSchema.parse(id('boot', n)),
  signalingUrl: `ws://host-${n}.test/ws`,
  controlUrl: `http://host-${n}.test`,
})
const participant = (n: number): ParticipantId => participantIdSchema.parse(id('part', n))
const permissions = { publish: true, subscribe: true, data: true }
const settings = { maxParticipants: 2, emptyTimeoutMs: 300_000, graceMs: 30_000 }
const token = (expiresAt: number, rejoins: ParticipantId | null = null): PendingToken => ({
  expiresAt,
  identity: null,
  permissions,
  rejoins,
})

function onHost(room: OpenRoom, n: number, now: number): OpenRoom {
  return placed(beginPlacement(room, now).room, hostOf(n), now)
}

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

describe('any history', () => {
  type Event =
    | { kind: 'mint'; ttl: number }
    | { kind: 'admit'; which: number; rightHost: boolean; epochBack: number; attempt: number | null }
    | { kind: 'depart'; which: number; epochBack: number }
    | { kind: 'move'; host: number; taken: boolean }
    | { kind: 'check'; state: 'live' | 'lost' }
    | { kind: 'rejoin'; which: number }
    | { kind: 'close' }
    | { kind: 'wait' }
  const small = fc.nat({ max: 5 })
  const mintEvent = fc.record({ kind: fc.constant('mint' as const), ttl: fc.integer({ min: 1, max: 200 }) })
  const admitEvent = fc.record({
    kind: fc.constant('admit' as const),
    which: fc.nat({ max: 12 }),
    rightHost: fc.constantFrom(true, true, true, false),
    epochBack: fc.constantFrom(0, 0, 0, 1),
    attempt: fc.option(small),
  })
  const departEvent = fc.record({
    kind: fc.constant('depart' as const),
    which: small,
    epochBack: fc.constantFrom(0, 0, 1),
  })
  const moveEvent = fc.record({
    kind: fc.constant('move' as const),
    host: fc.integer({ min: 1, max: 2 }),
    taken: fc.constantFrom(true, true, true, false),
  })
  const checkEvent = fc.record({
    kind: fc.constant('check' as const),
    state: fc.constantFrom('live' as const, 'lost' as const),
  })
  const event: fc.Arbitrary<Event> = fc.oneof(
    { weight: 20, arbitrary: mintEvent },
    { weight: 30, arbitrary: admitEvent },
    { weight: 10, arbitrary: departEvent },
    { weight: 4, arbitrary: moveEvent },
    { weight: 4, arbitrary: checkEvent },
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('rejoin' as const), which: small }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('wait' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('close' as const) }) },
  )

  /** Applies an event; answers what was done about it and which token was consumed for whom. */
  function run(room: Room, e: Event, now: number, n: number, tokens: string[]): Step<Room, string | null> {
    const none = (next: Room): Step<Room, string | null> => ({ room: next, effects: [], answer: null })
    const roster = room.kind === 'open' ? [...room.roster.keys()] : []
    switch (e.kind) {
      case 'mint':
        tokens.push(`t${n}`)
        return none(mintToken(room, `t${n}`, token(now + e.ttl), now).room)
      case 'admit': {
        const jti = tokens[e.which % Math.max(1, tokens.length)] ?? 'unknown'
        const epoch = (room.kind === 'open' ? room.epoch : 1) - e.epochBack
        const placement = room.kind === 'open' ? room.placement : null
        const holder = (placement?.kind === 'on-host' ? placement.host : hostOf(1)).hostId
        const step = admit(
          room,
          {
            hostId: e.rightHost ? holder : hostOf(3).hostId,
            epoch,
            jti,
            expiresAt: Number.MAX_SAFE_INTEGER,
            attemptId: e.attempt === null ? null : `attempt-${e.attempt}`,
            newParticipantId: participant(n),
            newSecret: `secret-${n}`,
          },
          now,
        )
        const consumed = step.answer.ok && step.room !== room ? jti : null
        return { ...step, answer: consumed }
      }
      case 'depart': {
        const who = roster[e.which % Math.max(1, roster.length)]
        if (room.kind === 'closed' || !who || room.placement.kind === 'none') return none(room)
        const hostId: HostId = room.placement.host.hostId
        const step = depart(room, { hostId, epoch: room.epoch - e.epochBack }, [who], now)
        return { ...step, answer: null }
      }
      case 'move': {
        if (room.kind === 'closed') return none(room)
        const begun = beginPlacement(room, now)
        return {
          ...begun,
          room: e.taken ? placed(begun.room, hostOf(e.host), now) : begun.room,
          answer: null,
        }
      }
      case 'check':
        return { ...hostChecked(room, e.state, now), answer: null }
      case 'rejoin': {
        const who = roster[e.which % Math.max(1, roster.length)]
        if (!who) return none(room)
        tokens.push(`t${n}`)
        return none(mintToken(room, `t${n}`, token(now + 100, who), now).room)
      }
      case 'close':
        return { ...closeRoom(room, 'closed-by-backend', now), answer: null }
      case 'wait':
        return none(room)
    }
  }

  it('holds the limit, uses a token once, ends once, and always ends', () => {
    const steps = fc.array(fc.tuple(event, fc.nat({ max: 15 })), { maxLength: 60 })
    fc.assert(
      fc.property(steps, (events) => {
        const brief = { maxParticipants: 2, emptyTimeoutMs: 100, graceMs: 50 }
        let room: Room = onHost(openRoom(brief, 0), 1, 0)
        let now = 0
        const tokens: string[] = []
        const consumed: string[] = []
        const effects: RoomEffect[] = []
        let epoch = 0
        const take = (step: Step<Room, unknown>) => {
          if (room.kind === 'closed') expect(step.room).toBe(room)
          room = step.room
          effects.push(...step.effects)
          if (room.kind === 'closed') return
          expect(room.roster.size).toBeLessThanOrEqual(2)
          expect(room.epoch).toBeGreaterThanOrEqual(epoch)
          epoch = room.epoch
          for (const { rejoins } of room.pending.values())
            if (rejoins !== null) expect(room.roster.has(rejoins)).toBe(true)
        }
        for (const [n, [e, wait]] of events.entries()) {
          now += wait
          take(tick(room, now))
          const step = run(room, e, now, n, tokens)
          if (step.answer !== null) consumed.push(step.answer)
          take(step)
        }
        expect(new Set(consumed).size).toBe(consumed.length)
        // Left alone with a host that is gone, it closes within its deadlines, and frees its place once.
        for (let i = 0; i < 10 && room.kind === 'open'; i++) {
          now = Math.max(now, nextTick(room) ?? now + 50)
          take(hostChecked(room, 'lost', now))
          take(tick(room, now))
        }
        expect(room.kind).toBe('closed')
        expect(effects.filter(({ kind }) => kind === 'ended')).toHaveLength(1)
        expect(nextTick(room)).toBeNull()
      }),
      { numRuns: 1000 },
    )
  })
})
