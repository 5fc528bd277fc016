/** `npm run bench:p2p` (docs/benchmarks.md). Runs as a process of its own, under a tether. */
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { parseArgs } from 'node:util'
import { stopWithSignals } from '../../../scripts/process/lifetime.ts'
import { runParts } from '../command-line.ts'
import { benchCreate } from './create.ts'
import { benchJoin } from './join.ts'
import { benchList } from './list.ts'
import { benchRelay } from './relay.ts'
import { Setting } from './setting.ts'

stopWithSignals()
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    seconds: { type: 'string', default: '1' },
    only: { type: 'string' },
    'state-dir': { type: 'string', default: existsSync('/dev/shm') ? '/dev/shm' : tmpdir() },
  },
})
const [rounds, seconds, stateDir] = [Number(values.rounds), Number(values.seconds), values['state-dir']]
await runParts({
  parts: { create: benchCreate, relay: benchRelay, list: benchList, join: benchJoin },
  only: values.only,
  setting: new Setting({ rounds, seconds, stateDir }),
  rounds,
  machine: `data in ${stateDir}`,
})
