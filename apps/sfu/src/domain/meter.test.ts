import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { admitted, type Meter, type MeterEvent, metered, reported, reportsLeft } from './meter.ts'

/** What may happen next, `after` ms later. `silent`: the socket ended at its last sign of life, found now. */
type Step = { after: number; what: 'alive' | 'closed' | 'silent' | 'resumed' | 'cut' | 'left' }

const steps = fc.array(
  fc.record({
    after: fc.integer({ min: 0, max: 5000 }),
    what: fc.constantFrom<Step['what'][]>(
      'alive',
      'alive',
      'alive',
      'closed',
      'silent',
      'resumed',
      'cut',
      'cut',
      'left',
    ),
  }),
  { maxLength: 60 },
)

interface Run {
  meter: Meter
  now: number
  seconds: number
  reports: { seconds: number; from: number; until: number }[]
}

/** Connected time as the definition has it, kept apart from the meter: intervals, summed. */
class Definition {
  ms = 0
  #aliveAt: number | null
  #gone = false

  constructor(admittedAt: number) {
    this.#aliveAt = admittedAt
  }

  get connected(): boolean {
    return this.#aliveAt !== null
  }

  get aliveAt(): number {
    return this.#aliveAt ?? 0
  }

  alive(now: number): void {
    if (this.#aliveAt === null) return
    this.ms += now - this.#aliveAt
    this.#aliveAt = now
  }

  end(): void {
    this.#aliveAt = null
  }

  leave(): void {
    this.#gone = true
    this.end()
  }

  resume(now: number): void {
    if (this.#aliveAt === null && !this.#gone) this.#aliveAt = now
  }
}

const eventsOf = (step: Step, definition: Definition, now: number): MeterEvent[] => {
  switch (step.what) {
    case 'alive':
      definition.alive(now)
      return [{ type: 'alive', at: now }]
    case 'closed':
      definition.alive(now)
      definition.end()
      return [{ type: 'dropped', at: now }]
    case 'silent': {
      const at = definition.aliveAt
      definition.end()
      return [{ type: 'dropped', at }]
    }
    case 'resumed':
      definition.resume(now)
      return [{ type: 'resumed', at: now }]
    case 'left':
      definition.alive(now)
      definition.leave()
      return [{ type: 'left', at: now }]
    case 'cut':
      return []
    default:
      return step.what satisfies never
  }
}

function cut(run: Run): void {
  const { meter, report } = reported(run.meter)
  run.meter = meter
  if (!report) return
  run.seconds += report.seconds
  run.reports.push(report)
}

function play(history: Step[], admittedAt: number): { run: Run; definition: Definition } {
  const run: Run = { meter: admitted(admittedAt), now: admittedAt, seconds: 0, reports: [] }
  const definition = new Definition(admittedAt)
  for (const step of history) {
    run.now += step.after
    for (const event of eventsOf(step, definition, run.now)) run.meter = metered(run.meter, event)
    if (step.what === 'cut') cut(run)
    expect(run.seconds).toBeLessThanOrEqual(Math.floor((run.now - admittedAt) / 1000))
    expect(run.seconds).toBeLessThanOrEqual(Math.floor(definition.ms / 1000))
  }
  cut(run)
  return { run, definition }
}

describe('the meter', () => {
  it('reports the completed seconds of the connected time, however it is cut and whatever happens', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 0, max: 1_000_000 }), (history, admittedAt) => {
        const { run, definition } = play(history, admittedAt)
        expect(run.meter.connectedMs).toBe(definition.ms)
        expect(run.seconds).toBe(Math.floor(definition.ms / 1000))
      }),
      { numRuns: 20_000 },
    )
  })

  it('reports spans that follow each other and are as long as what they report, or longer', () => {
    fc.assert(
      fc.property(steps, (history) => {
        const { run } = play(history, 0)
        let last = 0
        for (const { seconds, from, until } of run.reports) {
          expect(seconds).toBeGreaterThanOrEqual(1)
          expect(from).toBe(last)
          expect(until - from).toBeGreaterThanOrEqual(seconds * 1000)
          expect(until).toBeLessThanOrEqual(run.now)
          last = until
        }
      }),
      { numRuns: 5000 },
    )
  })

  it('charges a socket that died silently to its last sign of life, and one that is closed to its close', () => {
    const heard = metered(admitted(0), { type: 'alive', at: 4000 })
    expect(metered(heard, { type: 'dropped', at: 4000 }).connectedMs).toBe(4000)
    expect(metered(heard, { type: 'dropped', at: 9500 }).connectedMs).toBe(9500)
  })

  it('does not run while the socket is gone, nor after the participant has left', () => {
    let meter = metered(admitted(0), { type: 'dropped', at: 1500 })
    meter = metered(meter, { type: 'alive', at: 5000 })
    meter = metered(meter, { type: 'resumed', at: 10_000 })
    meter = metered(meter, { type: 'left', at: 11_600 })
    meter = metered(meter, { type: 'resumed', at: 20_000 })
    meter = metered(meter, { type: 'alive', at: 30_000 })
    expect(reported(meter).report).toEqual({ seconds: 3, remainderMs: 0, from: 0, until: 11_500 })
  })

  it('reports no more than a day at once: a long stay takes several reports, that follow each other', () => {
    const meter = metered(admitted(1000), { type: 'left', at: 1000 + 3 * 86_400_000 })
    const day = { seconds: 86_400, remainderMs: 0 }
    expect(reportsLeft(meter)).toEqual([
      { ...day, from: 1000, until: 1000 + 86_400_000 },
      { ...day, from: 1000 + 86_400_000, until: 1000 + 2 * 86_400_000 },
      { ...day, from: 1000 + 2 * 86_400_000, until: 1000 + 3 * 86_400_000 },
    ])
  })

  it('reports with the end of a stay what is left of a second, also when that is all', () => {
    const meter = metered(admitted(1000), { type: 'left', at: 4400 })
    expect(reportsLeft(meter)).toEqual([{ seconds: 3, remainderMs: 400, from: 1000, until: 4400 }])
    expect(reportsLeft(reported(meter).meter)).toEqual([
      { seconds: 0, remainderMs: 400, from: 4000, until: 4400 },
    ])
    expect(reportsLeft(metered(admitted(0), { type: 'left', at: 2000 }))).toEqual([
      { seconds: 2, remainderMs: 0, from: 0, until: 2000 },
    ])
    expect(reportsLeft(metered(admitted(0), { type: 'left', at: 0 }))).toEqual([])
  })
})
