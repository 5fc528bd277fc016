/** `/organizations`: make one, rename it, and read what was done in it. */
import { type auditAnswerSchema, organizationBodySchema } from '@radist-tech/protocol/dashboard'
import { and, desc, eq, lt, or } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { z } from 'zod'
import { organizations } from '../../../../../drizzle/auth-schema.ts'
import { auditEntries } from '../../../../../drizzle/schema.ts'
import { ApiError } from '../../api-error.ts'
import { readCursor, writeCursor } from '../../domain/audit-cursor.ts'
import type { Env } from '../../env.ts'
import { jsonBody } from '../../json-body.ts'
import { countAttempt } from '../attempts.ts'
import { audit } from '../audit.ts'
import { makeOrganization } from '../new-organization.ts'
import type { DashboardRoutes } from '../router.ts'

const OF_A_USER = { window: 3600, max: 20 }

const pageSchema = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(50),
  before: z
    .string()
    .transform((text, context) => {
      const cursor = readCursor(text)
      if (cursor) return cursor
      context.addIssue({ code: 'custom', message: 'is no cursor' })
      return z.NEVER
    })
    .optional(),
})
type Page = z.infer<typeof pageSchema>

export function organizationRoutes(routes: DashboardRoutes): void {
  routes.user('post', '/organizations', async (c, { user }) => {
    const { name } = await jsonBody(c, organizationBodySchema)
    const { userId, email, ipAddress } = user
    const attempt = await countAttempt(c.env, `organizations|${userId}`, OF_A_USER)
    if (!attempt.allowed) throw new ApiError('too_many_requests')
    const organizationId = crypto.randomUUID()
    await makeOrganization(c.env, { organizationId, name, userId, email })
    const actor = { userId, email, organizationId, ipAddress }
    await audit(c.env, actor, { action: 'organization.created', target: name })
    return c.json({ organizationId, name })
  })

  routes.organization('patch', '', 'organization:manage', async (c, { actor, organizationId }) => {
    const { name } = await jsonBody(c, organizationBodySchema)
    await drizzle(c.env.DB).update(organizations).set({ name }).where(eq(organizations.id, organizationId))
    await audit(c.env, actor, { action: 'organization.renamed', target: name })
    return c.json({ organizationId, name })
  })

  routes.organization('get', '/audit', 'audit:read', async (c, { organizationId }) => {
    const page = pageSchema.safeParse(c.req.query())
    if (!page.success) throw new ApiError('invalid_query')
    return c.json(await auditPage(c.env, organizationId, page.data))
  })
}

async function auditPage(
  env: Env,
  organizationId: string,
  { limit, before }: Page,
): Promise<z.infer<typeof auditAnswerSchema>> {
  const isBefore =
    before &&
    or(
      lt(auditEntries.createdAt, before.createdAt),
      and(eq(auditEntries.createdAt, before.createdAt), lt(auditEntries.id, before.id)),
    )
  const found = await drizzle(env.DB)
    .select()
    .from(auditEntries)
    .where(and(eq(auditEntries.organizationId, organizationId), isBefore))
    .orderBy(desc(auditEntries.createdAt), desc(auditEntries.id))
    .limit(limit + 1)
  const shown = found.slice(0, limit)
  const last = found.length > limit ? shown.at(-1) : undefined
  return {
    entries: shown.map(({ id, createdAt, actorId, actorEmail, projectId, action, target, ipAddress }) => ({
      entryId: id,
      at: new Date(createdAt).toISOString(),
      actor: { userId: actorId, email: actorEmail },
      projectId,
      action,
      target,
      ipAddress,
    })),
    next: last ? writeCursor(last) : null,
  }
}
