/** Whether, after it all, ledger = truth, Stripe = ledger, and nothing is there twice. */
import type { AcceptedMeterEvent } from '@radist-tech/stripe-sandbox'
import type { Ledger } from './ledger-files.ts'
import type { ScheduleOutcome } from './schedule-run.ts'
import { truthOf } from './truth.ts'

/** @returns what is wrong, in words; empty when the bill is right */
export function faultsOf(
  outcome: ScheduleOutcome,
  ledgers: ReadonlyMap<string, Ledger>,
  events: ReadonlyMap<string, readonly AcceptedMeterEvent[]>,
): string[] {
  const truths = truthOf(outcome.lives)
  const faults = [...outcome.complaints]
  for (const { participantId, projectId } of outcome.participants) {
    const { least, most } = truths.get(participantId) ?? { least: 0, most: 0 }
    const inLedger = ledgers.get(projectId)?.participants.get(participantId) ?? 0
    if (inLedger < least || inLedger > most)
      faults.push(
        `${participantId}: ledger ${inLedger} s, truth ${least === most ? most : `${least} to ${most}`} s`,
      )
    const told = outcome.reported.get(participantId) ?? 0
    if (inLedger !== told) faults.push(`${participantId}: ledger ${inLedger} s, accepted ${told} s`)
  }
  for (const [projectId, customer] of outcome.customers)
    faults.push(...faultsOfProject(projectId, ledgers.get(projectId), events.get(customer) ?? []))
  return faults
}

function faultsOfProject(
  projectId: string,
  ledger: Ledger | undefined,
  events: readonly AcceptedMeterEvent[],
): string[] {
  const faults: string[] = []
  const total = sum([...(ledger?.participants.values() ?? [])])
  const compare = (what: string, seconds: number) => {
    if (seconds !== total) faults.push(`${projectId}: ledger ${total} s, ${what} ${seconds} s`)
  }
  compare('Stripe', sum(events.map(({ value }) => value)))
  compare('windows', sum((ledger?.windows ?? []).map(({ seconds }) => seconds)))
  for (const [table, seconds] of ledger?.totals ?? []) compare(`sum of ${table}`, seconds)
  if (new Set(events.map(({ identifier }) => identifier)).size < events.length)
    faults.push(`${projectId}: an identifier counts twice at Stripe`)
  for (const { start, seconds, state } of ledger?.windows ?? []) {
    if (state !== 'delivered') faults.push(`${projectId}: window ${start} is ${state}`)
    const values = events.filter(({ identifier }) => identifier.endsWith(`-${start / 1000}`))
    if (sum(values.map(({ value }) => value)) !== seconds)
      faults.push(
        `${projectId}: window ${start} has ${seconds} s, its event ${values.map(({ value }) => value)}`,
      )
  }
  return faults
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)
