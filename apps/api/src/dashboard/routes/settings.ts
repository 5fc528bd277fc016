/** A project's settings: what of it the plan limits, `domain/connection-limit.ts` says. */
import { iceServerSchema, type ProjectId } from '@radist-tech/protocol'
import { type projectSettingsAnswerSchema, projectSettingsBodySchema } from '@radist-tech/protocol/dashboard'
import { eq } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { z } from 'zod'
import { billingAccounts, projects } from '../../../../../drizzle/schema.ts'
import { ApiError } from '../../api-error.ts'
import { readAllowedOrigins } from '../../domain/allowed-origins.ts'
import { mayLimitTo, planLimit } from '../../domain/connection-limit.ts'
import { readStatus } from '../../domain/subscription.ts'
import { configOf, type Env } from '../../env.ts'
import { staticServerSchema } from '../../ice-config.ts'
import { jsonBody } from '../../json-body.ts'
import { jsonText } from '../../json-text.ts'
import { audit } from '../audit.ts'
import type { DashboardRoutes } from '../router.ts'

/** One server that browsers cannot read makes them refuse all. */
const settingsBodySchema = projectSettingsBodySchema.extend({
  iceServers: z.array(staticServerSchema).max(10),
})

export function settingsRoutes(routes: DashboardRoutes): void {
  routes.project('get', '/settings', 'settings:read', async (c, { project: { projectId } }) =>
    c.json(await settingsOf(c.env, projectId)),
  )

  routes.project('put', '/settings', 'settings:manage', async (c, { actor, project: { projectId } }) => {
    const settings = await jsonBody(c, settingsBodySchema)
    const before = await settingsOf(c.env, projectId)
    if (!mayLimitTo(settings.connectionLimit, before.connectionLimit, before.maxConnectionLimit))
      throw new ApiError('connection_limit_beyond_plan')
    const { allowedOrigins, defaultAccessControl, connectionLimit, iceServers } = settings
    await drizzle(c.env.DB)
      .update(projects)
      .set({
        allowedOrigins: JSON.stringify(allowedOrigins),
        defaultAccessControl,
        connectionLimit,
        iceServers: JSON.stringify(iceServers),
      })
      .where(eq(projects.id, projectId))
    await c.env.PROJECT.getByName(projectId).invalidateCache()
    const after = await settingsOf(c.env, projectId)
    const target = changedFields(before, after).join(', ') || 'nothing'
    await audit(c.env, actor, { action: 'settings.changed', target, projectId })
    return c.json(after)
  })
}

type Settings = z.infer<typeof projectSettingsAnswerSchema>

async function settingsOf(env: Env, projectId: ProjectId): Promise<Settings> {
  const [row] = await drizzle(env.DB)
    .select({
      allowedOrigins: projects.allowedOrigins,
      defaultAccessControl: projects.defaultAccessControl,
      connectionLimit: projects.connectionLimit,
      iceServers: projects.iceServers,
      subscriptionStatus: billingAccounts.subscriptionStatus,
    })
    .from(projects)
    .leftJoin(billingAccounts, eq(billingAccounts.id, projects.billingAccountId))
    .where(eq(projects.id, projectId))
  if (!row) throw new Error('A project that was there is gone')
  const config = configOf(env)
  const allowed = readAllowedOrigins(row.allowedOrigins)
  return {
    allowedOrigins: allowed === null || allowed === 'all' ? [] : [...allowed],
    defaultAccessControl: row.defaultAccessControl,
    connectionLimit: row.connectionLimit,
    maxConnectionLimit: planLimit(readStatus(row.subscriptionStatus), {
      free: config.RADIST_FREE_CONNECTION_LIMIT,
      paid: config.RADIST_PAID_CONNECTION_LIMIT,
    }),
    iceServers: jsonText.pipe(z.array(iceServerSchema)).safeParse(row.iceServers).data ?? [],
  }
}

/** By name alone: servers have credentials. */
const changedFields = (before: Settings, after: Settings): string[] =>
  Object.entries(after)
    .filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(Reflect.get(before, name)))
    .map(([name]) => name)
