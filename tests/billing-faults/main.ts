/** `npm run test:billing-faults` (docs/billing.md). Runs as a process of its own, under a tether. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { repositoryRoot } from '../../scripts/paths.ts'
import { onStop, stopEverything, stopWithSignals } from '../../scripts/process/lifetime.ts'
import { bundle } from '../bench/p2p/served-worker.ts'
import { type BatchResult, runBatch } from './batch.ts'
import { newBatchFolder } from './batch-folder.ts'
import { described, scheduleOf } from './schedule.ts'

stopWithSignals()
const { values } = parseArgs({
  options: { schedules: { type: 'string' }, seed: { type: 'string' }, together: { type: 'string' } },
})
const [schedules, seed, together] = [Number(values.schedules), Number(values.seed), Number(values.together)]
const folder = newBatchFolder()
onStop(() => rmSync(folder, { recursive: true, force: true }))

const totals: BatchResult = {
  failures: [],
  schedules: 0,
  hostDeaths: 0,
  workerDeaths: 0,
  hostRequests: 0,
  stripeRequests: 0,
  seconds: 0,
}
const startedAt = performance.now()
const elapsed = () => Math.round((performance.now() - startedAt) / 1000)
const again = (count: number, first: number) =>
  `npm run test:billing-faults -- --schedules ${count} --seed ${first}`

try {
  console.log(`${schedules} schedules from seed ${seed}, ${together} at once`)
  const worker = await bundle(
    join(repositoryRoot, 'wrangler.toml'),
    join(repositoryRoot, 'apps', 'api', 'src', 'index.ts'),
    join(folder, 'bundle'),
  )
  for (let first = seed; first < seed + schedules && totals.failures.length === 0; first += together) {
    const count = Math.min(together, seed + schedules - first)
    const seeds = Array.from({ length: count }, (_, index) => first + index)
    const result = await runBatch(seeds, worker, folder)
    totals.failures.push(...result.failures)
    for (const what of [
      'schedules',
      'hostDeaths',
      'workerDeaths',
      'hostRequests',
      'stripeRequests',
      'seconds',
    ] as const)
      totals[what] += result[what]
    console.log(`  ${totals.schedules} schedules, ${elapsed()} s`)
    for (const failure of result.failures)
      console.error(
        `✗ seed ${failure.seed}\n${failure.faults.map((fault) => `    ${fault}`).join('\n')}\n` +
          `${described(scheduleOf(failure.seed))
            .map((line) => `    ${line}`)
            .join('\n')}\n` +
          `    Again: ${again(1, failure.seed)}\n    With those beside it: ${again(count, first)}`,
      )
  }
  const { hostDeaths, workerDeaths, hostRequests, stripeRequests, seconds, failures } = totals
  console.log(
    `  ${hostDeaths} deaths of hosts, ${workerDeaths} of the Worker; ${hostRequests} requests with usage, ` +
      `${stripeRequests} to Stripe; ${seconds} s billed`,
  )
  if (failures.length === 0)
    console.log(`✓ ledger = truth and Stripe = ledger in all ${totals.schedules} schedules`)
  else process.exitCode = 1
} catch (error) {
  console.error(error)
  process.exitCode = 1
} finally {
  await stopEverything()
}
