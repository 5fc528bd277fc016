/** Who pays for a project's usage, and which other projects the same account pays for. */
import { and, eq, ne } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { alias } from 'drizzle-orm/sqlite-core'
import { billingAccounts, projects } from '../../../../drizzle/schema.ts'
import type { Env } from '../env.ts'

/** How many other projects are asked for their sums: one request each, all at once. */
export const MAX_SIBLINGS = 100

export interface Payer {
  /** Stripe's customer; null while Stripe does not know who pays. */
  customerId: string | null
  /** Ids of the account's other projects; one more than {@link MAX_SIBLINGS} stands for any number. */
  siblings: string[]
}

export async function payerOf(env: Env, projectId: string): Promise<Payer> {
  const sibling = alias(projects, 'sibling')
  const rows = await drizzle(env.DB)
    .select({ customerId: billingAccounts.stripeCustomerId, siblingId: sibling.id })
    .from(projects)
    .innerJoin(billingAccounts, eq(billingAccounts.id, projects.billingAccountId))
    .leftJoin(sibling, and(eq(sibling.billingAccountId, billingAccounts.id), ne(sibling.id, projectId)))
    .where(eq(projects.id, projectId))
    .limit(MAX_SIBLINGS + 1)
  return {
    customerId: rows[0]?.customerId ?? null,
    siblings: rows.flatMap(({ siblingId }) => (siblingId === null ? [] : [siblingId])),
  }
}

export const siblingObjects = (env: Env, { siblings }: Payer) =>
  siblings.map((projectId) => env.PROJECT.getByName(projectId))
