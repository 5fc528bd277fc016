/** The organisations that users make, and the one that each user begins with. */
import { and, eq, notExists, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { members, organizations, users } from '../../../../drizzle/auth-schema.ts'
import { billingAccounts } from '../../../../drizzle/schema.ts'
import type { Env } from '../env.ts'

/**
 * Whoever signs in and belongs nowhere gets an organisation of their own. It has the user's id, so that two
 * sign-ins at the same time make one; and who was made to leave it does not get back in by signing in.
 */
export async function ensureOrganization(env: Env, userId: string): Promise<void> {
  const db = drizzle(env.DB)
  const [user] = await db
    .select({ name: users.name, email: users.email, organizationId: members.organizationId })
    .from(users)
    .leftJoin(members, eq(members.userId, users.id))
    .where(eq(users.id, userId))
    .limit(1)
  if (!user || user.organizationId !== null) return
  await makeOrganization(env, {
    organizationId: userId,
    name: `${user.name.slice(0, 48)}'s organisation`,
    userId,
    email: user.email,
  })
}

export interface NewOrganization {
  organizationId: string
  name: string
  /** Its first owner. */
  userId: string
  /** Where Stripe writes to until somebody changes it. */
  email: string
}

/** Makes the organisation, its billing account and its first owner, all or nothing; again: nothing. */
export async function makeOrganization(env: Env, organization: NewOrganization): Promise<void> {
  const { organizationId, name, userId, email } = organization
  const db = drizzle(env.DB)
  const anyMember = db
    .select({ id: members.id })
    .from(members)
    .where(eq(members.organizationId, organizationId))
  const now = Date.now()
  await db.batch([
    db
      .insert(organizations)
      .values({ id: organizationId, name, createdAt: new Date(now) })
      .onConflictDoNothing(),
    db
      .insert(billingAccounts)
      .values({ id: crypto.randomUUID(), name, email, organizationId, createdAt: now })
      .onConflictDoNothing(),
    db.insert(members).select(
      db
        .select({
          id: sql<string>`${crypto.randomUUID()}`.as('id'),
          organizationId: organizations.id,
          userId: sql<string>`${userId}`.as('user_id'),
          role: sql<string>`'owner'`.as('role'),
          createdAt: sql<Date>`${now}`.as('created_at'),
        })
        .from(organizations)
        .where(and(eq(organizations.id, organizationId), notExists(anyMember))),
    ),
  ])
}
