/**
 * The cache holds what is slow to make, outside the checkout. An entry appears under its name only when
 * it is complete, so it can be trusted if it exists. While it is made, a lock keeps a second run from
 * making it as well, and its work folder survives an interruption, so that the next run goes on there.
 */
import { existsSync } from 'node:fs'
import { mkdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { onStop } from '../process/lifetime.ts'
import { SetupFailure } from './failure.ts'
import type { Report } from './progress.ts'

const HEARTBEAT_MS = 2_000
/** A lock without a sign of life for this long belongs to a run that was killed. */
const STALE_MS = 10_000

/** Set by radist.mjs, which keeps Node itself there. */
export function cacheDir(): string {
  const dir = process.env.RADIST_CACHE_DIR
  if (!dir) throw new SetupFailure('RADIST_CACHE_DIR is not set: run this through scripts/radist.mjs.')
  return dir
}

export const cacheEntry = (name: string): string => join(cacheDir(), name)

/**
 * The folder of a cache entry, made by `make` if it does not exist.
 * @param make fills the work folder it is given; it may find there what an interrupted run left.
 */
export async function cached(
  name: string,
  report: Report,
  make: (workDir: string) => Promise<void>,
): Promise<string> {
  const entry = cacheEntry(name)
  if (existsSync(entry)) return entry
  await mkdir(cacheDir(), { recursive: true })
  return withLock(`${entry}.lock`, report, async () => {
    if (existsSync(entry)) return entry
    const workDir = `${entry}.work`
    await mkdir(workDir, { recursive: true })
    await make(workDir)
    await rename(workDir, entry)
    return entry
  })
}

/**
 * Creating a folder is atomic, and its age tells whether the owner lives: unlike a process id, that
 * also works when containers share the cache.
 */
async function withLock<T>(lock: string, report: Report, work: () => Promise<T>): Promise<T> {
  while (!(await take(lock))) {
    report('waiting for another setup to finish it')
    await sleep(500)
  }
  const release = () => rm(lock, { recursive: true, force: true })
  const forget = onStop(release)
  const heartbeat = setInterval(() => {
    const now = new Date()
    utimes(lock, now, now).catch(() => {})
  }, HEARTBEAT_MS)
  try {
    return await work()
  } finally {
    clearInterval(heartbeat)
    forget()
    await release()
  }
}

async function take(lock: string): Promise<boolean> {
  try {
    await mkdir(lock)
    return true
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error
  }
  const age = await stat(lock).then(
    (stats) => Date.now() - stats.mtimeMs,
    () => 0,
  )
  if (age > STALE_MS) await rm(lock, { recursive: true, force: true })
  return false
}

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code
