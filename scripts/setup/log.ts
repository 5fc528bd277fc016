import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { cacheDir } from './cache.ts'

/** A fresh log file for a step of the setup, in the cache: it is still there if the checkout is not. */
export function stepLog(name: string): string {
  const dir = join(cacheDir(), 'logs')
  mkdirSync(dir, { recursive: true })
  const file = join(dir, `${name}.log`)
  rmSync(file, { force: true })
  return file
}
