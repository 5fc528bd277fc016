/** `npm run bench:sfu` (docs/benchmarks.md). Runs as a process of its own, under a tether. */
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { stopEverything, stopWithSignals } from '../../../scripts/process/lifetime.ts'
import { benchForwarding } from './forwarding.ts'
import { benchRoom } from './room.ts'
import { benchSignaling } from './signaling.ts'

const parts = { signaling: benchSignaling, forwarding: benchForwarding, room: benchRoom }

stopWithSignals()
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '3' },
    only: { type: 'string' },
  },
})
const options = { rounds: Number(values.rounds), seconds: Number(values.seconds) }
try {
  const [cpu] = cpus()
  const chosen = Object.entries(parts).filter(([name]) => values.only === undefined || name === values.only)
  const reports: string[] = []
  for (const [name, part] of chosen) {
    console.log(`  ${name} …`)
    reports.push((await part(options)).join('\n'))
  }
  console.log(`\n${cpus().length} × ${cpu?.model.trim()}, Node ${process.versions.node}`)
  console.log(`medians of ${values.rounds} rounds (lowest–highest)\n\n${reports.join('\n\n')}`)
} catch (error) {
  console.error(error)
  process.exitCode = 1
} finally {
  await stopEverything()
}
process.exit()
