/** `npm run bench:sfu` (docs/benchmarks.md). Runs as a process of its own, under a tether. */
import { parseArgs } from 'node:util'
import { stopWithSignals } from '../../../scripts/process/lifetime.ts'
import { runParts } from '../command-line.ts'
import { benchDynacast } from './dynacast.ts'
import { benchForwarding } from './forwarding.ts'
import { benchRoom } from './room.ts'
import { benchSignaling } from './signaling.ts'

stopWithSignals()
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '3' },
    only: { type: 'string' },
  },
})
const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)]
await runParts({
  parts: { signaling: benchSignaling, forwarding: benchForwarding, room: benchRoom, dynacast: benchDynacast },
  only: values.only,
  setting: { rounds, seconds },
  rounds,
})
process.exit()
