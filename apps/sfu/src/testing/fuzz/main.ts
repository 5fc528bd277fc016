/** `node main.ts --frames 100000 --seed 1`: the fuzz test by itself; see `npm run test:fuzz -- --help`. */
import { parseArgs } from 'node:util'
import { fuzz } from './fuzz.ts'

const PROGRESS_EVERY_MS = 2000

const { values } = parseArgs({ options: { frames: { type: 'string' }, seed: { type: 'string' } } })
const frames = Number(values.frames)
const seed = Number(values.seed)
const megabytes = (bytes: number) => `${(bytes / (1 << 20)).toFixed(1)} MiB`

let toldAt = performance.now()
const startedAt = performance.now()
console.log(`${frames} hostile frames, seed ${seed}`)
try {
  const {
    frames: sent,
    answers,
    before,
    after,
  } = await fuzz({
    frames,
    seed,
    warmUpFrames: Math.min(40_000, frames),
    progress(count) {
      if (performance.now() - toldAt < PROGRESS_EVERY_MS) return
      toldAt = performance.now()
      console.log(`  ${count} frames, ${Math.round((toldAt - startedAt) / 1000)} s`)
    },
  })
  console.log(
    `✓ ${sent} frames: every one answered or its socket closed, nobody else's changed, a call works`,
  )
  for (const [answer, count] of [...answers].sort())
    console.log(`  ${String(count).padStart(7)} ${answer.slice(0, 60)}`)
  for (const what of ['hostRss', 'hostHeap', 'workersRss'] as const) {
    console.log(`  ${what.padEnd(10)} ${megabytes(before[what])} → ${megabytes(after[what])}`)
  }
} catch (error) {
  console.error(`✗ ${error instanceof Error ? error.message : String(error)}`)
  console.error(`Again with: npm run test:fuzz -- --frames ${frames} --seed ${seed}`)
  process.exitCode = 1
}
