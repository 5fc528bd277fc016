/**
 * The Node that runs the SFU host. uWebSockets.js is native code that needs glibc 2.38; on an older
 * system (Debian 12 has 2.36) it runs on a copy of Node that brings Debian 13's C library along.
 */
import { chmodSync, copyFileSync, globSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { repositoryRoot } from '../paths.ts'
import { runCommand } from '../process/command.ts'
import { ensurePackages, hasApt } from './apt.ts'
import { cached, cacheEntry } from './cache.ts'
import { DebianArchive, readDebianSource, readOsRelease } from './debian-sources.ts'
import { SetupFailure } from './failure.ts'
import { stepLog } from './log.ts'
import type { Report } from './progress.ts'

export type SfuNodeOrigin = 'same' | 'patched'

/** The release whose C library is borrowed. */
const DONOR_SUITE = 'trixie'
/** Raise when the steps below change. */
const RECIPE = 1

export async function setUpSfuNode(report: Report): Promise<{ node: string; origin: SfuNodeOrigin }> {
  if (await loadsUWebSockets(process.execPath, stepLog('uwebsockets'))) {
    return { node: process.execPath, origin: 'same' }
  }
  const name = `node-${process.versions.node}-${process.platform}-${process.arch}-${DONOR_SUITE}-${RECIPE}`
  const entry = await cached(name, report, (workDir) => patchNode(workDir, cacheEntry(name), report))
  return { node: join(entry, 'bin', 'node'), origin: 'patched' }
}

async function loadsUWebSockets(node: string, log: string): Promise<boolean> {
  try {
    await runCommand(node, ['-e', 'require("uWebSockets.js")'], {
      cwd: join(repositoryRoot, 'apps', 'sfu'),
      log,
    })
    return true
  } catch {
    return false
  }
}

/** @param entry where the folder will be at the end: the loader's path is written into the binary. */
async function patchNode(workDir: string, entry: string, report: Report): Promise<void> {
  const os = readOsRelease()
  if (os?.id !== 'debian' || !hasApt()) {
    throw new SetupFailure(
      'uWebSockets.js does not load on this system, as it needs glibc 2.38: use Debian 12 or newer, Ubuntu 24.04 or newer, or macOS.',
    )
  }
  const log = stepLog('sfu-node')
  // An interrupted attempt took seconds; begin again.
  for (const left of readdirSync(workDir)) rmSync(join(workDir, left), { recursive: true })
  await ensurePackages(['patchelf'], 'patching Node for uWebSockets.js', log, report)

  report('fetching a newer C library')
  const downloads = join(workDir, 'downloads')
  mkdirSync(downloads)
  const archive = new DebianArchive(downloads, log)
  await archive.update('deb', readDebianSource(os.codename), DONOR_SUITE)
  await archive.download('libc6')
  const [deb] = globSync('libc6_*.deb', { cwd: downloads })
  if (!deb) throw new Error('apt-get download left no libc6 package.')
  await runCommand('dpkg', ['-x', join(downloads, deb), join(workDir, 'glibc')], { log })
  rmSync(downloads, { recursive: true })

  const [loader] = globSync('glibc/usr/lib/*-linux-gnu*/ld-linux-*.so.*', { cwd: workDir })
  if (!loader) throw new Error('The libc6 package holds no loader.')
  const libraries = dirname(loader)
  const multiarch = libraries.slice(libraries.lastIndexOf('/') + 1)
  const node = join(workDir, 'bin', 'node')
  mkdirSync(dirname(node))
  copyFileSync(process.execPath, node)
  chmodSync(node, 0o755)
  // The borrowed library first; what it does not have (libstdc++) is the system's own.
  const searchPath = [join(entry, libraries), `/lib/${multiarch}`, `/usr/lib/${multiarch}`].join(':')
  const patch = ['--set-interpreter', join(entry, loader), '--set-rpath', searchPath]
  await runCommand('patchelf', [...patch, node], { log })
  report('with a newer C library beside it, for uWebSockets.js')
}
