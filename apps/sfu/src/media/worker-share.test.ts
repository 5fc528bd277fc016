import { describe, expect, it } from 'vitest'
import type { Demand } from '../domain/worker-choice.ts'
import { type CountedWorker, WorkerShare } from './worker-share.ts'

class Worker implements CountedWorker {
  consumers = 0
  readonly demand: Demand = { awaited: 0, idle: 0 }
  readonly expecting = new Set<WorkerShare>()
}

describe('a share of a worker', () => {
  it('expects consumers until they are there or the time for them is over, then waits for any', () => {
    const worker = new Worker()
    const share = new WorkerShare(worker, 2, 0)
    expect(worker.demand).toEqual({ awaited: 2, idle: 0 })
    const close = share.addConsumer()
    expect(worker).toMatchObject({ consumers: 1, demand: { awaited: 1, idle: 0 } })
    close()
    expect(worker).toMatchObject({ consumers: 0, demand: { awaited: 2, idle: 0 } })
    share.expectNoMore()
    expect(worker.demand).toEqual({ awaited: 0, idle: 1 })
    expect(worker.expecting.size).toBe(0)
  })

  it('leaves nothing behind, in whatever order it ends', () => {
    const worker = new Worker()
    for (const expected of [null, 0, 3]) {
      const share = new WorkerShare(worker, expected, 0)
      const close = share.addConsumer()
      share.end()
      close()
      share.end()
    }
    expect(worker).toMatchObject({ consumers: 0, demand: { awaited: 0, idle: 0 } })
    expect(worker.expecting.size).toBe(0)
  })
})
