/**
 * A project's usage, within its Project object's storage: which records were taken, and the sums.
 */
import type { UsageAnswer, UsageBudget, UsageRecord } from '@radist-tech/protocol'
import { hourOf } from '../domain/ledger.ts'
import { foldRecords } from '../domain/usage-fold.ts'
import { completeSeconds } from '../domain/usage-remainders.ts'
import { configOf, type Env } from '../env.ts'
import { BudgetWatch } from './budget-watch.ts'
import { KeptRemainders } from './kept-remainders.ts'
import { createLedger, openLedger } from './ledger-tables.ts'
import { MeterWindows } from './meter-windows.ts'
import { TakenRecords } from './taken-records.ts'
import { UsageBook } from './usage-book.ts'
import { UsageCleaning } from './usage-cleaning.ts'
import { UsageDaysCopy } from './usage-days-copy.ts'

/** What a ledger consists of, once it has been opened with the project's first usage. */
interface Parts {
  projectId: string
  taken: TakenRecords
  remainders: KeptRemainders
  book: UsageBook
  budget: BudgetWatch
  cleaning: UsageCleaning
  copy: UsageDaysCopy
}

export class UsageLedger {
  readonly #storage: DurableObjectStorage
  readonly #env: Env
  readonly #windows: MeterWindows
  /** Null until the project's first usage: nothing is written for a project that does not exist. */
  #parts: Parts | null

  constructor(storage: DurableObjectStorage, env: Env) {
    this.#storage = storage
    this.#env = env
    this.#parts = this.#stored()
    this.#windows = new MeterWindows(storage.sql)
  }

  /**
   * Takes each record once, by its id, in any order. What it answers as accepted is stored, with its
   * sums and the events that follow from them, in one transaction; a record that was there already is
   * accepted and changes nothing. One that ended more than 35 days ago and is not known is rejected as
   * `record_too_old`: it may have been taken, and its id been forgotten since.
   *
   * Without a budget, since nothing is known of it now, thresholds are told with the next usage.
   */
  ingest(
    projectId: string,
    records: readonly UsageRecord[],
    budget: UsageBudget | null,
    now: number,
  ): UsageAnswer {
    const [mine, others] = partition(records, (record) => record.projectId === projectId)
    const tooOld = this.#inTransaction(() => {
      const parts = this.#open(projectId)
      const parted = parts.taken.take(mine, now)
      if (parted.fresh.length > 0) this.#enter(parts, parted.fresh, budget, now)
      return parted.tooOld
    })
    const rejected = new Set(tooOld.map(({ recordId }) => recordId))
    return {
      accepted: mine.map(({ recordId }) => recordId).filter((recordId) => !rejected.has(recordId)),
      rejected: [...rejections(others, 'wrong_project'), ...rejections(tooOld, 'record_too_old')],
    }
  }

  /** Whose usage it is, or null: there was none yet, and no table. */
  get projectId(): string | null {
    return this.#parts?.projectId ?? null
  }

  /** The budget has changed: what this month has reached of it is told. */
  applyBudget(budget: UsageBudget, now: number): void {
    this.#inTransaction(() => this.#parts?.budget.checkThisMonth(budget, now))
  }

  /** Tells D1 what is due, and forgets what need not be kept. */
  async runDue(now: number): Promise<void> {
    const parts = this.#parts
    if (parts === null) return
    parts.cleaning.runDue(now)
    await parts.copy.runDue(now)
  }

  /** When {@link runDue} has something to do, or null: then the project is idle. */
  nextDueAt(): number | null {
    if (this.#parts === null) return null
    const { cleaning, copy } = this.#parts
    const due = [cleaning.nextDueAt(), copy.nextDueAt()]
    const times = due.filter((time) => time !== null)
    return times.length > 0 ? Math.min(...times) : null
  }

  /**
   * Seconds of connected time since `since`, or since the full hour before it, 400 days back at most.
   * Reads one row an hour, however many records there are.
   */
  secondsSince(since: number): number {
    if (this.#parts === null) return 0
    return this.#storage.sql
      .exec<{ seconds: number }>(
        'SELECT COALESCE(SUM(seconds), 0) AS seconds FROM usage_hours WHERE hour >= ?',
        hourOf(since),
      )
      .one().seconds
  }

  /** The sums and the budget; null before the first usage. */
  get parts(): Pick<Parts, 'book' | 'budget'> | null {
    return this.#parts
  }

  /** What failed is not stored, so nothing of it is to be remembered either. */
  #inTransaction<T>(act: () => T): T {
    try {
      return this.#storage.transactionSync(act)
    } catch (error) {
      this.#parts = this.#stored()
      throw error
    }
  }

  #stored(): Parts | null {
    const projectId = openLedger(this.#storage)
    return projectId === null ? null : this.#partsOf(projectId)
  }

  #open(projectId: string): Parts {
    if (this.#parts) return this.#parts
    createLedger(this.#storage.sql, projectId)
    this.#parts = this.#partsOf(projectId)
    return this.#parts
  }

  #partsOf(projectId: string): Parts {
    const { sql } = this.#storage
    const taken = new TakenRecords(sql)
    const book = new UsageBook(sql)
    return {
      projectId,
      taken,
      remainders: new KeptRemainders(sql),
      book,
      budget: new BudgetWatch(sql),
      cleaning: new UsageCleaning(this.#storage, taken, book),
      copy: new UsageDaysCopy(this.#storage, this.#env, projectId),
    }
  }

  #enter(parts: Parts, records: readonly UsageRecord[], budget: UsageBudget | null, now: number): void {
    const { completed, changed } = completeSeconds(records, parts.remainders.of(records), now)
    parts.remainders.put(changed)
    parts.cleaning.begin(now)
    if (completed.length === 0) return
    const sums = foldRecords(completed, now)
    const months = parts.book.add(sums)
    if (budget !== null) parts.budget.check(months, budget, now)
    this.#windows.add(sums.seconds, now, configOf(this.#env).RADIST_METER_WINDOW_SECONDS * 1000)
    parts.copy.noteChange(now)
  }
}

function partition<T>(items: readonly T[], holds: (item: T) => boolean): [T[], T[]] {
  const yes: T[] = []
  const no: T[] = []
  for (const item of items) (holds(item) ? yes : no).push(item)
  return [yes, no]
}

const rejections = (records: readonly UsageRecord[], code: string): UsageAnswer['rejected'] =>
  records.map(({ recordId }) => ({ recordId, code }))
