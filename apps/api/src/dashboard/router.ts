/**
 * The one way to add an endpoint to the dashboard: each says who may use it, and is asked only for those.
 * The checks, in this order: signed in (401); of our own page (403); a member, or else nothing is there
 * (404); a role that permits it (403). The body comes after them.
 */
import { type ProjectId, projectIdSchema } from '@radist-tech/protocol'
import { type DashboardPermission, mayRole, type Role, roleSchema } from '@radist-tech/protocol/dashboard'
import { and, eq } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { type Context, Hono } from 'hono'
import { members } from '../../../../drizzle/auth-schema.ts'
import { projects } from '../../../../drizzle/schema.ts'
import { ApiError, refuseSocket } from '../api-error.ts'
import { configOf, type Env } from '../env.ts'
import { authOf } from './auth.ts'
import { requireOwnPage } from './own-page.ts'

export type DashboardContext = Context<{ Bindings: Env }>

export interface SignedInUser {
  userId: string
  /** Confirmed to be the user's. */
  email: string
  name: string
  twoFactorEnabled: boolean
  /** Whether the user runs this installation: the address is one of RADIST_OPERATOR_EMAILS. */
  isOperator: boolean
  /** As Cloudflare knows it; null where there is no Cloudflare. */
  ipAddress: string | null
}

/** A member of the organisation that the request is about. */
export interface Actor {
  userId: string
  email: string
  role: Role
  organizationId: string
  ipAddress: string | null
}

export interface ActorsProject {
  projectId: ProjectId
  organizationId: string
  name: string
  /** Milliseconds since 1970; null while it is in use. */
  archivedAt: number | null
}

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'
type Answer = Response | Promise<Response>

/** An endpoint and whom it is for, as the matrix test walks them. */
export type DashboardEndpoint = {
  readonly method: Method
  /** Below `/api/dashboard`, with its parameters as `:name`. */
  readonly path: string
} & (
  | { readonly scope: 'public' | 'user' | 'operator' }
  | { readonly scope: 'organization' | 'project'; readonly permission: DashboardPermission }
)

export class DashboardRoutes {
  readonly app = new Hono<{ Bindings: Env }>()
  /** Every endpoint there is. */
  readonly all: DashboardEndpoint[] = []

  constructor() {
    this.app.use(async (c, next) => {
      await next()
      c.header('cache-control', 'no-store')
    })
  }

  /** For anybody, signed in or not. */
  public(method: Method, path: string, handler: (c: DashboardContext) => Answer): void {
    this.all.push({ scope: 'public', method, path })
    this.app.on(method, path, handler)
  }

  /** For whoever is signed in. */
  user(
    method: Method,
    path: string,
    handler: (c: DashboardContext, who: { user: SignedInUser }) => Answer,
  ): void {
    this.#add({ scope: 'user', method, path }, async (c, user) => () => handler(c, { user }))
  }

  /** For those who run this installation; for others it is not there. */
  operator(
    method: Method,
    path: string,
    handler: (c: DashboardContext, who: { user: SignedInUser }) => Answer,
  ): void {
    this.#add({ scope: 'operator', method, path }, async (c, user) => {
      if (!user.isOperator) throw new ApiError('not_found')
      return () => handler(c, { user })
    })
  }

  /** For members of the organisation, below `/organizations/:organizationId`. */
  organization(
    method: Method,
    path: string,
    permission: DashboardPermission,
    handler: (c: DashboardContext, who: { actor: Actor; organizationId: string }) => Answer,
  ): void {
    const fullPath = `/organizations/:organizationId${path}`
    this.#add({ scope: 'organization', method, path: fullPath, permission }, async (c, user) => {
      const actor = await memberOf(c, user, c.req.param('organizationId') ?? '')
      requirePermission(actor, permission)
      return () => handler(c, { actor, organizationId: actor.organizationId })
    })
  }

  /** For members of the project's organisation, below `/projects/:projectId`. */
  project(
    method: Method,
    path: string,
    permission: DashboardPermission,
    handler: (c: DashboardContext, who: { actor: Actor; project: ActorsProject }) => Answer,
  ): void {
    const fullPath = `/projects/:projectId${path}`
    this.#add({ scope: 'project', method, path: fullPath, permission }, async (c, user) => {
      const { actor, project } = await projectOf(c, user, c.req.param('projectId') ?? '')
      requirePermission(actor, permission)
      return () => handler(c, { actor, project })
    })
  }

  #add(
    endpoint: DashboardEndpoint,
    admit: (c: DashboardContext, user: SignedInUser) => Promise<() => Answer>,
  ): void {
    this.all.push(endpoint)
    this.app.on(endpoint.method, endpoint.path, async (c) => {
      const admitted = await guarded(c, async () => {
        const user = await signedInUser(c)
        requireOwnPage(c)
        return admit(c, user)
      })
      return admitted instanceof Response ? admitted : admitted()
    })
  }
}

