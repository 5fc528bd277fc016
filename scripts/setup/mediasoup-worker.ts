import { cpSync, existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { repositoryRoot } from '../paths.ts'
import { runCommand } from '../process/command.ts'
import { ensurePackages, hasApt } from './apt.ts'
import { cached, cacheEntry } from './cache.ts'
import { readDebianSource, readOsRelease } from './debian-sources.ts'
import { SetupFailure } from './failure.ts'
import { stepLog } from './log.ts'
import { buildPackages, buildWorker } from './mediasoup-worker/build.ts'
import type { Report } from './progress.ts'
import { hashFolder } from './recipe.ts'

export type WorkerOrigin = 'environment' | 'prebuilt' | 'built'

/** The prebuilt worker is 10 MB. */
const DOWNLOAD_LIMIT_MS = 60_000
/** What the worker answers when it is started by hand: its libraries were found and it runs. */
const WORKER_RUNS_EXIT_CODE = 41

const packageDir = join(repositoryRoot, 'node_modules', 'mediasoup')

/** The path of a mediasoup worker that runs on this machine, and how it was come by. */
export async function setUpMediasoupWorker(report: Report): Promise<{ bin: string; origin: WorkerOrigin }> {
  const given = process.env.MEDIASOUP_WORKER_BIN
  if (given) {
    if (!existsSync(given))
      throw new SetupFailure(`MEDIASOUP_WORKER_BIN names a file that does not exist: ${given}`)
    return { bin: resolve(given), origin: 'environment' }
  }
  const { version } = JSON.parse(readFileSync(join(packageDir, 'package.json'), 'utf8'))
  const os = readOsRelease()
  const system = [process.platform, process.arch, os && `${os.id}${os.version}`].filter(Boolean).join('-')
  const recipe = hashFolder(join(import.meta.dirname, 'mediasoup-worker'), (path) =>
    path.endsWith('.test.ts'),
  )
  const prebuilt = `mediasoup-worker-${version}-${system}-prebuilt`
  const built = `mediasoup-worker-${version}-${system}-${recipe}`
  const bin = (entry: string) => join(entry, 'mediasoup-worker')

  if (existsSync(cacheEntry(prebuilt))) return { bin: bin(cacheEntry(prebuilt)), origin: 'prebuilt' }
  if (existsSync(cacheEntry(built))) return { bin: bin(cacheEntry(built)), origin: 'built' }

  const log = stepLog('mediasoup-worker')
  report('downloading the prebuilt one')
  if (await downloadPrebuilt(log)) {
    const entry = await cached(prebuilt, report, async (workDir) => {
      cpSync(join(packageDir, 'worker', 'out', 'Release', 'mediasoup-worker'), bin(workDir))
    })
    report('downloaded')
    return { bin: bin(entry), origin: 'prebuilt' }
  }

  if (!hasApt() || !os) {
    throw new SetupFailure(
      'The mediasoup worker could not be downloaded, and is built here on Debian and Ubuntu only: connect to the internet, or set MEDIASOUP_WORKER_BIN to one, and start again.',
    )
  }
  const entry = await cached(built, report, async (workDir) => {
    await ensurePackages(buildPackages, 'building the mediasoup worker', log, report)
    const archive = { source: readDebianSource(os.codename), codename: os.codename }
    await buildWorker({ workerSource: join(packageDir, 'worker'), workDir, archive, log }, report)
    await verifyWorker(bin(workDir), log)
  })
  return { bin: bin(entry), origin: 'built' }
}

/**
 * Runs mediasoup's own installation script, which downloads its prebuilt worker and tries it. When that
 * fails the script would build with pip; a Python that does nothing but fail keeps it from that.
 */
async function downloadPrebuilt(log: string): Promise<boolean> {
  const env = { ...process.env, PYTHON: 'false' }
  try {
    await runCommand(process.execPath, ['npm-scripts.mjs', 'postinstall'], {
      cwd: packageDir,
      env,
      log,
      timeout: DOWNLOAD_LIMIT_MS,
    })
    return true
  } catch {
    return false
  }
}

async function verifyWorker(bin: string, log: string): Promise<void> {
  const script = `"$0"; test $? -eq ${WORKER_RUNS_EXIT_CODE}`
  await runCommand('sh', ['-c', script, bin], { env: {}, log })
  const router = join(import.meta.dirname, 'mediasoup-worker', 'verify.ts')
  await runCommand(process.execPath, [router, bin], { cwd: repositoryRoot, log, timeout: 30_000 })
}
