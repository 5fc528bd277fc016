import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryRoot } from '../paths.ts'
import { runCommand } from '../process/command.ts'
import { SetupFailure } from './failure.ts'
import { stepLog } from './log.ts'
import { step } from './progress.ts'

type LockedPackage = { version?: string; integrity?: string; link?: boolean; optional?: boolean }
type Lock = { packages: Record<string, LockedPackage> }

/** Installs what the lock file says, unless it is what is installed already. */
export async function installNpmPackages(): Promise<void> {
  const lock = readLock(join(repositoryRoot, 'package-lock.json'))
  if (!lock) throw new Error('package-lock.json cannot be read')
  // npm writes this file last, so it is missing after an interrupted installation.
  const installed = readLock(join(repositoryRoot, 'node_modules', '.package-lock.json'))
  if (installed && isInstalled(lock, installed)) return

  await step('npm packages', async () => {
    const log = stepLog('npm-packages')
    try {
      // No install scripts: mediasoup's would build for many minutes and fail, no other is needed.
      await runCommand('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
        cwd: repositoryRoot,
        log,
      })
    } catch (error) {
      // npm explains this at the top of its output, before a page on how it is used.
      if (!readFileSync(log, 'utf8').includes('are in sync')) throw error
      throw new SetupFailure(
        `package-lock.json does not match the package.json files (${log} says where): run \`npm install --ignore-scripts\`.`,
      )
    }
  })
}

/**
 * Whether everything in the lock is installed in the locked version. An optional package that is
 * missing is one for another platform.
 */
export function isInstalled(lock: Lock, installed: Lock): boolean {
  return Object.entries(lock.packages).every(([path, wanted]) => {
    if (path === '') return true
    const present = installed.packages[path]
    if (!present) return wanted.optional === true
    return present.version === wanted.version && present.integrity === wanted.integrity
  })
}

function readLock(file: string): Lock | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}
