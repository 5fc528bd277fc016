/** Closed windows on their way to Stripe: one meter event each, sent until its fate is known. */
import { eq } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { billingAccounts, projects } from '../../../../drizzle/schema.ts'
import { backoffMs } from '../domain/backoff.ts'
import { attempt, type Delivery, type PendingDelivery, settle } from '../domain/delivery.ts'
import { meterEventIdentifier } from '../domain/ledger.ts'
import type { Env } from '../env.ts'
import { sendMeterEvent } from '../stripe-meter.ts'

/** Events sent in one go, so that an alarm ends well within its time. */
const MAX_SENDS = 50
/** How long a project without a Stripe customer waits until it is looked at again. */
const NO_CUSTOMER_WAIT_MS = 60_000

interface WindowRow extends Record<string, SqlStorageValue> {
  start: number
  end: number
  seconds: number
  due_at: number
  failures: number
  unsettled_since: number | null
}

export class MeterDelivery {
  readonly #sql: SqlStorage
  readonly #env: Env
  /**
   * No window is sent before this time, whatever its own says: Stripe answers nobody, or the project
   * has no customer. Kept in memory only: losing it costs one attempt.
   */
  #notBefore = 0
  #failuresInARow = 0

  constructor(storage: DurableObjectStorage, env: Env) {
    this.#sql = storage.sql
    this.#env = env
  }

  nextDueAt(): number | null {
    const { due } = this.#sql
      .exec<{ due: number | null }>('SELECT MIN(due_at) AS due FROM meter_windows WHERE due_at IS NOT NULL')
      .one()
    return due === null ? null : Math.max(due, this.#notBefore)
  }

  /** Sends the windows that are due, oldest first, until one meets a failure that is not its own. */
  async runDue(projectId: string, now: number): Promise<void> {
    if (now < this.#notBefore) return
    const due = this.#freezeDue(now)
    if (due.length === 0) return
    const customerId = await this.#stripeCustomer(projectId)
    if (customerId === null) {
      this.#notBefore = now + NO_CUSTOMER_WAIT_MS
      return
    }
    for (const row of due) {
      const goOn = await this.#send(projectId, customerId, row)
      if (!goOn) return
    }
  }

  /** Windows that are due take no more seconds from here on. */
  #freezeDue(now: number): WindowRow[] {
    this.#sql.exec("UPDATE meter_windows SET state = 'pending' WHERE due_at <= ? AND state = 'open'", now)
    return this.#sql
      .exec<WindowRow>(
        `SELECT start, end, seconds, due_at, failures, unsettled_since FROM meter_windows
         WHERE due_at <= ? ORDER BY due_at LIMIT ?`,
        now,
        MAX_SENDS,
      )
      .toArray()
  }

  /** False when the next window would fare no better now. */
  async #send(projectId: string, customerId: string, row: WindowRow): Promise<boolean> {
    const before: PendingDelivery = {
      kind: 'pending',
      failures: row.failures,
      dueAt: row.due_at,
      unsettledSince: row.unsettled_since,
    }
    const next = attempt(before, row.end, Date.now())
    this.#store(row.start, next.store)
    if (next.action === 'give-up') {
      this.#report(projectId, row, next.store)
      return true
    }
    const outcome = await sendMeterEvent(this.#env, {
      identifier: meterEventIdentifier(projectId, row),
      customerId,
      seconds: row.seconds,
      timestamp: row.end,
    })
    const now = Date.now()
    const settled = settle(before, next.store, outcome, now, Math.random())
    this.#store(row.start, settled)
    if (settled.kind === 'pending') {
      this.#failuresInARow += 1
      this.#notBefore = now + backoffMs(this.#failuresInARow, Math.random())
      return false
    }
    this.#failuresInARow = 0
    this.#report(projectId, row, settled)
    return true
  }

  #store(start: number, delivery: Delivery): void {
    switch (delivery.kind) {
      case 'pending':
        this.#sql.exec(
          'UPDATE meter_windows SET due_at = ?, failures = ?, unsettled_since = ? WHERE start = ?',
          delivery.dueAt,
          delivery.failures,
          delivery.unsettledSince,
          start,
        )
        return
      case 'delivered':
        this.#sql.exec(
          "UPDATE meter_windows SET state = 'delivered', due_at = NULL, settled_at = ? WHERE start = ?",
          delivery.at,
          start,
        )
        return
      case 'refused':
        this.#sql.exec(
          `UPDATE meter_windows SET state = 'refused', due_at = NULL, settled_at = ?, reason = ?, message = ?
           WHERE start = ?`,
          delivery.at,
          delivery.reason,
          delivery.message,
          start,
        )
        return
    }
  }

  #report(projectId: string, row: WindowRow, delivery: Delivery): void {
    if (delivery.kind !== 'refused') return
    const { reason } = delivery
    const windowStart = new Date(row.start).toISOString()
    console.error(
      JSON.stringify({
        message: 'meter event refused',
        projectId,
        windowStart,
        seconds: row.seconds,
        reason,
      }),
    )
  }

  async #stripeCustomer(projectId: string): Promise<string | null> {
    const found = await drizzle(this.#env.DB)
      .select({ customerId: billingAccounts.stripeCustomerId })
      .from(projects)
      .innerJoin(billingAccounts, eq(billingAccounts.id, projects.billingAccountId))
      .where(eq(projects.id, projectId))
    return found[0]?.customerId ?? null
  }
}
