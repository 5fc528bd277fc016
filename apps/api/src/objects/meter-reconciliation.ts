/** The ledger's windows against Stripe's summaries, daily and on demand: shown where they differ, never mended. */
import type { Reconciliation } from '@radist-tech/protocol'
import { HOUR_MS, meterEventIdentifier } from '../domain/ledger.ts'
import {
  addUp,
  COMPARED_AFTER_MS,
  comparedRange,
  DAY_MS,
  differingStarts,
  type LedgerSpan,
  MINUTE_MS,
  type SecondsByStart,
  totalOf,
  without,
} from '../domain/reconciliation.ts'
import type { Env } from '../env.ts'
import { MeterSummaries } from '../stripe-meter.ts'
import { MAX_SIBLINGS, type Payer, payerOf, siblingObjects } from './meter-payer.ts'
import type { MeterWindows } from './meter-windows.ts'

/** Customers looked at: the one who pays now, and those who did before. */
const MAX_CUSTOMERS = 5
/** Differing hours that are looked into by the minute, 60 requests each. */
const MAX_HOURS_BY_MINUTE = 5
/** Requests to Stripe under way at once. */
const AT_ONCE = 6
const MAX_DIFFERENCES = 100
/** Windows named of one difference: those of an hour, when they last a minute. */
const MAX_WINDOWS_NAMED = 60
/** A demand within this time of the last result gets that. */
const SAME_RESULT_MS = 10_000

type Difference = Reconciliation['differences'][number]
type Span = { start: number; end: number; ledger: number; stripe: number }

export const NO_RECONCILIATION: Reconciliation = {
  at: null,
  from: null,
  to: null,
  state: 'none',
  ledgerSeconds: 0,
  stripeSeconds: 0,
  differences: [],
}

/** Before anything else of this file, like `prepareMeterWindows`. One row at most. */
export function prepareMeterReconciliation(sql: SqlStorage): void {
  sql.exec(`
    CREATE TABLE IF NOT EXISTS meter_reconciliation (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      due_at INTEGER,
      result TEXT
    );
    INSERT INTO meter_reconciliation (id) VALUES (1) ON CONFLICT DO NOTHING;
  `)
}

export class MeterReconciliation {
  readonly #sql: SqlStorage
  readonly #windows: MeterWindows
  readonly #env: Env
  #running: Promise<Reconciliation> | null = null

  constructor(sql: SqlStorage, windows: MeterWindows, env: Env) {
    this.#sql = sql
    this.#windows = windows
    this.#env = env
  }

  nextDueAt(): number | null {
    return this.#sql.exec<{ due_at: number | null }>('SELECT due_at FROM meter_reconciliation').one().due_at
  }

  /** To be called when there is usage: a day later, and daily from then on, it is looked at. */
  usageArrived(now: number): void {
    if (this.nextDueAt() === null) this.#plan(now + DAY_MS)
  }

  /** As soon as Stripe's summaries can be expected to show what is there now. */
  soon(now: number): void {
    const due = this.nextDueAt()
    // Until the end of the hour as well: whole hours are compared.
    const time = now + COMPARED_AFTER_MS + HOUR_MS
    if (due === null || due > time) this.#plan(time)
  }

  last(): Reconciliation {
    const { result } = this.#sql
      .exec<{ result: string | null }>('SELECT result FROM meter_reconciliation')
      .one()
    return result === null ? NO_RECONCILIATION : JSON.parse(result)
  }

  async runDue(projectId: string, now: number): Promise<void> {
    const due = this.nextDueAt()
    if (due === null || due > now) return
    // Before the work: should this object die over it, the next attempt is tomorrow's, not an endless row.
    const { from } = comparedRange(now)
    this.#plan(this.#windows.hasAnySince(from) ? now + DAY_MS : null)
    const { state } = await this.run(projectId, now)
    if (state === 'failed') this.#plan(now + HOUR_MS)
  }

