/**
 * One per project, named by the project's id: who may act for it, which calls and rooms are open and
 * how they are numbered, and what was used. A thin shell around its parts.
 */
import { DurableObject } from 'cloudflare:workers'
import type {
  MeterEventState,
  ParticipantId,
  Reconciliation,
  RoomId,
  RoomUsageReport,
  UsageAnswer,
  UsageBudget,
  UsageBudgetAnswer,
  UsageRecord,
  UsageReport,
} from '@radist-tech/protocol'
import type { OverviewAnswer } from '@radist-tech/protocol/dashboard'
import type { ConnectionKind } from '../domain/connections.ts'
import type { ClaimRequest } from '../domain/idempotency.ts'
import type { HOUR_MS } from '../domain/ledger.ts'
import { goodKeys, isGoodKey, type ProjectAccess } from '../domain/project-access.ts'
import type { LedgerSpan, MINUTE_MS, NeighbourWindow } from '../domain/reconciliation.ts'
import type { UsageRange } from '../domain/usage-range.ts'
import type { Env } from '../env.ts'
import type { Page } from '../paging.ts'
import { AlarmClock } from './alarm-clock.ts'
import { answerClose } from './call-sockets.ts'
import { type CallEnd, ConnectionHours, figuresOfEnd } from './connection-hours.ts'
import { IdempotencyClaims } from './idempotency-claims.ts'
import { type MeterEventPage, MeterEvents, type Resent } from './meter-events.ts'
import { type NumbersAsked, type NumbersPage, OpenConnections } from './open-connections.ts'
import { ProjectBilling } from './project-billing.ts'
import { type ProjectFacts, ProjectFactsCache } from './project-facts.ts'
import { ProjectLive } from './project-live.ts'
import type {
  Answered,
  Authorization,
  BillingOverview,
  BillingState,
  Claimed,
  ClaimedConnection,
  Credential,
  OpenedConnection,
} from './project-requests.ts'
import { ProjectUsage } from './project-usage.ts'
import { Reservations } from './reservations.ts'
import { SecretKeyUses } from './secret-key-uses.ts'
import { ThresholdWebhooks } from './threshold-webhooks.ts'
import { UsageLedger } from './usage-ledger.ts'

const UNAUTHORIZED = { ok: false, code: 'invalid_secret_key' } as const
const ARCHIVED = { ok: false, code: 'project_archived' } as const

