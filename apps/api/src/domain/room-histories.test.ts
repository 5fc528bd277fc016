import { type HostId, roomIdSchema } from '@radist-tech/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hostOf, onHost, participant, token } from '../testing/room-fixture.ts'
import {
  beginPlacement,
  closeRoom,
  hostChecked,
  hostGaveUp,
  mintToken,
  nextTick,
  openRoom,
  placed,
  type Room,
  type RoomEffect,
  type Step,
  tick,
} from './room.ts'
import { admit, depart, removeParticipant } from './room-roster.ts'
import { roomHappenings, rosterOf } from './room-timeline.ts'
import { roomEvents, type ToldEvent } from './webhook-events.ts'

const ROOM_ID = roomIdSchema.parse('0197a000-0000-4000-8000-0000000000bb')

/** What webhooks are told of a room, held against who is seen in it. */
class RoomTelling {
  readonly #events: ToldEvent[] = []
  readonly #inside = new Set<string>()
  readonly #gone = new Set<string>()

  step(before: Room, after: Room, now: number): void {
    const happened = roomHappenings(before, after, new Map(), now)
    for (const event of roomEvents(ROOM_ID, before, after, happened)) {
      this.#events.push(event)
      if (event.type === 'participant.joined') {
        expect(this.#gone).not.toContain(event.data.participantId)
        this.#inside.add(event.data.participantId)
      }
      if (event.type === 'participant.left') {
        expect(this.#inside.delete(event.data.participantId)).toBe(true)
        this.#gone.add(event.data.participantId)
      }
    }
    expect([...this.#inside].sort()).toEqual([...rosterOf(after).keys()].sort())
    expect(after.everAdmitted).toBe(this.#inside.size + this.#gone.size)
  }

  /** Of a room that is over. */
  expectWhole(): void {
    const types = this.#events.map(({ type }) => type)
    const wasIn = this.#gone.size > 0
    expect(types.filter((type) => type === 'room.started')).toHaveLength(wasIn ? 1 : 0)
    if (wasIn) expect(types.slice(0, 2)).toEqual(['room.started', 'participant.joined'])
    expect(types.indexOf('room.ended')).toBe(types.length - 1)
    expect(types.filter((type) => type === 'participant.joined')).toHaveLength(this.#gone.size)
    const times = this.#events.map(({ timestamp }) => timestamp)
    expect(times).toEqual(times.toSorted())
  }
}

describe('any history', () => {
  type Event =
    | { kind: 'mint'; ttl: number; identity: string | null }
    | { kind: 'admit'; which: number; rightHost: boolean; epochBack: number; attempt: number | null }
    | { kind: 'depart'; which: number; epochBack: number }
    | { kind: 'move'; host: number; taken: boolean }
    | { kind: 'check'; state: 'live' | 'lost' }
    | { kind: 'rejoin'; which: number }
    | { kind: 'remove'; which: number }
    | { kind: 'gave-up'; epochBack: number }
    | { kind: 'close' }
    | { kind: 'wait' }
  const small = fc.nat({ max: 5 })
  const mintEvent = fc.record({
    kind: fc.constant('mint' as const),
    ttl: fc.integer({ min: 1, max: 200 }),
    identity: fc.constantFrom(null, null, 'ann', 'bob'),
  })
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
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('remove' as const), which: small }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('gave-up' as const), epochBack: fc.constantFrom(0, 1) }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('close' as const) }) },
  )

  /** Applies an event; answers what was done about it and which token was consumed for whom. */
  function run(room: Room, e: Event, now: number, n: number, tokens: string[]): Step<Room, string | null> {
    const none = (next: Room): Step<Room, string | null> => ({ room: next, effects: [], answer: null })
    const roster = room.kind === 'open' ? [...room.roster.keys()] : []
    switch (e.kind) {
      case 'mint':
        tokens.push(`t${n}`)
        return none(mintToken(room, `t${n}`, token(now + e.ttl, null, e.identity), now).room)
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
        const identity = room.kind === 'open' ? (room.roster.get(who)?.identity ?? null) : null
        tokens.push(`t${n}`)
        return none(mintToken(room, `t${n}`, token(now + 100, who, identity), now).room)
      }
      case 'remove': {
        const who = roster[e.which % Math.max(1, roster.length)]
        return who ? { ...removeParticipant(room, who, now), answer: null } : none(room)
      }
      case 'gave-up': {
        if (room.kind === 'closed' || room.placement.kind === 'none') return none(room)
        const { hostId } = room.placement.host
        return { ...hostGaveUp(room, { hostId, epoch: room.epoch - e.epochBack }, now), answer: null }
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
        const told = new RoomTelling()
        const take = (step: Step<Room, unknown>) => {
          if (room.kind === 'closed') expect(step.room).toBe(room)
          told.step(room, step.room, now)
          room = step.room
          effects.push(...step.effects)
          if (room.kind === 'closed') return
          expect(room.roster.size).toBeLessThanOrEqual(2)
          const identities = [...room.roster.values()].flatMap(({ identity }) => identity ?? [])
          expect(new Set(identities).size).toBe(identities.length)
          for (const effect of step.effects)
            if (effect.kind === 'remove-on-host') expect(room.roster.has(effect.participantId)).toBe(false)
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
        told.expectWhole()
      }),
      { numRuns: 1000 },
    )
  })
})
