/** `npm run bench:p2p`, `bench:sfu` and `bench:billing`: hand over to tests/bench, in a process of its own (docs/benchmarks.md). */
import { join } from 'node:path'
import { repositoryRoot } from './paths.ts'
import { runInTerminal } from './process/in-terminal.ts'
import { onStop } from './process/lifetime.ts'
import { TetheredProcess } from './process/tethered.ts'
import { setUp } from './setup/setup.ts'

export interface BenchCommandLine {
  rounds: number
  seconds: number
  only?: string
  stateDir?: string
}

export const benchP2p = (chosen: BenchCommandLine): Promise<void> => benchWorker('p2p', chosen)
export const benchBilling = (chosen: BenchCommandLine): Promise<void> => benchWorker('billing', chosen)

async function benchWorker(
  name: 'p2p' | 'billing',
  { rounds, seconds, only, stateDir }: BenchCommandLine,
): Promise<void> {
  const child = new TetheredProcess(
    process.execPath,
    [
      join(repositoryRoot, 'tests', 'bench', name, 'bench.ts'),
      ...['--rounds', String(rounds), '--seconds', String(seconds)],
      ...(only === undefined ? [] : ['--only', only]),
      ...(stateDir === undefined ? [] : ['--state-dir', stateDir]),
    ],
    { cwd: repositoryRoot, output: 'inherit', graceSeconds: 10 },
  )
  const forget = onStop(() => child.stop())
  const { code } = await child.exited
  forget()
  process.exitCode = code ?? 1
}

/** On the Node that runs SFU hosts here, with the media worker that was built for them. */
export async function benchSfu({ rounds, seconds, only }: BenchCommandLine): Promise<void> {
  const { sfuNode, mediasoupWorkerBin } = await setUp({ tests: false })
  const main = join(repositoryRoot, 'tests', 'bench', 'sfu', 'bench.ts')
  const part = only === undefined ? [] : ['--only', only]
  const args = [main, '--rounds', String(rounds), '--seconds', String(seconds), ...part]
  process.exitCode = (await runInTerminal(sfuNode, args, { MEDIASOUP_WORKER_BIN: mediasoupWorkerBin }))
    ? 0
    : 1
}
