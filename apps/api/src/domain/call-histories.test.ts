import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ALL, type CallAction, callHistories } from '../testing/call-actions.ts'
import { documentedAnswers } from '../testing/call-answers.ts'
import { checkHistory } from '../testing/call-history.ts'

/** A few seconds. `npm run test:histories` runs as many as one likes. */
const RUNS = 10_000

it('keeps its rules in every history', () => {
  const tally = new Map<string, number>()
  fc.assert(
    fc.property(callHistories(ALL), (history) => {
      for (const [what, times] of checkHistory(history)) tally.set(what, (tally.get(what) ?? 0) + times)
    }),
    { numRuns: RUNS },
  )
  const ends = ['tokens-expired', 'all-peers-left', 'ended-by-backend'].map((reason) => `over ${reason}`)
  const bounds = ['held', 'again', 'too many', 'overtaken', 'timeout']
  // Histories that never get there would prove nothing of it.
  for (const what of [...documentedAnswers, ...ends, ...bounds])
    expect(tally.get(what), what).toBeGreaterThan(RUNS / 500)
}, 60_000)

it('holds all that waits for an absent peer, with notices on top, beside as much that was sent', () => {
  const newest = { older: 0, late: false }
  const [host, guest] = [
    { peer: 1, ...newest },
    { peer: 0, ...newest },
  ]
  const sent: CallAction[] = [
    { do: 'send', ...host, what: 'some frames' },
    { do: 'send', ...host, what: 'some frames' },
    ...Array.from({ length: 28 }, () => ({ do: 'send', ...host, what: 'candidate' }) as const),
  ]
  const tally = checkHistory({
    accessControl: 'public',
    ttlMs: 60_000,
    actions: [
      { do: 'join', token: 0, sockets: 1 },
      { do: 'join', token: 1, sockets: 1 },
      ...sent,
      { do: 'close', ...guest },
      { do: 'send', ...host, what: 'many frames' },
      { do: 'close', ...host },
      { do: 'reconnect', peer: 0, token: 0, says: 'nothing' },
    ],
  })
  expect(tally.get('held')).toBe(1)
})
