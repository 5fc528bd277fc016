/** `npm run bench:billing` (docs/benchmarks.md). Runs as a process of its own, under a tether. */
import { parseArgs } from 'node:util'
import { stopWithSignals } from '../../../scripts/process/lifetime.ts'
import { runParts } from '../command-line.ts'
import { benchMetering } from './metering.ts'

stopWithSignals()
const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '3' }, only: { type: 'string' } },
})
const rounds = Number(values.rounds)
await runParts({ parts: { metering: benchMetering }, only: values.only, setting: { rounds }, rounds })
process.exit()
