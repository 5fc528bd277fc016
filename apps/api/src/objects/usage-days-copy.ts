/**
 * D1's copy of a ledger's sums by day. A day is told as a sum, which only grows: told twice or late it
 * changes nothing. However much usage arrives, D1 is written about once a minute.
 */
import { sql as fragment } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { usageDays } from '../../../../drizzle/schema.ts'
import type { Env } from '../env.ts'
import { Outbox } from './outbox.ts'

/** From a change until it is told, in milliseconds; what changes meanwhile is told with it. */
const COPY_MS = 60_000
/** Days in one statement: three values each, of the hundred that D1 takes. */
const DAYS = 30

export class UsageDaysCopy {
  readonly #sql: SqlStorage
  readonly #env: Env
  readonly #projectId: string
  readonly #outbox: Outbox<'usage-days'>

  constructor(storage: DurableObjectStorage, env: Env, projectId: string) {
    this.#sql = storage.sql
    this.#env = env
    this.#projectId = projectId
    this.#outbox = new Outbox(storage, { 'usage-days': () => this.#tell() }, ['usage-days'])
  }

  /** A sum has changed. To be called at the end of the transaction that changed it. */
  noteChange(now: number): void {
    this.#outbox.putLater('usage-days', now, COPY_MS)
  }

  nextDueAt(): number | null {
    return this.#outbox.nextDueAt()
  }

  /** Never rejects. */
  async runDue(now: number): Promise<void> {
    await this.#outbox.deliverDue(now)
  }

  async #tell(): Promise<void> {
    for (let days = this.#changed(); days.length > 0; days = this.#changed()) {
      await drizzle(this.#env.DB)
        .insert(usageDays)
        .values(days.map(({ day, seconds }) => ({ projectId: this.#projectId, day, seconds })))
        .onConflictDoUpdate({
          target: [usageDays.projectId, usageDays.day],
          set: { seconds: fragment`max(${usageDays.seconds}, excluded.seconds)` },
        })
      for (const { day, seconds } of days)
        this.#sql.exec('UPDATE usage_days SET copied = ? WHERE day = ?', seconds, day)
      if (days.length < DAYS) return
    }
  }

  /** Days of which D1 is not known to hold the sum. */
  #changed(): { day: number; seconds: number }[] {
    return this.#sql
      .exec<{ day: number; seconds: number }>(
        'SELECT day, seconds FROM usage_days WHERE seconds <> copied ORDER BY day DESC LIMIT ?',
        DAYS,
      )
      .toArray()
  }
}
