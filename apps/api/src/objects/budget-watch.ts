/**
 * A project's budget against what it uses: notes an event when a month reaches a threshold. The events
 * are a durable list in the order in which they happened, for whoever delivers them.
 */
import {
  type UsageBudget,
  type UsageBudgetAnswer,
  type UsageThresholdEvent,
  usageThresholdEventSchema,
} from '@radist-tech/protocol'
import { base64url } from 'jose'
import { monthOf } from '../domain/billing-policy.ts'
import {
  highestReached,
  monthName,
  monthOfDay,
  newlyReached,
  percentUsed,
  secondsAt,
  THRESHOLDS,
} from '../domain/budget.ts'
import { dayOf } from '../domain/usage-spread.ts'

/** Events that an answer shows. */
const SHOWN_EVENTS = 20

export class BudgetWatch {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** Notes what these months have newly reached. To be called within the transaction that changed something. */
  check(months: Iterable<number>, budget: UsageBudget, now: number): void {
    for (const month of months) {
      const { seconds, reached: before } = this.#month(month)
      const after = highestReached(seconds, budget)
      if (after === before) continue
      this.#sql.exec('UPDATE usage_months SET reached = ? WHERE month = ?', after, month)
      const { monthlyLimitSeconds } = budget
      if (monthlyLimitSeconds === null) continue
      for (const percent of newlyReached(before, after))
        this.#note({ month: monthName(month), percent, monthlyLimitSeconds, usedSeconds: seconds }, now)
    }
  }

  checkThisMonth(budget: UsageBudget, now: number): void {
    this.check([monthOfDay(dayOf(now))], budget, now)
  }

  /** Participant seconds of the current month. */
  secondsThisMonth(now: number): number {
    return this.#month(monthOfDay(dayOf(now))).seconds
  }

  answer(budget: UsageBudget, now: number): UsageBudgetAnswer {
    const usedSeconds = this.secondsThisMonth(now)
    return budgetAnswer(budget, usedSeconds, this.#newestEvents(), now)
  }

  #month(month: number): { seconds: number; reached: number } {
    const row = this.#sql
      .exec<{ seconds: number; reached: number }>(
        'SELECT seconds, reached FROM usage_months WHERE month = ?',
        month,
      )
      .toArray()[0]
    return row ?? { seconds: 0, reached: 0 }
  }

  #note(data: UsageThresholdEvent['data'], now: number): void {
    this.#sql.exec(
      "INSERT INTO project_events (id, type, created_at, data) VALUES (?, 'usage.threshold', ?, ?)",
      `evt_${base64url.encode(crypto.getRandomValues(new Uint8Array(16)))}`,
      now,
      JSON.stringify(data),
    )
  }

  #newestEvents(): UsageThresholdEvent[] {
    return this.#sql
      .exec<{ id: string; type: string; created_at: number; data: string }>(
        `SELECT id, type, created_at, data FROM project_events WHERE type = 'usage.threshold'
         ORDER BY sequence DESC LIMIT ?`,
        SHOWN_EVENTS,
      )
      .toArray()
      .map(({ id, type, created_at, data }) =>
        usageThresholdEventSchema.parse({
          id,
          type,
          createdAt: new Date(created_at).toISOString(),
          data: JSON.parse(data),
        }),
      )
  }
}

export function budgetAnswer(
  budget: UsageBudget,
  usedSeconds: number,
  events: UsageThresholdEvent[],
  now: number,
): UsageBudgetAnswer {
  const { start, end } = monthOf(now)
  const { monthlyLimitSeconds: limit, stopsAtLimit } = budget
  return {
    monthlyLimitSeconds: limit,
    stopsAtLimit,
    month: { start: new Date(start).toISOString(), end: new Date(end).toISOString() },
    usedSeconds,
    usedPercent: percentUsed(usedSeconds, budget),
    thresholds:
      limit === null
        ? []
        : THRESHOLDS.map((percent) => {
            const seconds = secondsAt(percent, limit)
            return { percent, seconds, reached: usedSeconds >= seconds }
          }),
    events,
  }
}
