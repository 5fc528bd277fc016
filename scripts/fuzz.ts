/** `npm run test:fuzz`: generated hostile frames against a running SFU host. */
import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { repositoryRoot } from './paths.ts'
import { runInTerminal } from './process/in-terminal.ts'
import { setUp } from './setup/setup.ts'
import { readInteger } from './stack/options.ts'

const MAX_FRAMES = 100_000_000
/** What fast-check takes as a seed. */
const MAX_SEED = 2 ** 31 - 2

export async function fuzz(options: { frames: string; seed?: string }): Promise<void> {
  const frames = readInteger('--frames', options.frames, 1, MAX_FRAMES)
  const seed = readInteger('--seed', options.seed, 0, MAX_SEED) ?? randomInt(MAX_SEED)
  const { sfuNode, mediasoupWorkerBin } = await setUp({ tests: false })
  const main = join(repositoryRoot, 'apps', 'sfu', 'src', 'testing', 'fuzz', 'main.ts')
  const ok = await runInTerminal(sfuNode, [main, '--frames', String(frames), '--seed', String(seed)], {
    MEDIASOUP_WORKER_BIN: mediasoupWorkerBin,
  })
  process.exitCode = ok ? 0 : 1
}
