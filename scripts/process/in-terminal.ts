import { repositoryRoot } from '../paths.ts'
import { onStop } from './lifetime.ts'
import { TetheredProcess } from './tethered.ts'

/** Runs a command with its output going straight through; resolves with whether it succeeded. */
export async function runInTerminal(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<boolean> {
  const child = new TetheredProcess(command, args, {
    cwd: repositoryRoot,
    env: { ...process.env, ...env },
    output: 'inherit',
    // The end-to-end tests stop a whole stack.
    graceSeconds: 20,
  })
  const forget = onStop(() => child.stop())
  const { code } = await child.exited
  forget()
  return code === 0
}
