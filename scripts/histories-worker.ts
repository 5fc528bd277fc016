/** One core's share of `npm run test:histories`: runs the batches that it is sent. */
import { parentPort } from 'node:worker_threads'
import fc from 'fast-check'
import { ALL, callHistories } from '../apps/api/src/testing/call-actions.ts'
import { checkHistory } from '../apps/api/src/testing/call-history.ts'

export type Batch = { readonly seed: number; readonly runs: number }
/** `failure`: the smallest history that breaks a rule, and how. */
export type BatchResult = { readonly runs: number; readonly failure: string | null }

const property = fc.property(callHistories(ALL), (history) => {
  checkHistory(history)
})

parentPort?.on('message', ({ seed, runs }: Batch) => {
  const details = fc.check(property, { seed, numRuns: runs })
  const cause = details.errorInstance instanceof Error ? details.errorInstance.message : ''
  const failure = details.failed
    ? `${cause}\nafter ${details.numRuns} histories, shrunk ${details.numShrinks} times to\n${JSON.stringify(details.counterexample, null, 2)}`
    : null
  parentPort?.postMessage({ runs: details.numRuns, failure } satisfies BatchResult)
})
