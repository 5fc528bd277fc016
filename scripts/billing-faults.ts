/** `npm run test:billing-faults`: hands over to tests/billing-faults, in a process of its own (docs/billing.md). */
import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { repositoryRoot } from './paths.ts'
import { runInTerminal } from './process/in-terminal.ts'
import { readInteger } from './stack/options.ts'

const MOST_SCHEDULES = 1_000_000
/** More would wait for each other longer than the requests' time limits. */
const MOST_TOGETHER = 200
const LARGEST_SEED = 2 ** 31 - 1

export async function billingFaults(options: {
  schedules: string
  seed?: string
  together: string
}): Promise<void> {
  const schedules = readInteger('--schedules', options.schedules, 1, MOST_SCHEDULES)
  const together = readInteger('--together', options.together, 1, MOST_TOGETHER)
  const largest = LARGEST_SEED - MOST_SCHEDULES
  const seed = readInteger('--seed', options.seed, 0, largest) ?? randomInt(largest)
  const main = join(repositoryRoot, 'tests', 'billing-faults', 'main.ts')
  const settings = { schedules, seed, together }
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)])
  process.exitCode = (await runInTerminal(process.execPath, [main, ...args])) ? 0 : 1
}
