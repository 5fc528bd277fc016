/** What setup found or made, for those who start processes: the stack, the tests, the SFU's tests. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { toolchainFile } from './paths.ts'
import type { WorkerOrigin } from './setup/mediasoup-worker.ts'
import type { SfuNodeOrigin } from './setup/sfu-node.ts'

export type Toolchain = {
  /** Node 24 or newer. */
  readonly node: string
  /** The Node that can load uWebSockets.js; the same as `node` on most systems. */
  readonly sfuNode: string
  /** For mediasoup's `workerBin`. */
  readonly mediasoupWorkerBin: string
  /** Null until set up with `--tests`. */
  readonly chromium: string | null
  /** coturn; null until set up with `--tests`. */
  readonly turnserver: string | null
  /** Which way setup took. */
  readonly origins: { readonly sfuNode: SfuNodeOrigin; readonly mediasoupWorker: WorkerOrigin }
}

/** Throws when setup has not run in this checkout. */
export function readToolchain(): Toolchain {
  try {
    return JSON.parse(readFileSync(toolchainFile, 'utf8'))
  } catch (cause) {
    throw new Error('This checkout is not set up: run `npm run setup`.', { cause })
  }
}

export function writeToolchain(toolchain: Toolchain): void {
  mkdirSync(dirname(toolchainFile), { recursive: true })
  const temporary = `${toolchainFile}.${process.pid}`
  writeFileSync(temporary, `${JSON.stringify(toolchain, null, 2)}\n`)
  renameSync(temporary, toolchainFile)
}
