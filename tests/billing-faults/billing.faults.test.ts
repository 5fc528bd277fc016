/** The share of `npm run test:billing-faults` that runs each time (docs/billing.md). */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { repositoryRoot } from '../../scripts/paths.ts'
import { bundle } from '../bench/p2p/served-worker.ts'
import { runBatch } from './batch.ts'
import { newBatchFolder } from './batch-folder.ts'

/** Other schedules each day, so that more are tried over time. */
const FIRST_SEED = Math.floor(Date.now() / 86_400_000) * 1000
const SCHEDULES = 40

it('bills every second once, whatever dies or is lost on the way to Stripe', async () => {
  const folder = newBatchFolder()
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const worker = await bundle(
    join(repositoryRoot, 'wrangler.toml'),
    join(repositoryRoot, 'apps', 'api', 'src', 'index.ts'),
    join(folder, 'bundle'),
  )
  const seeds = Array.from({ length: SCHEDULES }, (_, index) => FIRST_SEED + index)
  const { failures, seconds, hostDeaths } = await runBatch(seeds, worker, folder)
  expect(failures).toEqual([])
  expect(seconds).toBeGreaterThan(0)
  expect(hostDeaths).toBeGreaterThan(0)
}, 300_000)
