import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type DueLane,
  freePlaces,
  MAX_RUNNING,
  MAX_RUNNING_PER_ENDPOINT,
  nextTurns,
  type Receiver,
} from './webhook-turns.ts'

const lane = (endpointId: string, dueAt: number): DueLane => ({ endpointId, subject: `s${dueAt}`, dueAt })
const well = (endpointId: string, running = 0): Receiver => ({ endpointId, running, isFailing: false })

describe('turns', () => {
  it('go to the endpoint with the least under way, then to what has been due for longest', () => {
    const due = new Map([
      ['a', [1, 2, 3, 4].map((at) => lane('a', at))],
      ['b', [5, 6].map((at) => lane('b', at))],
    ])
    const turns = nextTurns([well('a', 1), well('b')], due)
    expect(turns.map(({ dueAt }) => dueAt)).toEqual([5, 1, 6, 2, 3])
  })

  it('leave a place to others, and give a failing endpoint one', () => {
    const many = (endpointId: string) => Array.from({ length: 9 }, (_, i) => lane(endpointId, i))
    expect(nextTurns([well('a')], new Map([['a', many('a')]]))).toHaveLength(MAX_RUNNING_PER_ENDPOINT)
    const failing = { ...well('a'), isFailing: true }
    expect(nextTurns([failing], new Map([['a', many('a')]]))).toHaveLength(1)
    expect(nextTurns([{ ...failing, running: 1 }], new Map([['a', many('a')]]))).toEqual([])
    expect(nextTurns([well('a', MAX_RUNNING)], new Map([['a', many('a')]]))).toEqual([])
  })

  /**
   * Endpoints with lanes of so many events each; some hang for long, some fail. In steps: what has ended makes
   * room, whose turn it is begins.
   */
  it('come to every lane, each alone in its lane, within the bounds', () => {
    const endpoint = fc.record({
      lanes: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 12 }),
      takes: fc.integer({ min: 1, max: 15 }),
      fails: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(endpoint, { minLength: 1, maxLength: 8 }), (endpoints) => {
        const left = new Map<string, number>(
          endpoints.flatMap(({ lanes }, e) => lanes.map((events, l) => [`${e} ${l}`, events] as const)),
        )
        const dueAt = new Map([...left.keys()].map((key) => [key, 0]))
        const running = new Map<string, number>()
        const total = [...left.values()].reduce((sum, events) => sum + events, 0)
        let begun = 0
        // Were they sent one after the other, this is how long it would take.
        const longest = total * 15 + 1
        for (let now = 0; now <= longest && left.size > 0; now += 1) {
          for (const [key, endsAt] of running) {
            if (endsAt > now) continue
            running.delete(key)
            const events = (left.get(key) ?? 0) - 1
            if (events > 0) left.set(key, events)
            else left.delete(key)
            dueAt.set(key, now)
          }
          const receivers = endpoints.map(({ fails }, e) => ({
            endpointId: `${e}`,
            isFailing: fails,
            running: [...running.keys()].filter((key) => key.startsWith(`${e} `)).length,
          }))
          const due = new Map(
            endpoints.map((_, e) => [
              `${e}`,
              [...left.keys()]
                .filter((key) => key.startsWith(`${e} `) && !running.has(key))
                .map((key) => ({ endpointId: `${e}`, subject: key, dueAt: dueAt.get(key) ?? 0 }))
                .sort((a, b) => a.dueAt - b.dueAt),
            ]),
          )
          const turns = nextTurns(receivers, due)
          for (const { endpointId, subject } of turns) {
            expect(running.has(subject)).toBe(false)
            running.set(subject, now + (endpoints[Number(endpointId)]?.takes ?? 1))
          }
          begun += turns.length
          expect(running.size).toBeLessThanOrEqual(MAX_RUNNING)
          for (const receiver of receivers) {
            const began = turns.filter(({ endpointId }) => endpointId === receiver.endpointId).length
            expect(began).toBeLessThanOrEqual(freePlaces(receiver))
          }
          // No place stays empty while somebody could have it.
          const couldBegin = receivers.some(
            (receiver) =>
              freePlaces(receiver) > 0 &&
              (due.get(receiver.endpointId) ?? []).length > 0 &&
              turns.length === 0,
          )
          expect(couldBegin && running.size < MAX_RUNNING).toBe(false)
        }
        expect(left.size).toBe(0)
        expect(begun).toBe(total)
      }),
      { numRuns: 300 },
    )
  })
})
