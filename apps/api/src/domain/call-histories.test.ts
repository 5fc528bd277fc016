import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type CallAction, CallWorld } from '../testing/call-world.ts'

/** A few seconds. */
const RUNS = 5000

const any = fc.nat(7)
const action: fc.Arbitrary<CallAction> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('mint'),
      by: fc.constantFrom('secret-key', 'public-key'),
      ttl: fc.constantFrom(60_000, 600_000),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('join'), token: any }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('reconnect'),
      peer: any,
      token: fc.nat(2),
      says: fc.constantFrom('nothing', 'truth'),
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('frame'),
      peer: any,
      socket: fc.nat(1),
      frame: fc.constantFrom('offer', 'candidate', 'unreadable'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('frame'),
      peer: any,
      socket: fc.nat(1),
      frame: fc.constant('bye'),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('close'), peer: any, socket: fc.nat(1) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('die'), peer: any }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('look') }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('wait'),
      ms: fc.constantFrom(1, 5000, 29_999, 30_000, 60_000, -10_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('end') }) },
)

it('keeps its rules in every history', () => {
  const seen = { joined: 0, tombstoned: 0, both: 0 }
  fc.assert(
    fc.property(
      fc.constantFrom('public' as const, 'private' as const),
      fc.array(action, { minLength: 1, maxLength: 80, size: 'max' }),
      (accessControl, actions) => {
        const world = new CallWorld(accessControl)
        for (const each of actions) {
          world.act(each)
          const { life } = world.state
          if (life.kind === 'tombstoned') seen.tombstoned += 1
          if (life.kind === 'joined') seen.joined += 1
          if (life.kind === 'joined' && life.peers.length === 2) seen.both += 1
        }
      },
    ),
    { numRuns: RUNS },
  )
  // Histories that never get anywhere would prove nothing.
  for (const steps of Object.values(seen)) expect(steps).toBeGreaterThan(RUNS)
}, 30_000)
