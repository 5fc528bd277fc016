/** What D1 owns of a project (keys, limit, who pays), remembered by the Project object. */
import { type AccessControl, type IceServer, iceServerSchema, type UsageBudget } from '@radist-tech/protocol'
import { and, eq, isNull, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { z } from 'zod'
import {
  billingAccounts,
  projects,
  publicKeys,
  secretKeys,
  usageDays,
  webhookEndpoints,
} from '../../../../drizzle/schema.ts'
import { type AllowedOrigins, readAllowedOrigins } from '../domain/allowed-origins.ts'
import { monthOf, type Payer } from '../domain/billing-policy.ts'
import type { ProjectAccess } from '../domain/project-access.ts'
import { readStatus } from '../domain/subscription.ts'
import { type BucketLimits, fullBucket, takeToken } from '../domain/token-bucket.ts'
import { jsonText } from '../json-text.ts'

/** How long facts are believed without asking D1, should the word of a change have got lost. */
const MAX_AGE_MS = 60_000

/** How often keys that are not known may send the object to D1. */
const RECHECKS: BucketLimits = { capacity: 20, perSecond: 5 }

export interface ProjectFacts {
  projectId: string
  connectionLimit: number
  /** By hash: when it was last used, as far as D1 knew; null for never. */
  secretKeys: ReadonlyMap<string, number | null>
  access: ProjectAccess
  /** Of calls that are made without saying. */
  defaultAccessControl: AccessControl
  stripeCustomerId: string | null
  /** Null while nobody pays for the project. */
  account: BillingAccount | null
  budget: UsageBudget
  /** Whether it has any webhook endpoint, enabled or not. */
  hasWebhooks: boolean
}

/** What a new call or room is told of its project. */
export type OpeningFacts = Pick<ProjectFacts, 'access' | 'defaultAccessControl' | 'hasWebhooks'>
export const toldAtOpening = ({ access, defaultAccessControl, hasWebhooks }: ProjectFacts): OpeningFacts => ({
  access,
  defaultAccessControl,
  hasWebhooks,
})

export interface BillingAccount extends Payer {
  accountId: string
  name: string
  /** Participant seconds of the account's other projects in the month that began at `since`. */
  others: { since: number; seconds: number }
}

export class ProjectFactsCache {
  readonly #database: D1Database
  #cached: { facts: ProjectFacts; readAt: number } | null = null
  /** Rises with each `invalidate`, so that a read that began before it is not kept. */
  #generation = 0
  #running: Promise<unknown> = Promise.resolve()
  #queued: Promise<ProjectFacts | null> | null = null
  #rechecks = fullBucket(RECHECKS, 0)

  constructor(database: D1Database) {
    this.#database = database
  }

  /** The project, or null when there is none. Throws when nothing is known and D1 does not answer. */
  async project(projectId: string): Promise<ProjectFacts | null> {
    const cached = this.#cached
    if (!cached) return this.#read(projectId)
    if (Date.now() - cached.readAt < MAX_AGE_MS) return cached.facts
    try {
      return await this.#read(projectId)
    } catch (error) {
      console.warn(JSON.stringify({ message: 'project facts are stale', projectId, error: String(error) }))
      return cached.facts
    }
  }

  /**
   * The project when it has what `holds` looks for. What is not found in memory is looked for in D1
   * once more, so that a new key works at once.
   */
  async projectWhere(
    projectId: string,
    holds: (facts: ProjectFacts) => boolean,
  ): Promise<ProjectFacts | null> {
    const wasCached = this.#cached !== null
    const facts = await this.project(projectId)
    if (facts && holds(facts)) return facts
    if (!facts || !wasCached) return null
    const recheck = takeToken(this.#rechecks, RECHECKS, Date.now())
    this.#rechecks = recheck.bucket
    if (!recheck.ok) return null
    const fresh = await this.#read(projectId)
    return fresh && holds(fresh) ? fresh : null
  }

  /** Forgets what is remembered: keys or limits have changed in D1. */
  invalidate(): void {
    this.#generation += 1
    this.#cached = null
  }

  /** One read at a time; whoever comes while one is under way shares the next, which sees every change before it. */
  #read(projectId: string): Promise<ProjectFacts | null> {
    if (this.#queued) return this.#queued
    const read = this.#running.then(() => {
      this.#queued = null
      return this.#readNow(projectId)
    })
    this.#queued = read
    this.#running = read.catch(() => undefined)
    return read
  }

  async #readNow(projectId: string): Promise<ProjectFacts | null> {
    const generation = this.#generation
    const db = drizzle(this.#database)
    const { start: month } = monthOf(Date.now())
    const [found, secrets, publics] = await db.batch([
      db
        // No two columns of one name: D1 answers a batch with objects that have each name once.
        .select({
          connectionLimit: projects.connectionLimit,
          allowedOrigins: projects.allowedOrigins,
          iceServers: projects.iceServers,
          defaultAccessControl: projects.defaultAccessControl,
          archivedAt: projects.archivedAt,
          monthlyLimitSeconds: projects.monthlyLimitSeconds,
          stopsAtLimit: projects.stopsAtLimit,
          accountId: projects.billingAccountId,
          accountName: billingAccounts.name,
          stripeCustomerId: billingAccounts.stripeCustomerId,
          subscriptionStatus: billingAccounts.subscriptionStatus,
          pastDueSince: billingAccounts.pastDueSince,
          othersSeconds: secondsOfOthers(projectId, month),
          hasWebhooks: hasEndpoints(projectId),
        })
        .from(projects)
        .leftJoin(billingAccounts, eq(billingAccounts.id, projects.billingAccountId))
        .where(eq(projects.id, projectId)),
      db
        .select({ hash: secretKeys.hash, lastUsedAt: secretKeys.lastUsedAt })
        .from(secretKeys)
        .where(and(eq(secretKeys.projectId, projectId), isNull(secretKeys.revokedAt))),
      db
        .select({ key: publicKeys.key, expiresAt: publicKeys.expiresAt })
        .from(publicKeys)
        .where(and(eq(publicKeys.projectId, projectId), isNull(publicKeys.revokedAt)))
        .orderBy(publicKeys.createdAt),
    ])
    const project = found[0]
    const facts = project
      ? {
          projectId,
          connectionLimit: project.connectionLimit,
          secretKeys: new Map(secrets.map(({ hash, lastUsedAt }) => [hash, lastUsedAt])),
          access: {
            publicKeys: publics,
            allowedOrigins: allowedOriginsOf(projectId, project.allowedOrigins),
            iceServers: iceServersOf(projectId, project.iceServers),
            isArchived: project.archivedAt !== null,
          },
          defaultAccessControl: project.defaultAccessControl,
          stripeCustomerId: project.stripeCustomerId,
          account: accountOf(project, month),
          budget: { monthlyLimitSeconds: project.monthlyLimitSeconds, stopsAtLimit: project.stopsAtLimit },
          hasWebhooks: project.hasWebhooks === 1,
        }
      : null
    if (generation === this.#generation) this.#cached = facts && { facts, readAt: Date.now() }
    return facts
  }
}

interface AccountColumns {
  accountId: string | null
  accountName: string | null
  subscriptionStatus: string | null
  pastDueSince: number | null
  othersSeconds: number
}

function accountOf(row: AccountColumns, month: number): BillingAccount | null {
  const { accountId, accountName: name, pastDueSince } = row
  if (accountId === null || name === null) return null
  return {
    accountId,
    name,
    subscriptionStatus: readStatus(row.subscriptionStatus),
    pastDueSince,
    others: { since: month, seconds: row.othersSeconds },
  }
}

const DAY_MS = 86_400_000

/** Of the days from `since` on, of the projects that the same account pays for. */
const secondsOfOthers = (projectId: string, since: number) => sql<number>`(
  SELECT coalesce(sum(${usageDays.seconds}), 0) FROM ${usageDays}
  WHERE ${usageDays.projectId} IN (
    SELECT siblings.id FROM ${projects} AS siblings
    WHERE siblings.billing_account_id = ${billingAccounts.id} AND siblings.id <> ${projectId}
  ) AND ${usageDays.day} >= ${since / DAY_MS}
)`

const hasEndpoints = (projectId: string) => sql<number>`EXISTS (
  SELECT 1 FROM ${webhookEndpoints} WHERE ${webhookEndpoints.projectId} = ${projectId}
)`

/** No page at all while the column is not of the documented form: a mistake must not let every page in. */
function allowedOriginsOf(projectId: string, column: string): AllowedOrigins {
  const allowed = readAllowedOrigins(column)
  if (allowed !== null) return allowed
  const message = 'allowed_origins is not a JSON array of origins: no page may use the public keys'
  console.error(JSON.stringify({ message, projectId }))
  return []
}

/** None of them while the column is not of the documented form: peers go by the installation's. */
function iceServersOf(projectId: string, column: string): IceServer[] {
  const read = jsonText.pipe(z.array(iceServerSchema)).safeParse(column)
  if (read.success) return read.data
  const message = 'ice_servers is not a JSON array of servers: none of them is told'
  console.error(JSON.stringify({ message, projectId }))
  return []
}
