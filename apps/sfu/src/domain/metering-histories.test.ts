/**
 * Histories of one participant on several hosts: what they report is its connected time, less what a crash
 * may cost. The ledger counts the completed seconds of it.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  admitted,
  type Meter,
  type MeterEvent,
  type MeterReport,
  metered,
  reported,
  reportsLeft,
} from './meter.ts'
import { isSame, recovered, type SavedMeter, saved } from './saved-meter.ts'

const FRESH_MS = 3000
/** The host marks once a second, and a little later when it is busy. */
const MARK_MS = 1000

type Step =
  | { what: 'wait'; ms: number; heard: boolean }
  /** The socket ends: its close is seen, or it died silently at its last sign of life. */
  | { what: 'dropped'; silently: boolean }
  | { what: 'resumed' }
  /** Completed seconds are cut off into a record. */
  | { what: 'flushed' }
  /** Leaves, and is admitted again: here (taken over) or on another host, whose clock shows something else. */
  | { what: 'moved'; clock: number }
  /** The process dies; the participant joins anew, at a host that knows nothing of it. */
  | { what: 'crashed'; clock: number }

const clock = fc.integer({ min: 0, max: 1_000_000 })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constant('wait' as const),
      ms: fc.integer({ min: 0, max: 4000 }),
      heard: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('dropped' as const), silently: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('resumed' as const) }) },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('flushed' as const) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('moved' as const), clock }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('crashed' as const), clock }) },
)

/** One stay on one host, with what its journal holds. */
class Host {
  now: number
  meter: Meter
  /** What is on the disk: the stay's row, rewritten only when it differs, and the host's mark. */
  disk: { row: SavedMeter; mark: number }
  rewritten = 0
  readonly reports: MeterReport[] = []
  #nextMark: number

  constructor(clock: number) {
    this.now = clock
    this.meter = admitted(clock)
    this.disk = { row: saved(this.meter, clock, FRESH_MS), mark: clock }
    this.#nextMark = clock + MARK_MS
  }

  record(event: MeterEvent): void {
    this.meter = metered(this.meter, event)
  }

  /** Time passes, with the marks that fall into it: each is told, with the time that has passed before it. */
  wait(ms: number, marked: (passedMs: number) => void = () => undefined): void {
    const from = this.now
    const until = this.now + ms
    for (; this.#nextMark <= until; this.#nextMark += MARK_MS) {
      this.now = this.#nextMark
      this.#write()
      this.disk.mark = this.now
      marked(this.now - from)
    }
    this.now = until
  }

  flush(): void {
    const { meter, report } = reported(this.meter)
    if (!report) return
    this.meter = meter
    this.reports.push(report)
    // A record is written together with the meter that it was cut from, between two marks.
    this.#write()
  }

  leave(): void {
    this.record({ type: 'left', at: this.now })
    this.reports.push(...reportsLeft(this.meter))
  }

  crash(): void {
    this.reports.push(...reportsLeft(recovered(this.disk.row, this.disk.mark)))
  }

  #write(): void {
    const row = saved(this.meter, this.now, FRESH_MS)
    if (isSame(row, this.disk.row)) return
    this.disk.row = row
    this.rewritten += 1
  }
}

/** The definition itself, apart from the machine: connected milliseconds, added up. */
class Truth {
  /** Up to the last sign of life, or the close that was seen. */
  ms = 0
  /** How long a socket had been silent at the last mark, if nobody heard it since: a crash charges that. */
  presumedMs = 0
  /** The same of a socket that is known since to have died then: until the next mark, the disk still has it. */
  falseMs = 0
  /** How long it had been silent at the last mark, if that was too long to take it for alive. */
  doubtedMs = 0
  connected = true
  /** Since the last sign of life. */
  silentMs = 0

  pass(ms: number, heard: boolean): void {
    if (!this.connected) return
    this.silentMs += ms
    if (heard) this.heard()
  }

  marked(passedMs: number): void {
    const silentMs = this.silentMs + passedMs
    const fresh = silentMs <= FRESH_MS
    this.falseMs = 0
    this.presumedMs = this.connected && fresh ? silentMs : 0
    this.doubtedMs = 0
    this.doubt(passedMs)
  }

  doubt(passedMs: number): void {
    const silentMs = this.silentMs + passedMs
    if (this.connected && silentMs > FRESH_MS) this.doubtedMs = silentMs
  }

  heard(): void {
    this.presumedMs = 0
    this.ms += this.silentMs
    this.silentMs = 0
  }

  drop(silently: boolean): void {
    if (this.connected && !silently) this.heard()
    this.falseMs += this.presumedMs
    this.presumedMs = 0
    this.connected = false
    this.silentMs = 0
  }

  begin(): void {
    this.connected = true
    this.silentMs = 0
  }
}

