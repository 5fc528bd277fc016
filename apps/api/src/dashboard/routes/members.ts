/** `/organizations/:organizationId/members`: who belongs to it and in which role. */
import { memberRoleBodySchema, type membersAnswerSchema, roleSchema } from '@radist-tech/protocol/dashboard'
import { and, asc, eq, gt } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import type { z } from 'zod'
import { invitations, members, users } from '../../../../../drizzle/auth-schema.ts'
import { ApiError } from '../../api-error.ts'
import type { Env } from '../../env.ts'
import { jsonBody } from '../../json-body.ts'
import { audit } from '../audit.ts'
import { changeRole, removeMember } from '../members.ts'
import type { DashboardRoutes } from '../router.ts'

type Members = z.infer<typeof membersAnswerSchema>

export function memberRoutes(routes: DashboardRoutes): void {
  routes.organization('get', '/members', 'members:read', async (c, { organizationId }) => {
    const answer: Members = {
      members: await membersOf(c.env, organizationId),
      invitations: await openInvitationsOf(c.env, organizationId),
    }
    return c.json(answer)
  })

  routes.organization(
    'patch',
    '/members/:memberId',
    'members:manage',
    async (c, { actor, organizationId }) => {
      const { role } = await jsonBody(c, memberRoleBodySchema)
      const member = await memberOf(c.env, organizationId, c.req.param('memberId') ?? '')
      await changeRole(c.env, { organizationId, memberId: member.memberId }, role)
      await audit(c.env, actor, { action: 'member.role_changed', target: `${member.email}: ${role}` })
      return c.json({ ...member, role })
    },
  )

  routes.organization(
    'delete',
    '/members/:memberId',
    'members:manage',
    async (c, { actor, organizationId }) => {
      const { memberId, email } = await memberOf(c.env, organizationId, c.req.param('memberId') ?? '')
      await removeMember(c.env, { organizationId, memberId })
      await audit(c.env, actor, { action: 'member.removed', target: email })
      return c.json({ memberId })
    },
  )

  routes.organization('post', '/leave', 'organization:read', async (c, { actor, organizationId }) => {
    const all = await membersOf(c.env, organizationId)
    const member = all.find(({ userId }) => userId === actor.userId)
    if (!member) throw new ApiError('member_not_found')
    await removeMember(c.env, { organizationId, memberId: member.memberId })
    await audit(c.env, actor, { action: 'member.left', target: actor.email })
    return c.json({ memberId: member.memberId })
  })
}

async function memberOf(env: Env, organizationId: string, memberId: string) {
  const member = (await membersOf(env, organizationId)).find((one) => one.memberId === memberId)
  if (!member) throw new ApiError('member_not_found')
  return member
}

async function membersOf(env: Env, organizationId: string): Promise<Members['members']> {
  const found = await drizzle(env.DB)
    .select({
      memberId: members.id,
      userId: users.id,
      name: users.name,
      email: users.email,
      role: members.role,
      joinedAt: members.createdAt,
    })
    .from(members)
    .innerJoin(users, eq(users.id, members.userId))
    .where(eq(members.organizationId, organizationId))
    .orderBy(asc(members.createdAt), asc(members.id))
  return found.map(({ role, joinedAt, ...member }) => ({
    ...member,
    role: roleSchema.parse(role),
    joinedAt: joinedAt.toISOString(),
  }))
}

async function openInvitationsOf(env: Env, organizationId: string): Promise<Members['invitations']> {
  const found = await drizzle(env.DB)
    .select()
    .from(invitations)
    .where(
      and(
        eq(invitations.organizationId, organizationId),
        eq(invitations.status, 'pending'),
        gt(invitations.expiresAt, new Date()),
      ),
    )
    .orderBy(asc(invitations.createdAt), asc(invitations.id))
  return found.map(({ id, email, role, expiresAt }) => ({
    invitationId: id,
    email,
    role: roleSchema.parse(role),
    expiresAt: expiresAt.toISOString(),
  }))
}
