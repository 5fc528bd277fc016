/** `npm run bench:billing` (docs/benchmarks.md). Runs as a process of its own, under a tether. */
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { parseArgs } from 'node:util'
import { stopWithSignals } from '../../../scripts/process/lifetime.ts'
import { runParts } from '../command-line.ts'
import { Setting } from '../p2p/setting.ts'
import { benchIngest } from './ingest.ts'
import { benchMetering } from './metering.ts'
import { benchReading } from './reading.ts'

stopWithSignals()
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '1' },
    only: { type: 'string' },
    'state-dir': { type: 'string', default: existsSync('/dev/shm') ? '/dev/shm' : tmpdir() },
  },
})
const [rounds, seconds, stateDir] = [Number(values.rounds), Number(values.seconds), values['state-dir']]
await runParts({
  parts: {
    metering: ({ options }) => benchMetering(options),
    ingest: benchIngest,
    reading: benchReading,
  },
  only: values.only,
  setting: new Setting({ rounds, seconds, stateDir }),
  rounds,
  machine: `data in ${stateDir}`,
})
process.exit()
