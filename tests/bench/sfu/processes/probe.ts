/**
 * Loaded into a measured process before its own code (`--import`): answers `measure` on the IPC channel
 * with what the process has used, and stops it with the benchmark. Needs `--expose-gc`.
 */
import { setTimeout as after } from 'node:timers/promises'

export interface Usage {
  /** In bytes, after garbage collection. */
  residentBytes: number
  /** Of all its threads since its start. */
  cpuSeconds: number
}

/** What is closed is let go of over a few turns of the event loop. */
const COLLECTIONS = 4

process.on('message', async (asked: 'cpu' | 'memory') => {
  const { user, system } = process.cpuUsage()
  if (asked === 'memory')
    for (let i = 0; i < COLLECTIONS; i++) {
      // As when memory is short: empty pages go back to the system.
      await globalThis.gc?.({ type: 'major', execution: 'async', flavor: 'last-resort' })
      await after(50)
    }
  const usage: Usage = { residentBytes: process.memoryUsage.rss(), cpuSeconds: (user + system) / 1e6 }
  process.send?.(usage)
})
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))