  /** Compares now, unless that is under way or was done just now. */
  run(projectId: string, now: number): Promise<Reconciliation> {
    const last = this.last()
    if (last.at !== null && Math.abs(now - Date.parse(last.at)) < SAME_RESULT_MS) return Promise.resolve(last)
    this.#running ??= this.#compare(projectId, now).finally(() => {
      this.#running = null
    })
    return this.#running
  }

  async #compare(projectId: string, now: number): Promise<Reconciliation> {
    const { from, to } = comparedRange(now)
    const when = { at: iso(now), from: iso(from), to: iso(to) }
    const result = await this.#compareRange(projectId, from, to).then(
      (compared): Reconciliation => ({ ...when, ...compared }),
      (error): Reconciliation => {
        console.error(JSON.stringify({ message: 'reconciliation failed', projectId, error: String(error) }))
        return { ...NO_RECONCILIATION, ...when, state: 'failed' }
      },
    )
    this.#sql.exec('UPDATE meter_reconciliation SET result = ?', JSON.stringify(result))
    if (result.state === 'different') {
      const { ledgerSeconds, stripeSeconds } = result
      const [first] = result.differences
      const message = 'ledger and Stripe differ'
      console.error(JSON.stringify({ message, projectId, ledgerSeconds, stripeSeconds, first }))
    }
    return result
  }

  async #compareRange(
    projectId: string,
    from: number,
    to: number,
  ): Promise<Omit<Reconciliation, 'at' | 'from' | 'to'>> {
    const payer = await payerOf(this.#env, projectId)
    if (payer.siblings.length > MAX_SIBLINGS)
      throw new Error(`The account has more than ${MAX_SIBLINGS + 1} projects`)
    const customers = new Set(
      [payer.customerId, ...this.#windows.customersSince(from)].filter((id) => id !== null),
    )
    if (customers.size > MAX_CUSTOMERS) throw new Error(`More than ${MAX_CUSTOMERS} customers paid for it`)
    if (customers.size === 0)
      return { ...NO_RECONCILIATION, state: this.#windows.hasAnySince(from) ? 'no-customer' : 'none' }
    const stripe = new MeterSummaries(this.#env)
    let ledgerSeconds = 0
    let stripeSeconds = 0
    const differences: Difference[] = []
    for (const customerId of customers) {
      const compared = await this.#compareCustomer(projectId, payer, customerId, stripe, from, to)
      ledgerSeconds += compared.ledgerSeconds
      stripeSeconds += compared.stripeSeconds
      differences.push(...compared.differences)
    }
    differences.sort((a, b) => Date.parse(a.start) - Date.parse(b.start))
    return {
      state: differences.length === 0 ? 'equal' : 'different',
      ledgerSeconds,
      stripeSeconds,
      differences: differences.slice(-MAX_DIFFERENCES),
    }
  }

  async #compareCustomer(
    projectId: string,
    payer: Payer,
    customerId: string,
    stripe: MeterSummaries,
    from: number,
    to: number,
  ) {
    const isCurrent = customerId === payer.customerId
    // Stripe first: what is added to it meanwhile is younger than what is compared.
    const summaries = await stripe.byHour(customerId, from, to)
    const { seconds, unsettled } = addUp(await this.#spans(payer, HOUR_MS, customerId, from, to), Date.now())
    const ledgerHours = without(seconds, unsettled)
    const stripeHours = without(summaries, unsettled)
    const hours = differingStarts(ledgerHours, stripeHours)
    const differences: Difference[] = []
    for (const [index, hour] of hours.slice(-MAX_DIFFERENCES).reverse().entries()) {
      const spans =
        index < MAX_HOURS_BY_MINUTE
          ? await this.#byMinute(payer, customerId, stripe, hour)
          : [{ start: hour, end: hour + HOUR_MS, ...sumsAt(hour, ledgerHours, stripeHours) }]
      for (const { start, end, ledger, stripe } of spans)
        differences.push({
          start: iso(start),
          end: iso(end),
          ledgerSeconds: ledger,
          stripeSeconds: stripe,
          windows: this.#windows
            .between(customerId, isCurrent, start, end, MAX_WINDOWS_NAMED)
            .map((row) => meterEventIdentifier(projectId, row, row.revision)),
        })
    }
    return { ledgerSeconds: totalOf(ledgerHours), stripeSeconds: totalOf(stripeHours), differences }
  }

  /** The minutes of an hour in which ledger and Stripe differ. */
  async #byMinute(payer: Payer, customerId: string, stripe: MeterSummaries, hour: number): Promise<Span[]> {
    const { seconds: ledger } = addUp(
      await this.#spans(payer, MINUTE_MS, customerId, hour, hour + HOUR_MS),
      Date.now(),
    )
    const seen = new Map<number, number>()
    for (let next = hour; next < hour + HOUR_MS; next += AT_ONCE * MINUTE_MS)
      await Promise.all(
        Array.from({ length: AT_ONCE }, async (_, i) => {
          const start = next + i * MINUTE_MS
          seen.set(start, await stripe.total(customerId, start, start + MINUTE_MS))
        }),
      )
    return differingStarts(ledger, seen).map((start) => ({
      start,
      end: start + MINUTE_MS,
      ...sumsAt(start, ledger, seen),
    }))
  }

  /** What all projects of the account hold of this customer's. */
  async #spans(
    payer: Payer,
    width: typeof HOUR_MS | typeof MINUTE_MS,
    customerId: string,
    from: number,
    to: number,
  ): Promise<LedgerSpan[]> {
    const isCurrent = customerId === payer.customerId
    const others = await Promise.all(
      siblingObjects(this.#env, payer).map((sibling) =>
        sibling.meterSpans(width, customerId, isCurrent, from, to),
      ),
    )
    return [this.#windows.spans(width, customerId, isCurrent, from, to), ...others].flat()
  }

  #plan(dueAt: number | null): void {
    this.#sql.exec('UPDATE meter_reconciliation SET due_at = ?', dueAt)
  }
}

const sumsAt = (start: number, ledger: SecondsByStart, stripe: SecondsByStart) => ({
  ledger: ledger.get(start) ?? 0,
  stripe: stripe.get(start) ?? 0,
})

const iso = (time: number): string => new Date(time).toISOString()
