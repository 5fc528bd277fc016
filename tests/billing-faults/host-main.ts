/**
 * A host as a process of its own, to be killed: takes its options, then operations, as lines of JSON on
 * its standard input, and writes a dot for each that it has done. The end of the input stops it.
 */
import { writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { HostOperation } from './host-operation.ts'
import { type HostOptions, MeteredHost } from './metered-host.ts'

const pause = new Int32Array(new SharedArrayBuffer(4))

/** Not buffered: what is told has happened, also when the process is killed right after. */
function tell(): void {
  for (;;) {
    try {
      writeSync(1, '.')
      return
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error
      // The reader is busy, and the pipe full.
      Atomics.wait(pause, 0, 0, 1)
    }
  }
}

let host: MeteredHost | undefined
for await (const line of createInterface({ input: process.stdin })) {
  if (host) host.perform(JSON.parse(line) satisfies HostOperation)
  else host = await MeteredHost.open(JSON.parse(line) satisfies HostOptions)
  tell()
}
await host?.stop()
process.exit()
