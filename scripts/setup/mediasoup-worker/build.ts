/**
 * The long way to a mediasoup worker, for machines that cannot download the prebuilt one: from the C++
 * source in the npm package, with the distribution's libraries in place of what meson would download.
 *
 * Where those differ from what mediasoup expects, `subprojects/` answers in mediasoup's terms, one
 * folder for each meson wrap, and `patches/` holds the two lines that must change.
 */
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { runCommand } from '../../process/command.ts'
import { DebianArchive, type DebianSource } from '../debian-sources.ts'
import type { Report } from '../progress.ts'

/** libuv, flatbuffers, Abseil and OpenSSL come as they are; libsrtp is built here. */
export const buildPackages = [
  'g++',
  'make',
  'meson',
  'ninja-build',
  'patch',
  'pkg-config',
  'dpkg-dev',
  'libssl-dev',
  'libuv1-dev',
  'libflatbuffers-dev',
  'flatbuffers-compiler',
  'libabsl-dev',
]

export type WorkerBuild = {
  /** `worker/` of the mediasoup npm package. */
  readonly workerSource: string
  /** May hold what an interrupted build left; `mediasoup-worker` is in it at the end. */
  readonly workDir: string
  readonly archive: { readonly source: DebianSource; readonly codename: string }
  readonly log: string
}

export async function buildWorker(build: WorkerBuild, report: Report): Promise<void> {
  const { workDir, log } = build
  report('building libsrtp on OpenSSL')
  await once(workDir, 'libsrtp', () => buildLibsrtp(build))
  report('preparing its source')
  await once(workDir, 'source', () => prepareSource(build))

  const source = join(workDir, 'source')
  const output = join(source, 'out')
  await once(workDir, 'configured', async () => {
    rmSync(output, { recursive: true, force: true })
    const env = { ...process.env, PKG_CONFIG_PATH: join(workDir, 'libsrtp', 'lib', 'pkgconfig') }
    const options = ['--buildtype', 'release', '-Db_ndebug=true', '--strip', '--wrap-mode=nodownload']
    await runCommand('meson', ['setup', ...options, output], { cwd: source, env, log })
  })

  // ninja goes on where it was interrupted.
  const clock = setInterval(() => report(`compiling${compiled(log)}`), 1_000)
  try {
    await runCommand('ninja', ['-C', output, 'mediasoup-worker'], { log })
  } finally {
    clearInterval(clock)
  }
  await runCommand('strip', ['-o', join(workDir, 'mediasoup-worker'), join(output, 'mediasoup-worker')], {
    log,
  })
  for (const name of readdirSync(workDir)) {
    if (name !== 'mediasoup-worker') rmSync(join(workDir, name), { recursive: true })
  }
  report('built from source')
}

/**
 * Debian's own libsrtp binary is built on NSS; on OpenSSL a core forwards more than twice as many
 * packets. Static, so that the worker does not depend on where it was built.
 */
async function buildLibsrtp({ workDir, archive, log }: WorkerBuild): Promise<void> {
  const dir = join(workDir, 'libsrtp-source')
  rmSync(dir, { recursive: true, force: true })
  mkdirSync(dir)
  const debian = new DebianArchive(dir, log)
  await debian.update('deb-src', archive.source, archive.codename)
  await debian.source('libsrtp2')
  const [source] = globSync('libsrtp2-*/', { cwd: dir })
  if (!source) throw new Error('The source package of libsrtp2 has no libsrtp2-* folder.')
  const cwd = join(dir, source)
  const prefix = join(workDir, 'libsrtp')
  await runCommand('./configure', ['--enable-openssl', `--prefix=${prefix}`, 'CFLAGS=-O3 -fPIC'], {
    cwd,
    log,
  })
  await runCommand('make', [`-j${availableParallelism()}`, 'libsrtp2.a'], { cwd, log })
  await runCommand('make', ['install'], { cwd, log })
}

async function prepareSource({ workerSource, workDir, log }: WorkerBuild): Promise<void> {
  const source = join(workDir, 'source')
  rmSync(source, { recursive: true, force: true })
  cpSync(workerSource, source, { recursive: true })
  const patches = join(import.meta.dirname, 'patches')
  for (const name of readdirSync(patches).sort()) {
    await runCommand('patch', ['-p1', '-i', join(patches, name)], { cwd: source, log })
  }
  const answers = join(import.meta.dirname, 'subprojects')
  for (const name of readdirSync(answers)) {
    // meson looks for a wrap's project in the folder that the wrap names, and takes it if it is there.
    const wrap = readFileSync(join(source, 'subprojects', `${name}.wrap`), 'utf8')
    const folder = /^directory = (.+)$/m.exec(wrap)?.[1]
    if (!folder) throw new Error(`${name}.wrap names no directory`)
    cpSync(join(answers, name), join(source, 'subprojects', folder), { recursive: true })
  }
}

/** Does a part of the work that an earlier, interrupted build may have completed already. */
async function once(workDir: string, part: string, work: () => Promise<void>): Promise<void> {
  const marker = join(workDir, `${part}.done`)
  if (existsSync(marker)) return
  await work()
  writeFileSync(marker, '')
}

/** ninja's own count from its last line, as ` 120/261`. */
function compiled(log: string): string {
  const counts = readFileSync(log, 'utf8').match(/^\[\d+\/\d+\]/gm)
  return counts ? ` ${counts.at(-1)?.slice(1, -1)}` : ''
}
