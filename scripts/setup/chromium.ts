import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { ensurePackages, hasApt } from './apt.ts'
import { SetupFailure } from './failure.ts'
import { stepLog } from './log.ts'
import type { Report } from './progress.ts'

const names = ['chromium', 'chromium-browser', 'google-chrome']
const macApplications = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** The path of a Chromium for the end-to-end tests; installs Debian's if the machine has none. */
export async function setUpChromium(report: Report): Promise<string> {
  const given = process.env.RADIST_CHROMIUM
  if (given) {
    if (!existsSync(given))
      throw new SetupFailure(`RADIST_CHROMIUM names a file that does not exist: ${given}`)
    return given
  }
  const found = findChromium()
  if (found) return found
  if (!hasApt()) {
    throw new SetupFailure(
      'The end-to-end tests need Chromium: install it, or set RADIST_CHROMIUM to its path, and start again.',
    )
  }
  await ensurePackages(['chromium'], 'the end-to-end tests', stepLog('chromium'), report)
  const installed = findChromium()
  if (!installed)
    throw new SetupFailure('Chromium was installed, but is not on the PATH: set RADIST_CHROMIUM to its path.')
  return installed
}

function findChromium(): string | undefined {
  const onPath = (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((dir) => names.map((name) => join(dir, name)))
  return [...onPath, ...macApplications].find(isExecutable)
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
