/** Projects of an organisation: made, named, archived and restored. */
import { generateKey, projectIdSchema } from '@radist-tech/protocol'
import {
  type ProjectAnswer,
  projectNameBodySchema,
  type projectSummarySchema,
  type Role,
} from '@radist-tech/protocol/dashboard'
import { count, desc, eq, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import type { z } from 'zod'
import { organizations } from '../../../../../drizzle/auth-schema.ts'
import { billingAccounts, projects, publicKeys } from '../../../../../drizzle/schema.ts'
import { ApiError } from '../../api-error.ts'
import { authorize } from '../../backend.ts'
import { configOf, type Env } from '../../env.ts'
import { jsonBody } from '../../json-body.ts'
import { audit } from '../audit.ts'
import { ownBackend } from '../own-backend.ts'
import type { Actor, ActorsProject, DashboardContext, DashboardRoutes } from '../router.ts'

/** Of an organisation, archived ones included: each may have its limit of calls and rooms open. */
const MOST_PROJECTS = 200

export function projectRoutes(routes: DashboardRoutes): void {
  routes.organization('get', '/projects', 'projects:read', async (c, { organizationId }) =>
    c.json({ projects: await projectsOf(c.env, organizationId) }),
  )

  routes.organization('post', '/projects', 'projects:manage', async (c, { actor }) => {
    const { name } = await jsonBody(c, projectNameBodySchema)
    return c.json(await makeProject(c.env, actor, name))
  })

  routes.project('get', '', 'projects:read', async (c, { actor, project }) =>
    c.json(await projectAnswer(c.env, project, actor.role)),
  )

  routes.project('patch', '', 'projects:manage', async (c, { actor, project }) => {
    const { name } = await jsonBody(c, projectNameBodySchema)
    const { projectId } = project
    await drizzle(c.env.DB).update(projects).set({ name }).where(eq(projects.id, projectId))
    await audit(c.env, actor, { action: 'project.renamed', target: name, projectId })
    return c.json(await projectAnswer(c.env, { ...project, name }, actor.role))
  })

  routes.project('post', '/archive', 'projects:archive', (c, { actor, project }) =>
    setArchived(c, actor, project, project.archivedAt ?? Date.now()),
  )

  routes.project('post', '/restore', 'projects:archive', (c, { actor, project }) =>
    setArchived(c, actor, project, null),
  )
}

type Summary = z.infer<typeof projectSummarySchema>

async function projectsOf(env: Env, organizationId: string): Promise<Summary[]> {
  const found = await drizzle(env.DB)
    .select({
      id: projects.id,
      name: projects.name,
      createdAt: projects.createdAt,
      archivedAt: projects.archivedAt,
    })
    .from(projects)
    .where(eq(projects.organizationId, organizationId))
    .orderBy(desc(projects.createdAt), desc(projects.id))
  return found.map(({ id, name, createdAt, archivedAt }) => ({
    projectId: projectIdSchema.parse(id),
    name,
    createdAt: new Date(createdAt).toISOString(),
    archivedAt: archivedAt === null ? null : new Date(archivedAt).toISOString(),
  }))
}

/** The project, its public key, and the organisation's billing account if it has none: all or nothing. */
async function makeProject(env: Env, actor: Actor, name: string): Promise<ProjectAnswer> {
  const { organizationId } = actor
  const db = drizzle(env.DB)
  const [found] = await db
    .select({ count: count() })
    .from(projects)
    .where(eq(projects.organizationId, organizationId))
  if (found && found.count >= MOST_PROJECTS) throw new ApiError('too_many_projects')
  const id = projectIdSchema.parse(crypto.randomUUID())
  const createdAt = Date.now()
  const publicKey = generateKey('public')
  const organization = sql`(SELECT name FROM ${organizations} WHERE ${organizations.id} = ${organizationId})`
  const account = sql`(SELECT id FROM ${billingAccounts} WHERE ${billingAccounts.organizationId} = ${organizationId})`
  await db.batch([
    db
      .insert(billingAccounts)
      .values({
        id: crypto.randomUUID(),
        name: sql`${organization}`,
        email: actor.email,
        organizationId,
        createdAt,
      })
      .onConflictDoNothing(),
    db.insert(projects).values({
      id,
      name,
      organizationId,
      billingAccountId: account,
      connectionLimit: configOf(env).RADIST_FREE_CONNECTION_LIMIT,
      createdAt,
    }),
    db.insert(publicKeys).values({ key: publicKey, projectId: id, createdAt }),
  ])
  await audit(env, actor, { action: 'project.created', target: name, projectId: id })
  return {
    projectId: id,
    name,
    createdAt: new Date(createdAt).toISOString(),
    archivedAt: null,
    organizationId,
    role: actor.role,
    publicKey,
  }
}

async function setArchived(
  c: DashboardContext,
  actor: Actor,
  project: ActorsProject,
  archivedAt: number | null,
): Promise<Response> {
  const { projectId, name } = project
  if (archivedAt !== project.archivedAt) {
    await drizzle(c.env.DB).update(projects).set({ archivedAt }).where(eq(projects.id, projectId))
    await c.env.PROJECT.getByName(projectId).invalidateCache()
    const action = archivedAt === null ? 'project.restored' : 'project.archived'
    await audit(c.env, actor, { action, target: name, projectId })
  }
  return c.json(await projectAnswer(c.env, { ...project, archivedAt }, actor.role))
}

async function projectAnswer(env: Env, project: ActorsProject, role: Role): Promise<ProjectAnswer> {
  const { projectId, name, organizationId, archivedAt } = project
  const [row] = await drizzle(env.DB)
    .select({ createdAt: projects.createdAt })
    .from(projects)
    .where(eq(projects.id, projectId))
  const { publicKeys: good } = await authorize(env, ownBackend(project))
  const publicKey = good.at(-1)
  if (!row || publicKey === undefined) throw new Error('The project has lost its row or its key')
  return {
    projectId,
    name,
    createdAt: new Date(row.createdAt).toISOString(),
    archivedAt: archivedAt === null ? null : new Date(archivedAt).toISOString(),
    organizationId,
    role,
    publicKey,
  }
}
