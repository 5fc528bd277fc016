/**
 * Who belongs to an organisation, in D1. Each change is one batch, all or nothing, and holds by itself what
 * must hold however many changes happen at once: an organisation keeps an owner.
 */
import type { Role } from '@radist-tech/protocol/dashboard'
import { and, eq, exists, gt, ne, notExists, or, sql } from 'drizzle-orm'
import { type DrizzleD1Database, drizzle } from 'drizzle-orm/d1'
import { alias } from 'drizzle-orm/sqlite-core'
import { invitations, members } from '../../../../drizzle/auth-schema.ts'
import { ApiError } from '../api-error.ts'
import type { Env } from '../env.ts'

interface Membership {
  organizationId: string
  memberId: string
}

/** @throws {ApiError} `member_not_found`, `last_owner` */
export async function changeRole(env: Env, member: Membership, role: Role): Promise<void> {
  const db = drizzle(env.DB)
  const [changed] = await db.batch([
    db
      .update(members)
      .set({ role })
      .where(and(isMember(member), role === 'owner' ? undefined : leavesAnOwner(db, member)))
      .returning({ id: members.id }),
    withdrawInvitations(db, member.organizationId),
  ])
  if (changed.length === 0) throw await refusal(db, member)
}

/** @throws {ApiError} `member_not_found`, `last_owner` */
export async function removeMember(env: Env, member: Membership): Promise<void> {
  const db = drizzle(env.DB)
  const [removed] = await db.batch([
    db
      .delete(members)
      .where(and(isMember(member), leavesAnOwner(db, member)))
      .returning({ id: members.id }),
    withdrawInvitations(db, member.organizationId),
  ])
  if (removed.length === 0) throw await refusal(db, member)
}

/**
 * Makes the user a member by the invitation, which is good once, until it expires, for its address alone.
 * @returns the organisation's id
 * @throws {ApiError} `invitation_not_found`
 */
export async function acceptInvitation(
  env: Env,
  invitationId: string,
  user: { userId: string; email: string },
  now: number,
): Promise<string> {
  const db = drizzle(env.DB)
  const isOpen = isOpenFor(invitationId, user.email, now)
  const [, accepted] = await db.batch([
    db
      .insert(members)
      .select(
        db
          .select({
            id: sql<string>`${crypto.randomUUID()}`.as('id'),
            organizationId: invitations.organizationId,
            userId: sql<string>`${user.userId}`.as('user_id'),
            role: sql<string>`${invitations.role}`.as('role'),
            createdAt: sql<Date>`${now}`.as('created_at'),
          })
          .from(invitations)
          .where(isOpen),
      )
      .onConflictDoNothing(),
    db
      .update(invitations)
      .set({ status: 'accepted' })
      .where(isOpen)
      .returning({ organizationId: invitations.organizationId }),
  ])
  if (!accepted[0]) throw new ApiError('invitation_not_found')
  return accepted[0].organizationId
}

/** The invitation, while it can be accepted by whoever has this address. */
export const isOpenFor = (invitationId: string, email: string, now: number) =>
  and(
    eq(invitations.id, invitationId),
    eq(invitations.email, email.toLowerCase()),
    eq(invitations.status, 'pending'),
    gt(invitations.expiresAt, new Date(now)),
  )

const isMember = ({ organizationId, memberId }: Membership) =>
  and(eq(members.organizationId, organizationId), eq(members.id, memberId))

function leavesAnOwner(db: DrizzleD1Database, { organizationId, memberId }: Membership) {
  const others = alias(members, 'others')
  const otherOwner = db
    .select({ id: others.id })
    .from(others)
    .where(and(eq(others.organizationId, organizationId), eq(others.role, 'owner'), ne(others.id, memberId)))
  return or(ne(members.role, 'owner'), exists(otherOwner))
}

/** Invitations of somebody who may not invite any more are worth nothing. */
function withdrawInvitations(db: DrizzleD1Database, organizationId: string) {
  const owner = db
    .select({ id: members.id })
    .from(members)
    .where(
      and(
        eq(members.organizationId, organizationId),
        eq(members.userId, invitations.inviterId),
        eq(members.role, 'owner'),
      ),
    )
  return db
    .update(invitations)
    .set({ status: 'canceled' })
    .where(
      and(
        eq(invitations.organizationId, organizationId),
        eq(invitations.status, 'pending'),
        notExists(owner),
      ),
    )
}

async function refusal(db: DrizzleD1Database, member: Membership): Promise<ApiError> {
  const [found] = await db.select({ id: members.id }).from(members).where(isMember(member))
  return new ApiError(found ? 'last_owner' : 'member_not_found')
}
