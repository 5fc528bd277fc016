import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chooseWorker, demandOf, takesConsumer, type WorkerLimits, type WorkerLoad } from './worker-choice.ts'

/** The defaults of the configuration. */
const limits: WorkerLimits = { spreadConsumers: 100, maxConsumers: 2000, maxCpu: 0.9 }
const idle: WorkerLoad = { consumers: 0, awaited: 0, idle: 0, rooms: 0, cpu: 0, hasRoom: false }

/** Workers of a host, and what joining, consuming and leaving participants make of them. */
class Fleet {
  readonly workers: WorkerLoad[]

  constructor(count: number) {
    this.workers = Array.from({ length: count }, () => ({ ...idle }))
  }

  /** Puts one who will consume this much; its consumers open when the function that is answered is called. */
  join(expected: number): () => void {
    const worker = chooseWorker(this.workers, limits)
    if (!worker) throw new Error('all workers are full')
    if (!worker.hasRoom) worker.rooms += 1
    worker.hasRoom = true
    worker.awaited += expected
    return () => {
      worker.awaited -= expected
      worker.consumers += expected
    }
  }

  /** Puts so many who receive nothing; answers how many found a place. */
  joinIdle(count: number): number {
    for (let joined = 0; joined < count; joined++) {
      const worker = chooseWorker(this.workers, limits)
      if (!worker) return joined
      worker.idle += 1
    }
    return count
  }

  /** How many times as many consumers the fullest worker has as the emptiest. */
  get imbalance(): number {
    const consumers = this.workers.map((worker) => worker.consumers)
    return Math.max(...consumers) / Math.min(...consumers)
  }
}

describe('the choice of a worker', () => {
  it('balances 300 joins to one room over two workers within 20 %, however late their consumers open', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.boolean(), { minLength: 300, maxLength: 300 }),
        (tracks, atOnce) => {
          const fleet = new Fleet(2)
          const late: (() => void)[] = []
          for (const now of atOnce) {
            const open = fleet.join(tracks)
            if (now) open()
            else late.push(open)
          }
          for (const open of late) open()
          expect(fleet.imbalance).toBeLessThanOrEqual(1.2)
        },
      ),
    )
  })

  it('balances a meeting of 24 and more in which everyone publishes and receives everyone', () => {
    fc.assert(
      fc.property(fc.integer({ min: 24, max: 60 }), (participants) => {
        const fleet = new Fleet(2)
        const members = new Map(fleet.workers.map((worker) => [worker, 0]))
        for (let joined = 0; joined < participants; joined++) {
          const worker = chooseWorker(fleet.workers, { ...limits, maxConsumers: 100_000 })
          if (!worker) throw new Error('all workers are full')
          worker.hasRoom = true
          worker.consumers += joined
          for (const [other, count] of members) other.consumers += count
          members.set(worker, (members.get(worker) ?? 0) + 1)
        }
        expect(fleet.imbalance).toBeLessThanOrEqual(1.2)
      }),
    )
  })

  it('keeps a room together until its workers have enough to do', () => {
    const load = fc.record({
      consumers: fc.nat(3000),
      awaited: fc.nat(100),
      idle: fc.nat(15_000),
      rooms: fc.nat(50),
      cpu: fc.double({ min: 0, max: 1, noNaN: true }),
      hasRoom: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(load, { maxLength: 8 }), (workers) => {
        const chosen = chooseWorker(workers, limits)
        const free = workers.filter((w) => w.consumers + w.awaited + w.idle / 5 < 2000 && w.cpu < 0.9)
        const together = free.filter((w) => w.hasRoom && w.consumers + w.awaited + w.idle < 100)
        if (free.length === 0) expect(chosen).toBeNull()
        else if (together.length > 0) expect(together).toContain(chosen)
        else expect(free).toContain(chosen)
      }),
    )
  })

  it('puts rooms on the worker with the fewest consumers, counting those that young rooms will have', () => {
    const busy = { ...idle, consumers: 10, rooms: 1 }
    const young = { ...idle, rooms: 2 }
    const younger = { ...idle, rooms: 4 }
    expect(chooseWorker([busy, young, younger], limits)).toBe(young)
    expect(chooseWorker([younger, busy], limits)).toBe(busy)
    expect(chooseWorker([], limits)).toBeNull()
  })

  it('of two that are equally loaded takes the one that has the room', () => {
    const elsewhere = { ...idle, consumers: 150, rooms: 1 }
    const here = { ...elsewhere, hasRoom: true }
    expect(chooseWorker([elsewhere, here], limits)).toBe(here)
  })

  it('finds a place for 10,000 idle ones on each worker, and spreads them before there is anything to receive', () => {
    const fleet = new Fleet(2)
    for (const worker of fleet.workers) worker.hasRoom = worker === fleet.workers[0]
    expect(fleet.joinIdle(300)).toBe(300)
    const [first = idle, second = idle] = fleet.workers
    expect(Math.max(first.idle, second.idle) / Math.min(first.idle, second.idle)).toBeLessThanOrEqual(1.2)
    expect(fleet.joinIdle(30_000)).toBe(19_700)
    // Whoever is in may still receive: places are what is scarce.
    expect(takesConsumer(first, limits)).toBe(true)
  })

  it('counts a participant as what it has, will soon have, or waits for: once', () => {
    expect(demandOf({ mayReceive: true, expected: 0, consumers: 0 })).toEqual({ awaited: 0, idle: 1 })
    expect(demandOf({ mayReceive: false, expected: 0, consumers: 0 })).toEqual({ awaited: 0, idle: 0 })
    fc.assert(
      fc.property(fc.nat(50), fc.nat(50), (expected, consumers) => {
        const { awaited, idle: waits } = demandOf({ mayReceive: true, expected, consumers })
        expect(consumers + awaited + waits).toBe(Math.max(1, expected, consumers))
      }),
    )
  })

  it('never goes over the limit of consumers', () => {
    expect(takesConsumer({ consumers: 1999 }, limits)).toBe(true)
    expect(takesConsumer({ consumers: 2000 }, limits)).toBe(false)
  })
})
