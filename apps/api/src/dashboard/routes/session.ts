/** `/configuration` and `/session`: what a page has to know before and after somebody signs in. */
import type { DashboardSession } from '@radist-tech/protocol/dashboard'
import { roleSchema } from '@radist-tech/protocol/dashboard'
import { asc, eq } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { members, organizations } from '../../../../../drizzle/auth-schema.ts'
import { configOf, type Env } from '../../env.ts'
import type { DashboardRoutes } from '../router.ts'

export function sessionRoutes(routes: DashboardRoutes): void {
  routes.public('get', '/configuration', (c) => {
    const { RADIST_GITHUB_CLIENT_ID, RADIST_ENVIRONMENT } = configOf(c.env)
    return c.json({ github: RADIST_GITHUB_CLIENT_ID !== undefined, environment: RADIST_ENVIRONMENT })
  })

  routes.user('get', '/session', async (c, { user }) => {
    const { userId, email, name, twoFactorEnabled, isOperator } = user
    const session: DashboardSession = {
      user: { userId, email, name, twoFactorEnabled },
      organizations: await organizationsOf(c.env, userId),
      isOperator,
    }
    return c.json(session)
  })
}

async function organizationsOf(env: Env, userId: string): Promise<DashboardSession['organizations']> {
  const found = await drizzle(env.DB)
    .select({ organizationId: organizations.id, name: organizations.name, role: members.role })
    .from(members)
    .innerJoin(organizations, eq(organizations.id, members.organizationId))
    .where(eq(members.userId, userId))
    .orderBy(asc(organizations.createdAt), asc(organizations.id))
  return found.map(({ role, ...organization }) => ({ ...organization, role: roleSchema.parse(role) }))
}
