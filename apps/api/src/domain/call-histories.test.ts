import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ALL, callHistories } from '../testing/call-actions.ts'
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
