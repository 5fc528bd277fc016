/**
 * A host as a process of its own that can be asked for its memory: the message `memory` on its IPC
 * channel is answered with {@link HostMemory}, after garbage collection (needs `--expose-gc`).
 */
import { readFileSync } from 'node:fs'
import { setTimeout as after } from 'node:timers/promises'
import { readConfig } from '../../config.ts'
import { startHost } from '../../host.ts'

/** In bytes. */
export interface HostMemory {
  hostRss: number
  hostHeap: number
  workersRss: number
  workerPids: number[]
}

/** Closed sockets and routers are let go of over a few turns of the event loop. */
const COLLECTIONS = 4

const residentBytes = (pid: number): number => {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) * 1024
}

const host = await startHost(readConfig(process.env))
process.on('message', async () => {
  for (let i = 0; i < COLLECTIONS; i++) {
    globalThis.gc?.()
    await after(100)
  }
  const { rss, heapUsed } = process.memoryUsage()
  const memory: HostMemory = {
    hostRss: rss,
    hostHeap: heapUsed,
    workersRss: host.workers.reduce((sum, { pid }) => sum + residentBytes(pid), 0),
    workerPids: host.workers.map(({ pid }) => pid),
  }
  process.send?.(memory)
})
process.once('SIGTERM', () => void host.close().then(() => process.disconnect()))
