import { expect, it } from 'vitest'
import { fuzz, MEMORY_BOUNDS } from './testing/fuzz/fuzz.ts'

/** The share of `npm run test:fuzz` that runs each time; another seed each day, so that more is tried over time. */
const seed = Math.floor(Date.now() / 86_400_000)

it(`generated hostile frames (seed ${seed}) change nothing of anyone else's, and leave the host as it was`, async () => {
  const { frames, before, after } = await fuzz({
    frames: 5000,
    warmUpFrames: 2000,
    seed,
    progress: () => undefined,
  })
  expect(frames).toBeGreaterThanOrEqual(5000)
  expect(after.hostRss - before.hostRss).toBeLessThan(MEMORY_BOUNDS.hostRss)
}, 60_000)