function play(steps: readonly Step[], startedAt: number) {
  const truth = new Truth()
  const hosts = [new Host(startedAt)]
  let host = hosts[0] as Host
  let crashes = 0
  let presumed = 0
  let doubted = 0
  const admit = (next: Host) => {
    host = next
    hosts.push(next)
    truth.begin()
  }
  for (const step of steps) {
    switch (step.what) {
      case 'wait':
        host.wait(step.ms, (passedMs) => truth.marked(passedMs))
        truth.pass(step.ms, step.heard)
        if (step.heard) host.record({ type: 'alive', at: host.now })
        break
      case 'dropped': {
        const at = step.silently ? host.now - truth.silentMs : host.now
        truth.drop(step.silently)
        host.record({ type: 'dropped', at })
        break
      }
      case 'resumed':
        if (!truth.connected) truth.begin()
        host.record({ type: 'resumed', at: host.now })
        break
      case 'flushed':
        host.flush()
        // The row may have been written with the record.
        truth.doubt(0)
        break
      case 'moved':
        truth.drop(false)
        host.leave()
        admit(new Host(step.clock))
        break
      case 'crashed':
        crashes += 1
        // Nobody saw whether a socket that was silent lately still lived.
        presumed += truth.presumedMs + truth.falseMs
        doubted += truth.doubtedMs
        truth.doubtedMs = 0
        truth.drop(true)
        truth.falseMs = 0
        host.crash()
        admit(new Host(step.clock))
        break
      default:
        step satisfies never
    }
  }
  truth.drop(false)
  host.leave()
  const reports = hosts.flatMap((host) => host.reports)
  const reportedMs = reports.reduce((sum, report) => sum + report.seconds * 1000 + report.remainderMs, 0)
  return { hosts, reportedMs, crashes, presumed, doubted, connectedMs: truth.ms }
}

const history = fc.array(step, { maxLength: 60 })

describe('metering histories', () => {
  it('without a crash report all connected time, over reconnections, moves and cuts', () => {
    const peaceful = history.map((steps) => steps.filter(({ what }) => what !== 'crashed'))
    fc.assert(
      fc.property(peaceful, clock, (steps, startedAt) => {
        const { reportedMs, connectedMs } = play(steps, startedAt)
        expect(reportedMs).toBe(connectedMs)
      }),
      { numRuns: 10_000 },
    )
  })

  it('lose at most the last second by each crash, and add no more than a socket may have been silent', () => {
    fc.assert(
      fc.property(history, clock, (steps, startedAt) => {
        const { reportedMs, crashes, presumed, doubted, connectedMs } = play(steps, startedAt)
        expect(reportedMs).toBeLessThanOrEqual(connectedMs + presumed)
        // A crash loses what came after the last mark.
        expect(reportedMs).toBeGreaterThanOrEqual(connectedMs - doubted - crashes * MARK_MS)
      }),
      { numRuns: 10_000 },
    )
  })

  it('reports spans that follow each other, each at least as long as what it reports', () => {
    fc.assert(
      fc.property(history, clock, (steps, startedAt) => {
        for (const { reports } of play(steps, startedAt).hosts) {
          let last = Number.NEGATIVE_INFINITY
          for (const { seconds, remainderMs, from, until } of reports) {
            expect(seconds + remainderMs).toBeGreaterThanOrEqual(1)
            expect(remainderMs).toBeLessThan(1000)
            expect(from).toBeGreaterThanOrEqual(last)
            expect(until - from).toBeGreaterThanOrEqual(seconds * 1000 + remainderMs)
            last = until
          }
        }
      }),
      { numRuns: 3000 },
    )
  })

  it('the row of one that just stays connected is written once, however long', () => {
    const host = new Host(5000)
    for (let i = 0; i < 3600; i++) {
      host.wait(700)
      host.record({ type: 'alive', at: host.now })
    }
    expect(host.rewritten).toBe(0)
    host.crash()
    expect(host.reports).toEqual([{ seconds: 2520, remainderMs: 0, from: 5000, until: 5000 + 2520 * 1000 }])
  })

  it('a socket that falls silent is saved as halted at its last sign of life, and runs on when it is heard', () => {
    const host = new Host(0)
    host.wait(1000)
    host.record({ type: 'alive', at: 1000 })
    host.wait(3000)
    expect(host.disk.row.progress).toEqual({ is: 'running', zeroAt: 0 })
    host.wait(1000)
    expect(host.disk.row.progress).toEqual({ is: 'halted', connectedMs: 1000, confirmedAt: 1000 })
    host.record({ type: 'alive', at: 5000 })
    host.wait(1000)
    expect(host.disk.row.progress).toEqual({ is: 'running', zeroAt: 0 })
  })
})
