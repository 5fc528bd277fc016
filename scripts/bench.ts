/** `npm run bench:p2p`: hands over to tests/bench/p2p, in a process of its own (docs/benchmarks.md). */
import { join } from 'node:path'
import { repositoryRoot } from './paths.ts'
import { onStop } from './process/lifetime.ts'
import { TetheredProcess } from './process/tethered.ts'

export interface BenchCommandLine {
  rounds: number
  seconds: number
  only?: string
  stateDir?: string
}

export async function benchP2p({ rounds, seconds, only, stateDir }: BenchCommandLine): Promise<void> {
  const child = new TetheredProcess(
    process.execPath,
    [
      join(repositoryRoot, 'tests', 'bench', 'p2p', 'bench.ts'),
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
