/** Calls in the dashboard: lists, one with its timeline, its live socket, and its end. */
import { type CallId, callIdSchema, type ProjectId } from '@radist-tech/protocol'
import type { dashboardCallsAnswerSchema } from '@radist-tech/protocol/dashboard'
import { and, asc, desc, eq, gte, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import type { z } from 'zod'
import { calls } from '../../../../../drizzle/schema.ts'
import { ApiError } from '../../api-error.ts'
import type { Env } from '../../env.ts'
import { audit } from '../audit.ts'
import { type Listing, listPage } from '../connection-lists.ts'
import type { DashboardContext, DashboardRoutes } from '../router.ts'
import { watchObject } from '../watch-object.ts'

type ListedCall = z.input<typeof dashboardCallsAnswerSchema>['calls'][number]

export function callRoutes(routes: DashboardRoutes): void {
  routes.project('get', '/calls', 'media:read', async (c, { project }) => {
    const { rows, ...page } = await listPage(c, project.projectId, listingOf(c.env, project.projectId))
    return c.json({ calls: rows.map(viewRow), ...page })
  })

  routes.project('get', '/calls/:callId', 'media:read', async (c, { project }) => {
    const looked = await c.env.CALL.getByName(callIdOf(c)).look(project.projectId)
    if (!looked.ok) throw new ApiError(looked.code)
    const { ok: _ok, ...answer } = looked
    return c.json(answer)
  })

  routes.project('get', '/calls/:callId/live', 'media:read', (c, { project }) =>
    watchObject(c, c.env.CALL.getByName(callIdOf(c)), project.projectId),
  )

  routes.project('delete', '/calls/:callId', 'media:control', async (c, { actor, project }) => {
    const callId = callIdOf(c)
    const { projectId } = project
    const ended = await c.env.CALL.getByName(callId).end(projectId)
    if (!ended.ok) throw new ApiError(ended.code)
    await audit(c.env, actor, { action: 'call.ended', target: callId, projectId })
    return c.json(ended.call)
  })
}

/** @throws {ApiError} `call_not_found` */
function callIdOf(c: DashboardContext): CallId {
  const callId = callIdSchema.safeParse(c.req.param('callId')?.toLowerCase())
  if (!callId.success) throw new ApiError('call_not_found')
  return callId.data
}

type CallRow = typeof calls.$inferSelect & { endedAt: number | null }

const viewRow = ({ callId, createdAt, endedAt, peerCount, endedReason }: CallRow) =>
  ({
    callId: callIdSchema.parse(callId),
    createdAt: new Date(createdAt).toISOString(),
    endedAt: endedAt === null ? null : new Date(endedAt).toISOString(),
    peers: peerCount,
    endedReason,
  }) satisfies ListedCall

function listingOf(env: Env, projectId: ProjectId): Listing<CallRow> {
  const db = drizzle(env.DB)
  const isProjects = eq(calls.projectId, projectId)
  const listed = (row: typeof calls.$inferSelect): CallRow => ({ ...row, endedAt: row.tombstonedAt })
  return {
    kind: 'call',
    async firstSince(time) {
      const [first] = await db
        .select({ sequence: calls.sequence })
        .from(calls)
        .where(and(isProjects, gte(calls.createdAt, time)))
        .orderBy(asc(calls.createdAt))
        .limit(1)
      return first?.sequence ?? null
    },
    async rows(numbers) {
      const isOnPage = sql`${calls.sequence} IN (SELECT value FROM json_each(${JSON.stringify(numbers)}))`
      const rows = await db
        .select()
        .from(calls)
        .where(and(isProjects, isOnPage))
        .orderBy(desc(calls.sequence))
      return rows.map(listed)
    },
    async row(id) {
      const [row] = await db
        .select()
        .from(calls)
        .where(and(isProjects, eq(calls.callId, id.trim().toLowerCase())))
      return row ? listed(row) : null
    },
  }
}
