/** Billing accounts in D1, and the Stripe customer that each gets when one is first needed. */
import type { ProjectId } from '@radist-tech/protocol'
import { and, eq, isNull, notExists } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { billingAccounts, projects } from '../../../drizzle/schema.ts'
import type { Env } from './env.ts'
import { createOnce, stripeOf } from './stripe.ts'

/** An account that Stripe knows. */
export interface Customer {
  accountId: string
  customerId: string
}

/**
 * The customer who pays for the project. What is missing of account and customer is made: once, however
 * many ask at the same time, and whenever one of them dies. Throws when D1 or Stripe does not do it.
 */
export async function customerOf(env: Env, projectId: ProjectId): Promise<Customer> {
  const account = (await accountOf(env, projectId)) ?? (await makeAccount(env, projectId))
  if (account.stripeCustomerId !== null)
    return { accountId: account.id, customerId: account.stripeCustomerId }
  const { id, name, email, subscriptionReadAt } = account
  // Another key after a customer was deleted, which is when the subscription was last noted.
  const customer = await createOnce(`radist-customer-${id}-${subscriptionReadAt ?? 0}`, (options) =>
    stripeOf(env).customers.create(
      { name, ...(email !== null && { email }), metadata: { radist_account_id: id } },
      options,
    ),
  )
  await drizzle(env.DB)
    .update(billingAccounts)
    .set({ stripeCustomerId: customer.id })
    .where(and(eq(billingAccounts.id, id), isNull(billingAccounts.stripeCustomerId)))
  await forgetFacts(env, id)
  const customerId = (await accountOf(env, projectId))?.stripeCustomerId
  if (!customerId) throw new Error('The account has lost its customer at once')
  return { accountId: id, customerId }
}

/** To be called after each change of an account in D1: its projects' objects read it anew. */
export async function forgetFacts(env: Env, accountId: string): Promise<void> {
  const paidFor = await drizzle(env.DB)
    .select({ projectId: projects.id })
    .from(projects)
    .where(eq(projects.billingAccountId, accountId))
  await Promise.all(paidFor.map(({ projectId }) => env.PROJECT.getByName(projectId).invalidateCache()))
}

async function accountOf(env: Env, projectId: ProjectId) {
  const [found] = await drizzle(env.DB)
    .select({ account: billingAccounts })
    .from(projects)
    .innerJoin(billingAccounts, eq(billingAccounts.id, projects.billingAccountId))
    .where(eq(projects.id, projectId))
  return found?.account ?? null
}

/**
 * An account of the project's own, with its name: one, whoever else makes it meanwhile. Its id is no other's:
 * one that was the project's before may pay for others by now.
 */
async function makeAccount(env: Env, projectId: ProjectId) {
  const db = drizzle(env.DB)
  const [project] = await db.select({ name: projects.name }).from(projects).where(eq(projects.id, projectId))
  if (!project) throw new Error('A project that was authorised is not there')
  const id = crypto.randomUUID()
  const isPaying = db.select({ id: projects.id }).from(projects).where(eq(projects.billingAccountId, id))
  await db.batch([
    db.insert(billingAccounts).values({ id, name: project.name, createdAt: Date.now() }),
    db
      .update(projects)
      .set({ billingAccountId: id })
      .where(and(eq(projects.id, projectId), isNull(projects.billingAccountId))),
    // Somebody else was first.
    db.delete(billingAccounts).where(and(eq(billingAccounts.id, id), notExists(isPaying))),
  ])
  await env.PROJECT.getByName(projectId).invalidateCache()
  const account = await accountOf(env, projectId)
  if (!account) throw new Error('The project has lost its account at once')
  return account
}
