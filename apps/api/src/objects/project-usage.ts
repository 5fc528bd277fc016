/** What a project used and may use: its ledger together with what D1 says of the project. */
import type {
  ParticipantId,
  RoomId,
  RoomUsageReport,
  UsageAnswer,
  UsageBudget,
  UsageBudgetAnswer,
  UsageRecord,
  UsageReport,
} from '@radist-tech/protocol'
import type { DashboardRoomAnswer } from '@radist-tech/protocol/dashboard'
import { eq } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { projects } from '../../../../drizzle/schema.ts'
import type { UsageRange } from '../domain/usage-range.ts'
import { DAY_MS, dayOf } from '../domain/usage-spread.ts'
import type { Env } from '../env.ts'
import type { Page } from '../paging.ts'
import { budgetAnswer } from './budget-watch.ts'
import type { ProjectFactsCache } from './project-facts.ts'
import { emptyReport, emptyRoomReport } from './usage-book.ts'
import type { UsageLedger } from './usage-ledger.ts'

export class ProjectUsage {
  readonly #ledger: UsageLedger
  readonly #facts: ProjectFactsCache
  readonly #env: Env

  constructor(ledger: UsageLedger, facts: ProjectFactsCache, env: Env) {
    this.#ledger = ledger
    this.#facts = facts
    this.#env = env
  }

  /** Throws when D1 cannot say whether the project exists: the sender tries again. */
  async ingest(projectId: string, records: readonly UsageRecord[]): Promise<UsageAnswer> {
    const budget = await this.#budgetOf(projectId)
    if (budget === null && this.#ledger.projectId === null) {
      const rejected = records.map(({ recordId }) => ({ recordId, code: 'project_not_found' }))
      return { accepted: [], rejected }
    }
    return this.#ledger.ingest(projectId, records, budget, Date.now())
  }

  report(range: UsageRange): UsageReport {
    return this.#ledger.parts?.book.report(range) ?? emptyReport(range)
  }

  roomReport(range: UsageRange, page: Page): RoomUsageReport {
    return this.#ledger.parts?.book.roomReport(range, page) ?? emptyRoomReport(range, page)
  }

  /** Seconds of this day (UTC), and of it and the 29 before it. */
  recent(now: number): { secondsToday: number; secondsIn30Days: number } {
    const today = dayOf(now) * DAY_MS
    const range = { granularity: 'day', from: today - 29 * DAY_MS, to: today + DAY_MS } as const
    const { seconds, buckets } = this.report(range)
    return { secondsToday: buckets.at(-1)?.seconds ?? 0, secondsIn30Days: seconds }
  }

  /** What was reported of a room from `from` to `to`: in all, and of these participants. */
  roomSeconds(
    roomId: RoomId,
    from: number,
    to: number,
    participantIds: readonly ParticipantId[],
  ): DashboardRoomAnswer['seconds'] {
    const used = this.#ledger.parts?.book.stays(roomId, from, to) ?? new Map<ParticipantId, number>()
    return {
      total: [...used.values()].reduce((sum, seconds) => sum + seconds, 0),
      participants: Object.fromEntries(participantIds.map((id) => [id, used.get(id) ?? 0])),
    }
  }

  budgetAnswer(budget: UsageBudget): UsageBudgetAnswer {
    const now = Date.now()
    return this.#ledger.parts?.budget.answer(budget, now) ?? budgetAnswer(budget, 0, [], now)
  }

  /** What this month has reached of it is told at once. Done again it changes nothing. */
  async setBudget(projectId: string, budget: UsageBudget): Promise<void> {
    await drizzle(this.#env.DB).update(projects).set(budget).where(eq(projects.id, projectId))
    this.#facts.invalidate()
    this.#ledger.applyBudget(budget, Date.now())
  }

  /** Null when there is no such project, or when the ledger is all that is known of it. */
  async #budgetOf(projectId: string): Promise<UsageBudget | null> {
    try {
      return (await this.#facts.project(projectId))?.budget ?? null
    } catch (error) {
      if (this.#ledger.projectId === null) throw error
      console.warn(JSON.stringify({ message: 'usage taken without D1', projectId, error: String(error) }))
      return null
    }
  }
}
