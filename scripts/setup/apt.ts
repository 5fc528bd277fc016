/** Debian packages: installed only when they are missing. */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { runCommand } from '../process/command.ts'
import { SetupFailure } from './failure.ts'
import type { Report } from './progress.ts'

export const hasApt = (): boolean => existsSync('/usr/bin/apt-get')

/** Those of the packages that are not installed. */
function missingPackages(packages: readonly string[]): string[] {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholders
  const { stdout } = spawnSync('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Status}\n', ...packages], {
    encoding: 'utf8',
  })
  const installed = new Set(
    (stdout ?? '')
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  )
  return packages.filter((name) => !installed.has(name))
}

/** @param purpose completes "Setup needs … for ‹purpose›". */
export async function ensurePackages(
  packages: readonly string[],
  purpose: string,
  log: string,
  report: Report,
): Promise<void> {
  const missing = missingPackages(packages)
  if (missing.length === 0) return
  if (process.getuid?.() !== 0) {
    throw new SetupFailure(
      `Setup needs ${missing.join(' ')} for ${purpose}: run \`sudo apt-get install ${missing.join(' ')}\` and start again.`,
    )
  }
  report(`apt-get install ${missing.join(' ')}`)
  const run = (command: string, args: string[]) =>
    runCommand(command, args, { log, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
  // Left half done by an earlier run that was killed.
  if (execFileSync('dpkg', ['--audit']).length > 0) await run('dpkg', ['--configure', '-a'])
  // Another apt may be at work, on this machine or in another setup.
  const install = ['-o', 'DPkg::Lock::Timeout=300', 'install', '-y', '--no-install-recommends', ...missing]
  if (hasPackageLists()) {
    try {
      return await run('apt-get', install)
    } catch {
      // The lists are probably out of date: what they name is gone from the mirror.
    }
  }
  await run('apt-get', ['-o', 'DPkg::Lock::Timeout=300', 'update'])
  await run('apt-get', install)
}

/** Container images usually come without them. */
function hasPackageLists(): boolean {
  try {
    return readdirSync('/var/lib/apt/lists').some((name) => name.includes('_Packages'))
  } catch {
    return false
  }
}
