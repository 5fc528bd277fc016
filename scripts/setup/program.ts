/** Programs that only the tests need: those of the machine, or else Debian's. */
import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { ensurePackages, hasApt } from './apt.ts'
import { SetupFailure } from './failure.ts'
import { stepLog } from './log.ts'
import type { Report } from './progress.ts'

export type Program = {
  /** As it reads in a sentence: "Chromium". */
  readonly title: string
  /** Environment variable that names another one to use. */
  readonly variable: string
  /** What it may be called on the PATH. */
  readonly names: readonly string[]
  /** Where it may lie besides. */
  readonly paths: readonly string[]
  /** Debian's package. */
  readonly package: string
}

/** The path of the program; installs Debian's if the machine has none. */
export async function setUpProgram(program: Program, report: Report): Promise<string> {
  const { title, variable } = program
  const found = findProgram(program)
  if (found) return found
  if (!hasApt()) {
    throw new SetupFailure(
      `The end-to-end tests need ${title}: install it, or set ${variable} to its path, and start again.`,
    )
  }
  await ensurePackages([program.package], 'the end-to-end tests', stepLog(program.package), report)
  const installed = find(program)
  if (!installed)
    throw new SetupFailure(`${title} was installed, but is not on the PATH: set ${variable} to its path.`)
  return installed
}

/** The one that its variable names, else the machine's, if it has one. */
export function findProgram(program: Program): string | undefined {
  const given = process.env[program.variable]
  if (!given) return find(program)
  if (!existsSync(given))
    throw new SetupFailure(`${program.variable} names a file that does not exist: ${given}`)
  return given
}

function find({ names, paths }: Program): string | undefined {
  const onPath = (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((dir) => names.map((name) => join(dir, name)))
  return [...onPath, ...paths].find(isExecutable)
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
