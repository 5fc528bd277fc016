/**
 * Runs on Node 24, started by radist.mjs. Brings the npm packages in, then hands over to the
 * command line, which uses them. Nothing imported here statically may come from npm.
 */
import { delimiter, join } from 'node:path'
import { repositoryRoot } from './paths.ts'
import { isStopping, stopEverything, stopWithParent, stopWithSignals } from './process/lifetime.ts'
import { reportFailure } from './setup/failure.ts'
import { installNpmPackages } from './setup/npm-packages.ts'

stopWithSignals()
stopWithParent()
process.chdir(repositoryRoot)
process.env.PATH = [join(repositoryRoot, 'node_modules', '.bin'), process.env.PATH].join(delimiter)

try {
  await installNpmPackages()
  const { runCommandLine } = await import('./cli.ts')
  await runCommandLine(process.argv.slice(2))
} catch (error) {
  // What was interrupted fails; whatever interrupted it also sees to the exit.
  if (!isStopping()) {
    reportFailure(error)
    await stopEverything()
    process.exit(1)
  }
}