/** Browsers see no status of a failed upgrade, so a socket is told why by its close. */
async function guarded<T>(c: DashboardContext, admit: () => Promise<T>): Promise<T | Response> {
  try {
    return await admit()
  } catch (error) {
    if (error instanceof ApiError && isUpgrade(c)) return refuseSocket(error.code)
    throw error
  }
}

const isUpgrade = (c: Context): boolean => c.req.header('upgrade')?.toLowerCase() === 'websocket'

/** @throws {ApiError} `not_signed_in` */
async function signedInUser(c: DashboardContext): Promise<SignedInUser> {
  const auth = authOf(c.env, c.req.raw)
  const { headers, response } = await auth.api.getSession({ headers: c.req.raw.headers, returnHeaders: true })
  if (!response?.user.emailVerified) throw new ApiError('not_signed_in')
  // A session in use is prolonged.
  for (const cookie of headers.getSetCookie()) c.header('set-cookie', cookie, { append: true })
  const { id, email, name, twoFactorEnabled } = response.user
  return {
    userId: id,
    email,
    name,
    twoFactorEnabled: twoFactorEnabled ?? false,
    isOperator: configOf(c.env).RADIST_OPERATOR_EMAILS.includes(email.toLowerCase()),
    ipAddress: c.req.header('cf-connecting-ip') ?? null,
  }
}

/** @throws {ApiError} `organization_not_found`, also when it is there for others */
async function memberOf(c: DashboardContext, user: SignedInUser, organizationId: string): Promise<Actor> {
  const [member] = await drizzle(c.env.DB)
    .select({ role: members.role })
    .from(members)
    .where(and(eq(members.organizationId, organizationId), eq(members.userId, user.userId)))
  if (!member) throw new ApiError('organization_not_found')
  return actorOf(user, organizationId, member.role)
}

/** @throws {ApiError} `project_not_found`, also when it is there for others */
async function projectOf(
  c: DashboardContext,
  user: SignedInUser,
  id: string,
): Promise<{ actor: Actor; project: ActorsProject }> {
  const projectId = projectIdSchema.safeParse(id.toLowerCase())
  if (!projectId.success) throw new ApiError('project_not_found')
  const [found] = await drizzle(c.env.DB)
    .select({
      name: projects.name,
      archivedAt: projects.archivedAt,
      organizationId: members.organizationId,
      role: members.role,
    })
    .from(projects)
    .innerJoin(members, eq(members.organizationId, projects.organizationId))
    .where(and(eq(projects.id, projectId.data), eq(members.userId, user.userId)))
  if (!found) throw new ApiError('project_not_found')
  const { role, ...project } = found
  return {
    actor: actorOf(user, found.organizationId, role),
    project: { projectId: projectId.data, ...project },
  }
}

const actorOf = (user: SignedInUser, organizationId: string, role: string): Actor => ({
  userId: user.userId,
  email: user.email,
  role: roleSchema.parse(role),
  organizationId,
  ipAddress: user.ipAddress,
})

/** @throws {ApiError} `role_not_permitted` */
function requirePermission(actor: Actor, permission: DashboardPermission): void {
  if (!mayRole(actor.role, permission)) throw new ApiError('role_not_permitted')
}
