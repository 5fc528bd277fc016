/** Invitations: made and withdrawn by an organisation's owners, answered by whom they were sent to. */
import { waitUntil } from 'cloudflare:workers'
import { inviteBodySchema, type receivedInvitationSchema, roleSchema } from '@radist-tech/protocol/dashboard'
import { and, eq } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import type { z } from 'zod'
import { invitations, members, organizations, users } from '../../../../../drizzle/auth-schema.ts'
import { ApiError } from '../../api-error.ts'
import { jsonBody } from '../../json-body.ts'
import { countAttempt } from '../attempts.ts'
import { audit } from '../audit.ts'
import { dashboardOrigin } from '../auth.ts'
import { sendMail } from '../mail.ts'
import { invitationMail } from '../mail-texts.ts'
import { acceptInvitation, isOpenFor } from '../members.ts'
import type { DashboardContext, DashboardRoutes, SignedInUser } from '../router.ts'

const GOOD_FOR_MS = 7 * 24 * 3600 * 1000
/** Each is a mail to an address that its owner has not given us. */
const OF_AN_ORGANIZATION = { window: 3600, max: 50 }

export function invitationRoutes(routes: DashboardRoutes): void {
  routes.organization('post', '/invitations', 'members:manage', async (c, { actor, organizationId }) => {
    const body = await jsonBody(c, inviteBodySchema)
    const email = body.email.toLowerCase()
    const db = drizzle(c.env.DB)
    const [member] = await db
      .select({ id: members.id })
      .from(members)
      .innerJoin(users, eq(users.id, members.userId))
      .where(and(eq(members.organizationId, organizationId), eq(users.email, email)))
    if (member) throw new ApiError('already_member')
    const attempt = await countAttempt(c.env, `invitations|${organizationId}`, OF_AN_ORGANIZATION)
    if (!attempt.allowed) throw new ApiError('too_many_requests')

    const [organization] = await db
      .select({ name: organizations.name })
      .from(organizations)
      .where(eq(organizations.id, organizationId))
    const [inviter] = await db.select({ name: users.name }).from(users).where(eq(users.id, actor.userId))
    const invitationId = crypto.randomUUID()
    const expiresAt = new Date(Date.now() + GOOD_FOR_MS)
    await db.batch([
      // The last one counts, with its role.
      db
        .update(invitations)
        .set({ status: 'canceled' })
        .where(
          and(
            eq(invitations.organizationId, organizationId),
            eq(invitations.email, email),
            eq(invitations.status, 'pending'),
          ),
        ),
      db.insert(invitations).values({
        id: invitationId,
        organizationId,
        email,
        role: body.role,
        expiresAt,
        inviterId: actor.userId,
      }),
    ])
    await audit(c.env, actor, { action: 'invitation.created', target: `${email}: ${body.role}` })
    const mail = invitationMail(email, {
      organizationName: organization?.name ?? '',
      inviterName: inviter?.name ?? '',
      role: body.role,
      url: `${dashboardOrigin(c.env, c.req.raw)}/invitations/${invitationId}`,
    })
    waitUntil(sendMail(c.env, mail))
    return c.json({ invitationId, email, role: body.role, expiresAt: expiresAt.toISOString() })
  })

  routes.organization(
    'delete',
    '/invitations/:invitationId',
    'members:manage',
    async (c, { actor, organizationId }) => {
      const invitationId = c.req.param('invitationId') ?? ''
      const [withdrawn] = await drizzle(c.env.DB)
        .update(invitations)
        .set({ status: 'canceled' })
        .where(
          and(
            eq(invitations.id, invitationId),
            eq(invitations.organizationId, organizationId),
            eq(invitations.status, 'pending'),
          ),
        )
        .returning({ email: invitations.email })
      if (!withdrawn) throw new ApiError('invitation_not_found')
      await audit(c.env, actor, { action: 'invitation.withdrawn', target: withdrawn.email })
      return c.json({ invitationId })
    },
  )

  routes.user('get', '/invitations/:invitationId', async (c, { user }) => c.json(await received(c, user)))

  routes.user('post', '/invitations/:invitationId/accept', async (c, { user }) => {
    const invitation = await received(c, user)
    const organizationId = await acceptInvitation(c.env, invitation.invitationId, user, Date.now())
    const { userId, email, ipAddress } = user
    const actor = { userId, email, organizationId, ipAddress }
    await audit(c.env, actor, { action: 'member.joined', target: `${email}: ${invitation.role}` })
    return c.json({ organizationId, name: invitation.organizationName })
  })

  routes.user('post', '/invitations/:invitationId/reject', async (c, { user }) => {
    const invitationId = c.req.param('invitationId') ?? ''
    const [rejected] = await drizzle(c.env.DB)
      .update(invitations)
      .set({ status: 'rejected' })
      .where(isOpenFor(invitationId, user.email, Date.now()))
      .returning({ id: invitations.id })
    if (!rejected) throw new ApiError('invitation_not_found')
    return c.json({ invitationId })
  })
}

/** @throws {ApiError} `invitation_not_found`, also when it is for somebody else */
async function received(
  c: DashboardContext,
  user: SignedInUser,
): Promise<z.infer<typeof receivedInvitationSchema>> {
  const [found] = await drizzle(c.env.DB)
    .select({ invitation: invitations, organizationName: organizations.name, inviterName: users.name })
    .from(invitations)
    .innerJoin(organizations, eq(organizations.id, invitations.organizationId))
    .innerJoin(users, eq(users.id, invitations.inviterId))
    .where(isOpenFor(c.req.param('invitationId') ?? '', user.email, Date.now()))
  if (!found) throw new ApiError('invitation_not_found')
  const { id, email, role, expiresAt } = found.invitation
  return {
    invitationId: id,
    email,
    role: roleSchema.parse(role),
    expiresAt: expiresAt.toISOString(),
    organizationName: found.organizationName,
    inviterName: found.inviterName,
  }
}
