/** A project's part of its account: what the account's standing means here, from what the Project object holds. */
import { type BillingAnswer, type BillingRefusal, billingRefusalBody } from '@radist-tech/protocol'
import { type BillingTerms, monthOf, type Payer, refusalOf, standingOf } from '../domain/billing-policy.ts'
import { budgetRefusal } from '../domain/budget.ts'
import type { ConnectionKind } from '../domain/connections.ts'
import { configOf, type Env } from '../env.ts'
import type { ProjectFacts } from './project-facts.ts'
import type { UsageLedger } from './usage-ledger.ts'

const DAY_MS = 86_400_000
const NOBODY: Payer = { subscriptionStatus: null, pastDueSince: null }

export class ProjectBilling {
  readonly #ledger: UsageLedger
  readonly #env: Env

  constructor(ledger: UsageLedger, env: Env) {
    this.#ledger = ledger
    this.#env = env
  }

  /** Why one more call or room may not be created, or null. */
  refusalOf(kind: ConnectionKind, facts: ProjectFacts, now: number): BillingRefusal | null {
    const ofAccount = refusalOf(
      kind,
      facts.account ?? NOBODY,
      () => this.#secondsThisMonth(facts, now),
      this.#terms(),
      now,
    )
    return ofAccount ?? this.#budgetRefusal(kind, facts, now)
  }

  stateOf(facts: ProjectFacts, now: number): BillingAnswer {
    const { account } = facts
    const terms = this.#terms()
    const usedSeconds = this.#secondsThisMonth(facts, now)
    const payer = account ?? NOBODY
    const { mayCreate, refusal, graceEndsAt, remainingSeconds } = standingOf(payer, usedSeconds, terms, now)
    const ofBudget = this.#budgetRefusal('room', facts, now)
    const code = refusal ?? ofBudget
    const month = monthOf(now)
    return {
      account: account && { accountId: account.accountId, name: account.name },
      subscription: {
        status: payer.subscriptionStatus,
        pastDueSince: isoTime(payer.pastDueSince),
        graceEndsAt: isoTime(graceEndsAt),
      },
      mayCreate: { ...mayCreate, rooms: mayCreate.rooms && ofBudget === null },
      refusal: code && billingRefusalBody(code),
      month: {
        start: new Date(month.start).toISOString(),
        end: new Date(month.end).toISOString(),
        usedSeconds,
        allowanceSeconds: terms.freeSecondsPerMonth,
        remainingSeconds,
      },
    }
  }

  /** The budget is the project's own: other projects of the account do not count. */
  #budgetRefusal(kind: ConnectionKind, { budget }: ProjectFacts, now: number) {
    return budgetRefusal(kind, budget, () => this.#ledger.secondsSince(monthOf(now).start))
  }

  /** This project's are exact; those of the account's others are as old as the facts. */
  #secondsThisMonth({ account }: ProjectFacts, now: number): number {
    const { start } = monthOf(now)
    const others = account?.others.since === start ? account.others.seconds : 0
    return this.#ledger.secondsSince(start) + others
  }

  #terms(): BillingTerms {
    const config = configOf(this.#env)
    return {
      freeSecondsPerMonth: config.RADIST_FREE_SECONDS_PER_MONTH,
      pastDueGraceMs: config.RADIST_PAST_DUE_GRACE_DAYS * DAY_MS,
      refuses: config.RADIST_BILLING_REFUSES,
    }
  }
}

const isoTime = (time: number | null): string | null => (time === null ? null : new Date(time).toISOString())
