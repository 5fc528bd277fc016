/**
 * `npm run test:histories`: histories of a call by the million. They are drawn in batches, each from a
 * seed of its own that follows from the first, so what is tried does not depend on how many cores there
 * are.
 */
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Batch, BatchResult } from './histories-worker.ts'
import { onStop } from './process/lifetime.ts'
import { SetupFailure } from './setup/failure.ts'
import { formatDuration } from './setup/progress.ts'

const BATCH_RUNS = 2_000
const REPORT_MS = 5_000
const MOST_RUNS = 1_000_000_000
const LARGEST_SEED = 2 ** 31 - 1

export async function histories(options: { runs: string; seed?: string }): Promise<void> {
  const runs = wholeNumber('--runs', options.runs, 1, MOST_RUNS)
  const seed =
    options.seed === undefined
      ? Math.floor(Math.random() * LARGEST_SEED)
      : wholeNumber('--seed', options.seed, 0, LARGEST_SEED)
  const cores = availableParallelism()
  console.log(`${runs} histories from seed ${seed}, on ${cores} cores`)

  const since = performance.now()
  let done = 0
  const report = () => {
    const seconds = (performance.now() - since) / 1000
    console.log(
      `${done} of ${runs} (${((100 * done) / runs).toFixed(1)} %), ${Math.round(done / seconds)} a second`,
    )
  }
  const timer = setInterval(report, REPORT_MS)
  const batches = batchesOf(runs, seed)
  const workers = Array.from(
    { length: cores },
    () => new Worker(new URL('histories-worker.ts', import.meta.url)),
  )
  const stop = async () => {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
  const forget = onStop(stop)
  const failures: string[] = []
  try {
    await Promise.all(
      workers.map(async (worker) => {
        for (const batch of batches) {
          worker.postMessage(batch)
          const [result]: BatchResult[] = await once(worker, 'message')
          done += result?.runs ?? 0
          if (result?.failure) failures.push(`seed ${batch.seed}: ${result.failure}`)
          if (failures.length > 0) return
        }
      }),
    )
  } finally {
    clearInterval(timer)
    forget()
    await stop()
  }
  report()
  if (failures.length > 0) {
    console.error(
      `\n${failures.join('\n\n')}\n\nAgain: npm run test:histories -- --runs ${runs} --seed ${seed}`,
    )
    process.exitCode = 1
    return
  }
  console.log(`No rule was broken (${formatDuration(performance.now() - since)}).`)
}

function* batchesOf(runs: number, seed: number): Generator<Batch> {
  for (let first = 0; first < runs; first += BATCH_RUNS)
    yield { seed: (seed + first / BATCH_RUNS) % LARGEST_SEED, runs: Math.min(BATCH_RUNS, runs - first) }
}

function wholeNumber(option: string, text: string, least: number, most: number): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < least || value > most)
    throw new SetupFailure(`${option} is a whole number from ${least} to ${most}, not "${text}".`)
  return value
}
