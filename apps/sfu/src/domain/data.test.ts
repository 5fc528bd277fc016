import { decodeDeliveredData, encodeDeliveredData, newParticipantId } from '@radist-tech/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type DataBudget, dataBudgetAfter, fullDataBudget } from './data-budget.ts'
import { DataOutbox } from './data-outbox.ts'

const from = newParticipantId()
const frameOf = (n: number, size: number): Uint8Array => {
  const payload = new Uint8Array(4 + size)
  new DataView(payload.buffer).setUint32(0, n)
  return encodeDeliveredData({ from, isPrivate: false, isText: false, payload })
}

/** What came out: the numbers of messages, and how many were said to be missing. */
function read(frame: Uint8Array): { n: number } | { lost: number } {
  const decoded = decodeDeliveredData(frame)
  if (decoded?.type === 'lost') return { lost: decoded.count }
  if (!decoded) throw new Error('no frame')
  return { n: new DataView(decoded.payload.buffer, decoded.payload.byteOffset).getUint32(0) }
}

/** A media worker that holds what it is given until the receiver reads. */
class Worker {
  readonly delivered: Uint8Array[] = []
  #held: Uint8Array[] = []
  most = 0

  get buffered(): number {
    return this.#held.reduce((sum, { length }) => sum + length, 0)
  }

  hold(frame: Uint8Array): number {
    this.#held.push(frame)
    this.most = Math.max(this.most, this.buffered)
    return this.buffered
  }

  read(): void {
    this.delivered.push(...this.#held)
    this.#held = []
  }
}

const LIMIT = 300_000

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.integer({ min: 0, max: 100_000 }).map((size) => ({ does: 'offer' as const, size })),
  },
  { weight: 1, arbitrary: fc.constant({ does: 'read' as const }) },
  { weight: 1, arbitrary: fc.constant({ does: 'path' as const }) },
)

describe('what waits for a receiver of data', () => {
  it('is bounded, comes in order, and says how many are missing where they are missing', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
        const outbox = new DataOutbox(LIMIT)
        const worker = new Worker()
        let offered = 0
        let hasPath = true
        const pump = () => {
          for (let frame = outbox.take(); frame; frame = outbox.take()) {
            if (!hasPath) return outbox.refused(frame)
            outbox.sent(frame, worker.hold(frame))
          }
        }
        const drain = () => {
          worker.read()
          outbox.drained(0)
          pump()
        }
        for (const one of steps) {
          if (one.does === 'offer') outbox.offer(frameOf(offered++, one.size))
          if (one.does === 'path') hasPath = !hasPath
          if (one.does === 'read' && hasPath) drain()
          else pump()
          expect(outbox.waitingBytes).toBeLessThanOrEqual(LIMIT + 101_000)
          expect(worker.most).toBeLessThanOrEqual(262_144 + 101_000)
        }
        hasPath = true
        for (let i = 0; i < 5; i++) drain()
        let next = 0
        for (const entry of worker.delivered.map(read)) {
          if ('lost' in entry) next += entry.lost
          else expect(entry.n).toBe(next++)
        }
        expect(next).toBe(offered)
        expect(outbox.waitingBytes).toBe(0)
      }),
    )
  })

  it('is one frame on its way at a time, so that one that is refused is still the next', () => {
    const outbox = new DataOutbox(LIMIT)
    for (const n of [0, 1]) outbox.offer(frameOf(n, 10))
    const first = outbox.take()
    expect(outbox.take()).toBeNull()
    outbox.refused(first ?? new Uint8Array())
    expect(outbox.take()).toBe(first)
  })

  it('is nothing of an unreliable channel: what finds no room is dropped without a word', () => {
    const outbox = new DataOutbox(0)
    const worker = new Worker()
    for (let n = 0; n < 100; n++) {
      outbox.offer(frameOf(n, 10_000))
      for (let frame = outbox.take(); frame; frame = outbox.take()) outbox.sent(frame, worker.hold(frame))
      expect(outbox.waitingBytes).toBe(0)
    }
    worker.read()
    outbox.drained(0)
    expect(outbox.take()).toBeNull()
    expect(worker.delivered.length).toBe(27)
    outbox.offer(frameOf(100, 1))
    expect(read(outbox.take() ?? new Uint8Array())).toEqual({ n: 100 })
  })
})

describe('how much data a participant may send', () => {
  const rates = { messagesPerSecond: 10, bytesPerSecond: 1000 }

  it('is never more than a second’s worth above the rate, in messages and in bytes', () => {
    const message = fc.record({
      bytes: fc.integer({ min: 1, max: 600 }),
      wait: fc.integer({ min: 0, max: 300 }),
    })
    fc.assert(
      fc.property(fc.array(message, { maxLength: 200, size: 'max' }), (messages) => {
        let budget: DataBudget = fullDataBudget(rates, 0)
        const sum = { now: 0, messages: 0, bytes: 0 }
        for (const { bytes, wait } of messages) {
          sum.now += wait
          const after = dataBudgetAfter(budget, rates, { bytes, now: sum.now })
          budget = after.budget
          if (after.verdict !== 'taken') continue
          sum.messages += 1
          sum.bytes += bytes
          const seconds = 1 + sum.now / 1000
          expect(sum.messages).toBeLessThanOrEqual(rates.messagesPerSecond * seconds + 1e-6)
          expect(sum.bytes).toBeLessThanOrEqual(rates.bytesPerSecond * seconds + 1e-6)
        }
      }),
    )
  })

  it('a second’s worth of refused ones in a row is a flood', () => {
    let budget = fullDataBudget(rates, 0)
    const verdicts = Array.from({ length: 30 }, () => {
      const after = dataBudgetAfter(budget, rates, { bytes: 1, now: 0 })
      budget = after.budget
      return after.verdict
    })
    expect(verdicts.indexOf('refused')).toBe(10)
    expect(verdicts.indexOf('flood')).toBe(19)
    expect(verdicts.filter((verdict) => verdict === 'flood')).toHaveLength(2)
  })
})
