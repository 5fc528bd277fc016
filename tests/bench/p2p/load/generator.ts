/** The load generator's process: runs one job at a time, as its parent asks, and ends with its parent. */
import { runHttp } from './http.ts'
import type { Job, JobAnswer, Measured } from './jobs.ts'
import { join, SocketPairs } from './sockets.ts'

const pairs = new SocketPairs()

process.on('message', (job: Job) => void answer(job))
process.on('disconnect', () => process.exit())

async function answer(job: Job): Promise<void> {
  const before = process.cpuUsage()
  let result: JobAnswer
  try {
    const figures = await run(job)
    const { user, system } = process.cpuUsage(before)
    result = { ok: true, measured: { ...figures, ownCpuSeconds: (user + system) / 1e6 } }
  } catch (error) {
    result = { ok: false, error: String(error) }
  }
  process.send?.(result)
}

function run(job: Job): Promise<Omit<Measured, 'ownCpuSeconds'>> {
  switch (job.kind) {
    case 'http':
      return runHttp(job)
    case 'open-pairs':
      return pairs.open(job)
    case 'relay':
      return pairs.relay(job)
    case 'join':
      return join(job)
  }
}
