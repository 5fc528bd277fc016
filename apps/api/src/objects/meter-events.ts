/** A project's meter events: their way to Stripe, what is set aside, and the comparison with Stripe's sums. */
import type { MeterEventAnswer, MeterEventState, Reconciliation } from '@radist-tech/protocol'
import { resend } from '../domain/delivery.ts'
import { type HOUR_MS, meterEventIdentifier, readMeterEventIdentifier } from '../domain/ledger.ts'
import type { LedgerSpan, MINUTE_MS, NeighbourWindow } from '../domain/reconciliation.ts'
import type { Env } from '../env.ts'
import { MeterDelivery, reportRefusal } from './meter-delivery.ts'
import { MeterReconciliation, NO_RECONCILIATION, prepareMeterReconciliation } from './meter-reconciliation.ts'
import {
  type MeterSums,
  MeterWindows,
  NO_SUMS,
  prepareMeterWindows,
  type WindowRow,
} from './meter-windows.ts'

export interface MeterEventPage {
  meterEvents: MeterEventAnswer[]
  total: number
}

export type Resent =
  | { ok: true; meterEvent: MeterEventAnswer }
  | { ok: false; code: 'meter_event_not_found' | 'meter_event_not_refused' }

/** Makes what is missing: by the ledger, when it starts and when it takes its first record. */
export function prepareMeterTables(sql: SqlStorage): void {
  prepareMeterWindows(sql)
  prepareMeterReconciliation(sql)
}

export class MeterEvents {
  readonly #ledger: { readonly projectId: string | null }
  readonly #windows: MeterWindows
  readonly #delivery: MeterDelivery
  readonly #reconciliation: MeterReconciliation

  /** `ledger`: until it names a project there is nothing here, not even a table. */
  constructor(storage: DurableObjectStorage, env: Env, ledger: { readonly projectId: string | null }) {
    this.#ledger = ledger
    this.#windows = new MeterWindows(storage.sql)
    this.#delivery = new MeterDelivery(this.#windows, env)
    this.#reconciliation = new MeterReconciliation(storage.sql, this.#windows, env)
  }

  /** When {@link runDue} has something to do, or null: nothing was used in the last 35 days. */
  nextDueAt(): number | null {
    if (this.#ledger.projectId === null) return null
    const times = [this.#delivery.nextDueAt(), this.#reconciliation.nextDueAt()].filter(
      (time) => time !== null,
    )
    return times.length === 0 ? null : Math.min(...times)
  }

  async runDue(now: number): Promise<void> {
    const { projectId } = this.#ledger
    if (projectId === null) return
    await this.#delivery.runDue(projectId, now)
    await this.#reconciliation.runDue(projectId, now)
  }

  usageArrived(now: number): void {
    if (this.#ledger.projectId !== null) this.#reconciliation.usageArrived(now)
  }

  customerMayHaveChanged(): void {
    this.#delivery.customerMayHaveChanged()
  }

  list({
    state,
    page,
    limit,
  }: {
    state: MeterEventState | null
    page: number
    limit: number
  }): MeterEventPage {
    const { projectId } = this.#ledger
    if (projectId === null) return { meterEvents: [], total: 0 }
    const { rows, total } = this.#windows.page(state, page, limit)
    return { meterEvents: rows.map((row) => meterEvent(projectId, row)), total }
  }

  /** What waits, what was refused, and what was delivered since. */
  sums(since: number): MeterSums {
    return this.#ledger.projectId === null ? NO_SUMS : this.#windows.sums(since)
  }

  /** Only what is refused: anything else is on its way, or there. */
  resend(identifier: string, confirmNotDelivered: boolean, now: number): Resent {
    const found = this.#find(identifier)
    if (!found) return { ok: false, code: 'meter_event_not_found' }
    const { projectId, row } = found
    const { start, reason } = row
    if (row.state !== 'refused' || reason === null) return { ok: false, code: 'meter_event_not_refused' }
    const refused = { reason, unsettledSince: row.unsettled_since, sentAt: row.sent_at }
    const { delivery, eventTime } = resend(refused, row.event_time, confirmNotDelivered, now)
    this.#windows.resend(start, delivery, eventTime)
    return { ok: true, meterEvent: meterEvent(projectId, this.#windows.find(start) ?? row) }
  }

  /** Does nothing the second time. */
  takeErrors(errors: readonly { identifier: string; message: string }[], now: number): void {
    for (const { identifier, message } of errors) {
      const found = this.#find(identifier)
      if (!found) continue
      const { projectId, row } = found
      if (this.#windows.reported(row.start, row.revision, message, now))
        reportRefusal(projectId, row, 'stripe')
    }
  }

  reconcileSoon(now: number): void {
    if (this.#ledger.projectId !== null) this.#reconciliation.soon(now)
  }

  /** The last comparison with Stripe. */
  last(): Reconciliation {
    return this.#ledger.projectId === null ? NO_RECONCILIATION : this.#reconciliation.last()
  }

  /** A new one. */
  async compare(now: number): Promise<Reconciliation> {
    const { projectId } = this.#ledger
    return projectId === null ? NO_RECONCILIATION : this.#reconciliation.run(projectId, now)
  }

  sentBetween(customerId: string, from: number, to: number): NeighbourWindow[] {
    return this.#ledger.projectId === null ? [] : this.#windows.sentBetween(customerId, from, to, null)
  }

  spans(
    width: typeof HOUR_MS | typeof MINUTE_MS,
    customerId: string,
    isCurrent: boolean,
    from: number,
    to: number,
  ): LedgerSpan[] {
    return this.#ledger.projectId === null ? [] : this.#windows.spans(width, customerId, isCurrent, from, to)
  }

  /** This project's window of that identifier; one that was sent under another since is not found. */
  #find(identifier: string): { projectId: string; row: WindowRow } | null {
    const { projectId } = this.#ledger
    const named = readMeterEventIdentifier(identifier)
    if (projectId === null || named?.projectId !== projectId) return null
    const row = this.#windows.find(named.start)
    return row?.revision === named.revision ? { projectId, row } : null
  }
}

const iso = (time: number): string => new Date(time).toISOString()

const meterEvent = (projectId: string, row: WindowRow): MeterEventAnswer => ({
  identifier: meterEventIdentifier(projectId, row, row.revision),
  start: iso(row.start),
  end: iso(row.end),
  seconds: row.seconds,
  state: row.state,
  timestamp: iso(row.event_time),
  settledAt: row.settled_at === null ? null : iso(row.settled_at),
  reason: row.reason,
  message: row.message,
})
