import { closeSync, openSync, readFileSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'
import { SetupFailure } from '../setup/failure.ts'
import { onStop } from './lifetime.ts'
import { TetheredProcess } from './tethered.ts'

export type CommandOptions = {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  /** File to append the whole output to. */
  readonly log: string
  /** Milliseconds after which the command is stopped and counts as failed. */
  readonly timeout?: number
}

/** Runs a command of a setup step to its end; throws {@link CommandFailure} unless it exits with 0. */
export async function runCommand(
  command: string,
  args: readonly string[],
  { cwd, env, log, timeout }: CommandOptions,
): Promise<void> {
  const output = openSync(log, 'a')
  const child = new TetheredProcess(command, args, {
    ...(cwd && { cwd }),
    ...(env && { env }),
    output,
    graceSeconds: 5,
  })
  closeSync(output)
  const forget = onStop(() => child.stop())
  let timedOut = false
  const timer =
    timeout &&
    setTimeout(() => {
      timedOut = true
      child.kill()
    }, timeout)
  const { code, signal } = await child.exited
  if (timer) clearTimeout(timer)
  forget()
  if (code !== 0) {
    const end = timedOut
      ? `took longer than ${(timeout ?? 0) / 1000} s`
      : `ended with ${signal ?? `code ${code}`}`
    throw new CommandFailure(`${[command, ...args].join(' ').slice(0, 200)} ${end}`, log)
  }
}

export class CommandFailure extends SetupFailure {
  override name = 'CommandFailure'

  /** @param log the file whose last lines show why. */
  constructor(summary: string, log: string) {
    super(`${lastLines(log, 30)}\n${summary}. The whole log is in ${log}.`)
  }
}

/** The last lines of a text file; empty if it does not exist. */
function lastLines(file: string, count: number): string {
  try {
    return stripVTControlCharacters(readFileSync(file, 'utf8')).trimEnd().split('\n').slice(-count).join('\n')
  } catch {
    return ''
  }
}