export class ProjectObject extends DurableObject<Env> {
  readonly #facts: ProjectFactsCache
  readonly #keyUses: SecretKeyUses
  readonly #connections: OpenConnections
  readonly #hours: ConnectionHours
  readonly #live: ProjectLive
  readonly #reservations: Reservations
  readonly #ledger: UsageLedger
  readonly #billing: ProjectBilling
  readonly #meterEvents: MeterEvents
  readonly #usage: ProjectUsage
  /** Those that have something to do at times. */
  readonly #parts: readonly { runDue(now: number): Promise<void> | void; nextDueAt(): number | null }[]
  readonly #alarm: AlarmClock

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#facts = new ProjectFactsCache(env.DB)
    this.#keyUses = new SecretKeyUses(env.DB)
    this.#live = new ProjectLive(ctx, () => this.#connections.live())
    this.#connections = new OpenConnections(ctx.storage, env, {
      ended: (kind, id) => this.#live.changed(kind, id, 'ended'),
    })
    this.#hours = new ConnectionHours(ctx.storage)
    this.#ledger = new UsageLedger(ctx.storage, env)
    this.#billing = new ProjectBilling(this.#ledger, env)
    const claims = new IdempotencyClaims(ctx.storage)
    this.#reservations = new Reservations(this.#connections, claims, this.#billing, this.#hours, this.#live)
    this.#meterEvents = new MeterEvents(ctx.storage, env, this.#ledger)
    this.#usage = new ProjectUsage(this.#ledger, this.#facts, env)
    this.#parts = [
      ...[this.#connections, claims, this.#ledger, this.#meterEvents, this.#hours, this.#live],
      new ThresholdWebhooks(ctx.storage, env, this.#ledger, this.#facts),
    ]
    this.#alarm = new AlarmClock(ctx)
  }

  /** Whether the credential may act for the project, and what the project is. */
  async authorize(projectId: string, credential: Credential): Promise<Authorization> {
    const facts = await this.#authorized(projectId, credential)
    if (!facts) return UNAUTHORIZED
    return {
      ok: true,
      project: {
        projectId,
        connectionLimit: facts.connectionLimit,
        publicKeys: goodKeys(facts.access.publicKeys, Date.now()),
        isArchived: facts.access.isArchived,
        stripeCustomerId: facts.stripeCustomerId,
        totals: this.#connections.totals(),
      },
    }
  }

  /**
   * Reserves a place for a call or room that is about to be made, and numbers it: both or neither.
   * The same id again is answered the same. An object that is not made within 30 s is voided.
   */
  openConnection(
    projectId: string,
    credential: Credential,
    connection: { kind: ConnectionKind; id: string; createdAt: number },
  ): Promise<OpenedConnection> {
    return this.#reserved(projectId, credential, (facts, now) =>
      this.#reservations.open(facts, connection, now),
    )
  }

  /**
   * Like {@link openConnection}, once for each idempotency key: a repetition is answered with what was
   * reserved under it, even when that is over. A refused reservation claims nothing.
   */
  openClaimedConnection(
    projectId: string,
    credential: Credential,
    connection: { kind: ConnectionKind; id: string },
    request: ClaimRequest,
  ): Promise<ClaimedConnection> {
    return this.#reserved(projectId, credential, (facts, now) =>
      this.#reservations.openClaimed(facts, connection, request, now),
    )
  }

  /** Like {@link authorize}, for a request with an idempotency key that reserves nothing. */
  claim(projectId: string, credential: Credential, request: ClaimRequest): Promise<Claimed> {
    return this.#reserved(projectId, credential, (_, now) => this.#reservations.claim(request, now))
  }

  /** The object of a reservation was made: it is not asked about any more. Does nothing the second time. */
  confirmConnection(kind: ConnectionKind, id: string): void {
    this.#connections.confirm(kind, id)
    this.#setAlarm()
  }

  /** The call or room has ended: its place is free. Does nothing the second time. */
  closeConnection(kind: ConnectionKind, id: string, end: CallEnd | null = null): void {
    const isNews = this.#connections.close(kind, id)
    if (isNews && end) this.#hours.count(figuresOfEnd(end), Date.now())
    this.#setAlarm()
  }

  /** An open room's word of how many are in it; an older one (by its `version`) changes nothing. */
  countParticipants(roomId: string, count: number, version: number): void {
    this.#connections.countParticipants(roomId, count, version)
    this.#live.countsChanged()
  }

  /** The numbers of the calls, or rooms, on a page of the dashboard. */
  connectionNumbers(kind: ConnectionKind, asked: NumbersAsked, page: Page): NumbersPage {
    return this.#connections.page(kind, asked, page)
  }

  /** What the project's first page shows; null when there is no such project. */
  async overview(projectId: string): Promise<OverviewAnswer | null> {
    const facts = await this.#facts.project(projectId)
    if (!facts) return null
    const now = Date.now()
    return {
      ...this.#connections.live(),
      connectionLimit: facts.connectionLimit,
      ...this.#usage.recent(now),
      errors: this.#hours.lastDay(now),
    }
  }

  /** What was reported of a room from `from` to `to`: in all, and of these participants. */
  roomSeconds(roomId: RoomId, from: number, to: number, participantIds: readonly ParticipantId[]) {
    return this.#usage.roomSeconds(roomId, from, to, participantIds)
  }

  /** Calls and rooms that count against the limit now. */
  openConnections(): number {
    return this.#connections.count()
  }

  /** Who may come with a public key. A `key` that is not remembered is looked for in D1, so that a new one works at once. */
  async access(projectId: string, key: string): Promise<ProjectAccess | null> {
    const holds = ({ access }: ProjectFacts) => isGoodKey(access.publicKeys, key, Date.now())
    const facts = (await this.#facts.projectWhere(projectId, holds)) ?? (await this.#facts.project(projectId))
    return facts?.access ?? null
  }

  /** Whether the project's account may create, and what it has used. */
  async billing(projectId: string, credential: Credential): Promise<BillingState> {
    const facts = await this.#authorized(projectId, credential)
    if (!facts) return UNAUTHORIZED
    return { ok: true, billing: this.#billing.stateOf(facts, Date.now()) }
  }

  /** What the billing page shows: one read of the ledger, of its sums by day. `range`: of its total. */
  billingOverview(
    projectId: string,
    credential: Credential,
    range: UsageRange,
  ): Promise<Answered<BillingOverview>> {
    return this.#answered(projectId, credential, (facts) => ({
      seconds: this.#usage.report(range).seconds,
      account: this.#billing.stateOf(facts, Date.now()),
      budget: this.#usage.budgetAnswer(facts.budget),
      delivery: this.#meterEvents.sums(range.from),
      reconciliation: this.#meterEvents.last(),
    }))
  }

  /** Takes each usage record once; what it answers as accepted is durable. */
  async ingestUsage(projectId: string, records: UsageRecord[]): Promise<UsageAnswer> {
    const answer = await this.#usage.ingest(projectId, records)
    this.#meterEvents.usageArrived(Date.now())
    this.#setAlarm()
    return answer
  }

  /** What was used in the range, by hours or days. */
  usageReport(projectId: string, credential: Credential, range: UsageRange): Promise<Answered<UsageReport>> {
    return this.#answered(projectId, credential, () => this.#usage.report(range))
  }

  /** A page of who used what in the range. */
  roomUsageReport(
    projectId: string,
    credential: Credential,
    range: UsageRange,
    page: Page,
  ): Promise<Answered<RoomUsageReport>> {
    return this.#answered(projectId, credential, () => this.#usage.roomReport(range, page))
  }

  /** The budget and what this month has used of it; `change` sets another one first. */
  usageBudget(
    projectId: string,
    credential: Credential,
    change: UsageBudget | null,
  ): Promise<Answered<UsageBudgetAnswer>> {
    return this.#answered(projectId, credential, async (facts) => {
      if (change !== null) await this.#usage.setBudget(projectId, change)
      this.#setAlarm()
      return this.#usage.budgetAnswer(change ?? facts.budget)
    })
  }

  /** To be called after each change of the project, its keys, its limit or its account in D1. */
  invalidateCache(): void {
    this.#facts.invalidate()
    this.#meterEvents.customerMayHaveChanged()
    this.#setAlarm()
  }

  /** A page of meter events, newest first. */
  async listMeterEvents(
    projectId: string,
    credential: Credential,
    asked: { state: MeterEventState | null; page: number; limit: number },
  ): Promise<({ ok: true } & MeterEventPage) | { ok: false; code: 'invalid_secret_key' }> {
    if (!(await this.#authorized(projectId, credential))) return UNAUTHORIZED
    return { ok: true, ...this.#meterEvents.list(asked) }
  }

  /** Puts a refused meter event on its way again. */
  async resendMeterEvent(
    projectId: string,
    credential: Credential,
    asked: { identifier: string; confirmNotDelivered: boolean },
  ): Promise<Resent | { ok: false; code: 'invalid_secret_key' }> {
    if (!(await this.#authorized(projectId, credential))) return UNAUTHORIZED
    const resent = this.#meterEvents.resend(asked.identifier, asked.confirmNotDelivered, Date.now())
    this.#setAlarm()
    return resent
  }

  /** The ledger against Stripe: the last comparison, or a new one. */
  async reconciliation(
    projectId: string,
    credential: Credential,
    asked: 'last' | 'new',
  ): Promise<{ ok: true; reconciliation: Reconciliation } | { ok: false; code: 'invalid_secret_key' }> {
    if (!(await this.#authorized(projectId, credential))) return UNAUTHORIZED
    const meterEvents = this.#meterEvents
    return {
      ok: true,
      reconciliation: asked === 'last' ? meterEvents.last() : await meterEvents.compare(Date.now()),
    }
  }

  /** Stripe has reported that it took these events and counts none of them. Others' and unknown ones are left. */
  takeMeterErrors(errors: readonly { identifier: string; message: string }[]): void {
    this.#meterEvents.takeErrors(errors, Date.now())
  }

  /** Lets the ledger be compared with Stripe as soon as the comparison tells something. */
  reconcileSoon(): void {
    this.#meterEvents.reconcileSoon(Date.now())
    this.#setAlarm()
  }

  /** For other projects of the same customer: what Stripe has, or may have, of this one's in a minute. */
  sentMeterWindows(customerId: string, from: number, to: number): NeighbourWindow[] {
    return this.#meterEvents.sentBetween(customerId, from, to)
  }

  /** For other projects of the same customer: what this one's windows hold. */
  meterSpans(
    width: typeof HOUR_MS | typeof MINUTE_MS,
    customerId: string,
    isCurrent: boolean,
    from: number,
    to: number,
  ): LedgerSpan[] {
    return this.#meterEvents.spans(width, customerId, isCurrent, from, to)
  }

  /** A page watches the project; the Worker has seen to it that it may. */
  override async fetch(): Promise<Response> {
    const answer = this.#live.watch()
    this.#setAlarm()
    return answer
  }

  override webSocketMessage(socket: WebSocket): void {
    this.#live.refuse(socket)
  }

  override webSocketClose(socket: WebSocket, code: number): void {
    answerClose(socket, code)
  }

  override async alarm(): Promise<void> {
    this.#alarm.rang()
    const results = await Promise.allSettled(this.#parts.map(async (part) => part.runDue(Date.now())))
    const failed = results.filter((result) => result.status === 'rejected')
    for (const { reason } of failed)
      console.error(JSON.stringify({ message: 'project alarm failed', error: String(reason) }))
    // Parts plan their own next attempts; one that failed before it could must not make the alarm spin.
    this.#setAlarm(failed.length > 0 ? Date.now() + ALARM_RETRY_MS : 0)
  }

  /** What `reserve` answers, of a project that may still make something. */
  async #reserved<T>(
    projectId: string,
    credential: Credential,
    reserve: (facts: ProjectFacts, now: number) => T,
  ): Promise<T | typeof UNAUTHORIZED | typeof ARCHIVED> {
    const facts = await this.#authorized(projectId, credential)
    if (!facts) return UNAUTHORIZED
    if (facts.access.isArchived) return ARCHIVED
    const answer = reserve(facts, Date.now())
    this.#setAlarm()
    return answer
  }

  async #answered<T>(
    projectId: string,
    credential: Credential,
    answer: (facts: ProjectFacts) => T | Promise<T>,
  ): Promise<Answered<T>> {
    const facts = await this.#authorized(projectId, credential)
    return facts ? { ok: true, answer: await answer(facts) } : UNAUTHORIZED
  }

  async #authorized(projectId: string, credential: Credential): Promise<ProjectFacts | null> {
    if (credential.kind === 'trusted') return this.#facts.project(projectId)
    const { hash } = credential
    const facts = await this.#facts.projectWhere(projectId, ({ secretKeys }) => secretKeys.has(hash))
    const written = facts && this.#keyUses.note(facts, hash, Date.now())
    if (written) this.ctx.waitUntil(written)
    return facts
  }

  #setAlarm(notBefore = 0): void {
    const due = this.#parts.map((part) => part.nextDueAt())
    this.#alarm.setByEarliest(due.map((time) => time && Math.max(time, notBefore)))
  }
}

/** Wait after an alarm in which a part failed as a whole, in milliseconds. */
const ALARM_RETRY_MS = 5000
