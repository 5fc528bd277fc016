/** `npm run bench:p2p` (docs/benchmarks.md). Runs as a process of its own, under a tether. */
import { existsSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { parseArgs } from 'node:util'
import { stopEverything, stopWithSignals } from '../../../scripts/process/lifetime.ts'
import { benchCreate } from './create.ts'
import { benchJoin } from './join.ts'
import { benchList } from './list.ts'
import { benchRelay } from './relay.ts'
import { Setting } from './setting.ts'

const parts = { create: benchCreate, relay: benchRelay, list: benchList, join: benchJoin }

stopWithSignals()
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '1' },
    only: { type: 'string' },
    'state-dir': { type: 'string', default: existsSync('/dev/shm') ? '/dev/shm' : tmpdir() },
  },
})
const stateDir = values['state-dir']
const setting = new Setting({ rounds: Number(values.rounds), seconds: Number(values.seconds), stateDir })
try {
  const [cpu] = cpus()
  const chosen = Object.entries(parts).filter(([name]) => values.only === undefined || name === values.only)
  const reports: string[] = []
  for (const [name, part] of chosen) {
    console.log(`  ${name} …`)
    reports.push((await part(setting)).join('\n'))
  }
  console.log(`\n${cpus().length} × ${cpu?.model.trim()}, Node ${process.versions.node}, data in ${stateDir}`)
  console.log(`medians of ${values.rounds} rounds (lowest–highest)\n\n${reports.join('\n\n')}`)
} catch (error) {
  console.error(error)
  process.exitCode = 1
} finally {
  await stopEverything()
}
