/** Closed windows on their way to Stripe: one meter event each, sent until its fate is known. */
import { backoffMs } from '../domain/backoff.ts'
import { attempt, type Delivery, type PendingDelivery, settle, settleByPresence } from '../domain/delivery.ts'
import { meterEventIdentifier } from '../domain/ledger.ts'
import { MINUTE_MS, type Presence, presenceOf } from '../domain/reconciliation.ts'
import type { Env } from '../env.ts'
import { MeterSummaries, sendMeterEvent } from '../stripe-meter.ts'
import { MAX_SIBLINGS, type Payer, payerOf, siblingObjects } from './meter-payer.ts'
import type { MeterWindows, WindowRow } from './meter-windows.ts'

/** Events sent in one go, so that an alarm ends well within its time. */
const MAX_SENDS = 50
/** How long a project without a Stripe customer waits until it is looked at again, should nobody tell. */
const NO_CUSTOMER_WAIT_MS = 60_000

export class MeterDelivery {
  readonly #windows: MeterWindows
  readonly #env: Env
  /**
   * No window is sent before this time, whatever its own says: Stripe answers nobody, or the project
   * has no customer. Kept in memory only: losing it costs one attempt.
   */
  #notBefore = 0
  #waitsForCustomer = false
  #failuresInARow = 0

  constructor(windows: MeterWindows, env: Env) {
    this.#windows = windows
    this.#env = env
  }

  nextDueAt(): number | null {
    const due = this.#windows.nextDueAt()
    return due === null ? null : Math.max(due, this.#notBefore)
  }

  /** The project may have a Stripe customer now. */
  customerMayHaveChanged(): void {
    if (!this.#waitsForCustomer) return
    this.#waitsForCustomer = false
    this.#notBefore = 0
  }

  /** Sends the windows that are due, oldest first, until one meets a failure that is not its own. */
  async runDue(projectId: string, now: number): Promise<void> {
    if (now < this.#notBefore) return
    const due = this.#windows.freezeDue(now, MAX_SENDS)
    if (due.length === 0) return
    const payer = await payerOf(this.#env, projectId)
    const { customerId } = payer
    if (customerId === null) {
      this.#notBefore = now + NO_CUSTOMER_WAIT_MS
      this.#waitsForCustomer = true
      return
    }
    const summaries = new MeterSummaries(this.#env)
    for (const row of due) {
      const goOn = await this.#settle(projectId, { ...payer, customerId }, summaries, row)
      if (!goOn) return
    }
  }

  /** False when the next window would fare no better now. */
  async #settle(
    projectId: string,
    payer: Payer & { customerId: string },
    summaries: MeterSummaries,
    row: WindowRow,
  ): Promise<boolean> {
    const before: PendingDelivery = {
      kind: 'pending',
      failures: row.failures,
      dueAt: row.due_at ?? 0,
      unsettledSince: row.unsettled_since,
      sentAt: row.sent_at,
    }
    const next = attempt(before, row.event_time, Date.now())
    switch (next.action) {
      case 'give-up':
        this.#store(projectId, row, next.store)
        return true
      case 'send':
        return this.#send(projectId, payer.customerId, row, before, next.store)
      case 'ask': {
        const presence = await this.#presence(projectId, payer, summaries, row)
        const isCertain = presence?.kind === 'taken' || presence?.kind === 'not-taken'
        if (next.send && !isCertain) return this.#send(projectId, payer.customerId, row, before, next.send)
        const now = Date.now()
        this.#store(projectId, row, settleByPresence(before, presence, now, Math.random()))
        if (presence === null) this.#standBack(now, 0)
        return presence !== null
      }
    }
  }

  async #send(
    projectId: string,
    payingNow: string,
    row: WindowRow,
    before: PendingDelivery,
    sent: PendingDelivery,
  ): Promise<boolean> {
    // One that another customer may have been billed for is not sent to a second one.
    const customerId = before.unsettledSince === null ? payingNow : (row.customer_id ?? payingNow)
    this.#windows.sending(row, sent, customerId)
    const outcome = await sendMeterEvent(this.#env, {
      identifier: meterEventIdentifier(projectId, row, row.revision),
      customerId,
      seconds: row.seconds,
      timestamp: row.event_time,
    })
    const now = Date.now()
    const settled = settle(before, sent, outcome, now, Math.random())
    this.#store(projectId, row, settled)
    if (outcome.kind === 'put-off' || outcome.kind === 'unknown') {
      this.#standBack(now, outcome.waitMs)
      return false
    }
    this.#failuresInARow = 0
    return true
  }

  /** Leaves Stripe alone, at least for as long as it asked. */
  #standBack(now: number, waitMs: number): void {
    this.#failuresInARow += 1
    this.#notBefore = now + Math.max(waitMs, backoffMs(this.#failuresInARow, Math.random()))
  }

  /** Whether Stripe's summaries hold the window; null when that cannot be asked now. */
  async #presence(
    projectId: string,
    payer: Payer,
    summaries: MeterSummaries,
    row: WindowRow,
  ): Promise<Presence | null> {
    const { customer_id: customerId, sent_at: sentAt } = row
    if (customerId === null || sentAt === null) return { kind: 'unclear' }
    // Of more projects than can be asked, some would be missing.
    if (payer.siblings.length > MAX_SIBLINGS) return { kind: 'unclear' }
    const start = Math.floor(row.event_time / MINUTE_MS) * MINUTE_MS
    const end = start + MINUTE_MS
    try {
      const stripeSeconds = await summaries.total(customerId, start, end)
      const others = await Promise.all(
        siblingObjects(this.#env, payer).map((sibling) => sibling.sentMeterWindows(customerId, start, end)),
      )
      const neighbours = [...this.#windows.sentBetween(customerId, start, end, row.start), ...others.flat()]
      return presenceOf({ seconds: row.seconds, sentAt }, neighbours, stripeSeconds, Date.now())
    } catch (error) {
      const message = 'meter event could not be settled yet'
      console.warn(JSON.stringify({ message, projectId, error: String(error) }))
      return null
    }
  }

  #store(projectId: string, row: WindowRow, delivery: Delivery): void {
    const isNews = this.#windows.store(row, delivery)
    if (isNews && delivery.kind === 'refused') reportRefusal(projectId, row, delivery.reason)
  }
}

/** A line for whoever watches the log: it takes a person to mend this. */
export function reportRefusal(projectId: string, row: WindowRow, reason: string): void {
  const identifier = meterEventIdentifier(projectId, row, row.revision)
  const { seconds } = row
  console.error(JSON.stringify({ message: 'meter event refused', projectId, identifier, seconds, reason }))
}
