import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type CallHistory, callHistories, commandOf } from '../testing/call-actions.ts'
import { requireDocumented } from '../testing/call-answers.ts'
import { compare } from '../testing/call-commands.ts'
import { CallOracle } from '../testing/call-oracle.ts'
import { passTime, restoreTime } from '../testing/clock.ts'
import { newProject, type TestProject } from '../testing/project-fixture.ts'
import { RealCall } from '../testing/real-call.ts'

const RUNS = 60
/** On a slow machine fewer have to do, in milliseconds. */
const ENOUGH_MS = 25_000

let project: TestProject
beforeAll(async () => {
  project = await newProject({ connectionLimit: 10_000 })
  // Ahead of the real clock, so that no alarm rings by itself, even where histories set the clock back.
  passTime(86_400_000)
})
afterAll(restoreTime)

async function happen(
  { accessControl, ttlMs, actions }: CallHistory,
  isEvictedAlways: boolean,
): Promise<void> {
  passTime(3_600_000)
  const oracle = new CallOracle(accessControl, ttlMs, Date.now())
  const call = await RealCall.create(project, { accessControl, ttlMs, isEvictedAlways })
  for (const [step, action] of actions.entries()) {
    const command = commandOf(action, oracle)
    if (!command) continue
    try {
      const expected = oracle.expect(command)
      const outcome = await call.perform(command, expected)
      requireDocumented(command, outcome.answers)
      compare(expected, outcome)
    } catch (error) {
      throw new Error(`step ${step + 1}, ${action.do}: ${error instanceof Error ? error.message : error}`)
    }
  }
  expect(await call.rest()).toEqual([])
  oracle.expect({ do: 'wait', ms: 0, wakes: true })
  expect(await call.stub.status()).toEqual({ state: oracle.over ? 'ended' : 'open' })
  // By their times: some histories set the clock back.
  expect(await call.timeline()).toEqual(oracle.timeline.toSorted((a, b) => a.at - b.at))
  const row = env.DB.prepare(
    'SELECT tombstoned_at AS at, ended_reason AS reason, peer_count AS peers FROM calls WHERE call_id = ?',
  ).bind(call.callId)
  const peers = oracle.over ? oracle.everyone.length : null
  const ended = { at: null, reason: null, ...oracle.over, peers }
  await expect.poll(() => row.first(), { timeout: 5000 }).toEqual(ended)
}

it('answers as the rules say in every history, wherever it is evicted', async () => {
  const history = callHistories({ maxLength: 40, silent: false, floods: 1 })
  await fc.assert(
    fc.asyncProperty(history, fc.boolean(), (each, isEvictedAlways) => happen(each, isEvictedAlways)),
    // A failure is not shrunk here: with waits for what never comes it takes minutes. The seed is printed.
    { numRuns: RUNS, endOnFailure: true, interruptAfterTimeLimit: ENOUGH_MS },
  )
}, 120_000)
