/** Many schedules at once, on one Worker that each of them may kill. */
import { join } from 'node:path'
import type { AcceptedMeterEvent } from '@radist-tech/stripe-sandbox'
import type { Bundle } from '../bench/p2p/served-worker.ts'
import { scheduleOf } from './schedule.ts'
import { type ScheduleOutcome, ScheduleRun } from './schedule-run.ts'
import { faultsOf } from './verdict.ts'
import { World } from './world.ts'

/** Attempts wait for each other: a second, two, four … */
const WINDOWS_LIMIT_MS = 120_000

export interface BatchResult {
  failures: { seed: number; faults: string[] }[]
  schedules: number
  hostDeaths: number
  workerDeaths: number
  /** With usage, from hosts. */
  hostRequests: number
  stripeRequests: number
  /** In all ledgers. */
  seconds: number
}

/** @param folder for data, on a fast disk; what is in it is removed */
export async function runBatch(
  seeds: readonly number[],
  bundle: Bundle,
  folder: string,
): Promise<BatchResult> {
  const world = await World.start(bundle, join(folder, `batch-${seeds[0]}`))
  try {
    const runs: ScheduleRun[] = []
    const disks = join(folder, `batch-${seeds[0]}`, 'hosts')
    for (const seed of seeds) runs.push(await ScheduleRun.prepare(scheduleOf(seed), world, disks))
    // All of them end before anything is taken from under them.
    const played = await Promise.allSettled(runs.map((run) => run.play()))
    const outcomes = played.map((result) => {
      if (result.status === 'rejected') throw result.reason
      return result.value
    })
    await world.allWindowsSettled(WINDOWS_LIMIT_MS)
    const events = new Map<string, AcceptedMeterEvent[]>()
    const ledgers = await world.ledgers()
    for (const { customers } of outcomes)
      for (const customer of customers.values()) events.set(customer, await world.meterEvents(customer))
    const failures = outcomes.flatMap((outcome) => {
      const faults = faultsOf(outcome, ledgers, events)
      return faults.length > 0 ? [{ seed: outcome.schedule.seed, faults }] : []
    })
    const total = (of: (outcome: ScheduleOutcome) => number) => outcomes.reduce((sum, o) => sum + of(o), 0)
    return {
      failures,
      schedules: outcomes.length,
      hostDeaths: total(({ hostDeaths }) => hostDeaths),
      workerDeaths: world.workerDeaths,
      hostRequests: total(({ requests }) => requests),
      stripeRequests: world.stripeWire.requests,
      seconds: [...events.values()].flat().reduce((sum, { value }) => sum + value, 0),
    }
  } finally {
    await world.close()
  }
}
