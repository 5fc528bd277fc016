import { bootIdSchema, hostIdSchema } from '@radist-tech/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  chooseHost,
  hostState,
  isLive,
  type KnownHost,
  shownState,
  withAssignment,
  withHeartbeat,
} from './fleet.ts'

const idle = { rooms: 0, participants: 0, workerCpu: 0, state: 'ready' } as const
function host(n: number, more: Partial<KnownHost> = {}): KnownHost {
  const suffix = String(n).padStart(22, '0')
  return {
    hostId: hostIdSchema.parse(`sfu_${suffix}`),
    bootId: bootIdSchema.parse(`boot_${suffix}`),
    maxParticipants: 100,
    lastSeenAt: 0,
    load: idle,
    drainAsked: false,
    recentAssignments: [],
    ...more,
  }
}
const choose = (hosts: KnownHost[], now = 0) => chooseHost(hosts, new Set(), now)

describe('choosing a host', () => {
  it('takes the one with more room, by participants or by CPU', () => {
    const few = host(2, { load: { ...idle, participants: 10 } })
    expect(choose([host(1, { load: { ...idle, participants: 20 } }), few])).toBe(few)
    expect(choose([host(1, { load: { ...idle, workerCpu: 0.8 } }), few])).toBe(few)
  })

  it('passes over who is silent, draining, impaired, full or excluded', () => {
    expect(choose([host(1)], 6001)).toBeNull()
    expect(choose([host(1)], 6000)).not.toBeNull()
    for (const state of ['draining', 'impaired'] as const)
      expect(choose([host(1, { load: { ...idle, state } })])).toBeNull()
    expect(choose([host(1, { drainAsked: true })])).toBeNull()
    expect(choose([host(1, { load: { ...idle, participants: 100 } })])).toBeNull()
    expect(chooseHost([host(1)], new Set([host(1).hostId]), 0)).toBeNull()
  })

  it('is not led by noise in CPU', () => {
    const one = host(1, { load: { ...idle, workerCpu: 0.01, rooms: 1 } })
    const none = host(2, { load: { ...idle, workerCpu: 0.09 } })
    expect(choose([one, none])).toBe(none)
  })

  it('spreads rooms that come between two heartbeats', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 40 }), (count, rooms) => {
        let hosts = Array.from({ length: count }, (_, n) => host(n))
        for (let i = 0; i < rooms; i++) {
          const chosen = choose(hosts)
          hosts = hosts.map((one) => (one === chosen ? withAssignment(one, 0) : one))
        }
        const given = hosts.map(({ recentAssignments }) => recentAssignments.length)
        expect(Math.max(...given) - Math.min(...given)).toBeLessThanOrEqual(1)
        expect(given.reduce((a, b) => a + b)).toBe(rooms)
      }),
    )
  })

  it('never chooses one that another, chosen from alone, would not be', () => {
    const anyHost = fc
      .record({
        n: fc.nat({ max: 50 }),
        // Few values, so that hosts are often equally loaded.
        lastSeenAt: fc.constantFrom(12_000, 12_000, 6000, 5999),
        participants: fc.constantFrom(0, 10, 99, 100),
        rooms: fc.constantFrom(0, 1, 5),
        workerCpu: fc.constantFrom(0, 0.05, 0.5, 1),
        state: fc.constantFrom('ready' as const, 'draining' as const, 'impaired' as const),
      })
      .map(({ n, lastSeenAt, ...load }) => host(n, { lastSeenAt, load }))
    const hosts = fc.uniqueArray(anyHost, { selector: ({ hostId }) => hostId, maxLength: 8 })
    fc.assert(
      fc.property(hosts, (all) => {
        const eligible = all.filter((one) => choose([one], 12_000) !== null)
        const chosen = choose(all, 12_000)
        expect(chosen === null).toBe(eligible.length === 0)
        if (chosen === null) return
        expect(isLive(chosen, 12_000)).toBe(true)
        // The order in which hosts are known does not matter, nor do hosts that could not take it.
        expect(choose([...all].reverse(), 12_000)).toBe(chosen)
        expect(choose(eligible, 12_000)).toBe(chosen)
      }),
    )
  })
})

describe('what a host is to a room', () => {
  it('is lost when silent, unknown or restarted', () => {
    const { bootId } = host(1)
    expect(hostState(host(1), bootId, 6000)).toBe('live')
    expect(hostState(host(1), bootId, 6001)).toBe('lost')
    expect(hostState(undefined, bootId, 0)).toBe('lost')
    expect(hostState(host(1), host(2).bootId, 0)).toBe('lost')
    expect(hostState(host(1, { load: { ...idle, state: 'draining' } }), bootId, 0)).toBe('draining')
  })

  it('goes on counting a room that its report may have missed', () => {
    const given = withAssignment(withAssignment(host(1), 1000), 2500)
    expect(withHeartbeat(given, idle, 3000).recentAssignments).toEqual([2500])
    expect(withHeartbeat(given, idle, 3000)).toMatchObject({ lastSeenAt: 3000 })
  })
})

describe('what operators see of a host', () => {
  it.each([
    ['ready', host(1)],
    ['full', host(1, { load: { ...idle, participants: 100 } })],
    ['full', host(1, { maxParticipants: 2, recentAssignments: [0] })],
    ['impaired', host(1, { load: { ...idle, state: 'impaired' } })],
    ['draining', host(1, { load: { ...idle, state: 'draining' } })],
    ['draining', host(1, { drainAsked: true })],
    ['lost', host(1, { drainAsked: true, lastSeenAt: -6001 })],
  ] as const)('is that it is %s: %#', (state, seen) => {
    expect(shownState(seen, 0)).toBe(state)
  })

  it('is ready just when it would be chosen', () => {
    const anyHost = fc
      .record({
        participants: fc.constantFrom(0, 99, 100),
        state: fc.constantFrom('ready', 'draining', 'impaired'),
        drainAsked: fc.boolean(),
        lastSeenAt: fc.constantFrom(0, -6000, -6001),
        rooms: fc.nat(2),
      })
      .map(({ participants, state, drainAsked, lastSeenAt, rooms }) =>
        host(1, {
          load: { ...idle, participants, state: state as 'ready' },
          drainAsked,
          lastSeenAt,
          recentAssignments: Array.from({ length: rooms }, () => 0),
        }),
      )
    fc.assert(
      fc.property(anyHost, (one) => {
        expect(shownState(one, 0) === 'ready').toBe(choose([one]) === one)
      }),
    )
  })
})
