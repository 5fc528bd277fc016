import { env } from 'cloudflare:workers'
import type { auditAnswerSchema, membersAnswerSchema, Role } from '@radist-tech/protocol/dashboard'
import { eq } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { invitations, members } from '../../../../drizzle/auth-schema.ts'
import {
  addMember,
  linkIn,
  mailsTo,
  newOrganization,
  newUser,
  type SignedIn,
  signedIn,
} from '../testing/dashboard-fixture.ts'
import { acceptInvitation, changeRole, removeMember } from './members.ts'

const invite = async (owner: SignedIn, email: string, role: Role = 'developer') => {
  const answer = await owner.ask(`/organizations/${owner.organizationId}/invitations`, {
    body: { email, role },
  })
  expect(answer.status).toBe(200)
  const { invitationId }: { invitationId: string } = await answer.json()
  return invitationId
}
const accept = async (user: SignedIn, invitationId: string) =>
  (await user.ask(`/invitations/${invitationId}/accept`, { body: {} })).status
const membersOf = async (who: SignedIn, organizationId = who.organizationId) => {
  const answer = await who.ask(`/organizations/${organizationId}/members`)
  const body: z.infer<typeof membersAnswerSchema> = await answer.json()
  return body
}

describe('an invitation', () => {
  test('makes a member of whom it was sent to, by its link', async () => {
    const [owner, guest] = [await signedIn('owner'), await signedIn('owner')]
    await invite(owner, guest.email.toUpperCase(), 'billing')
    const [mail] = await mailsTo(guest.email, 1)
    const invitationId = linkIn(mail ?? { text: '' }).replace('/invitations/', '')
    expect(await (await guest.ask(`/invitations/${invitationId}`)).json()).toMatchObject({
      organizationName: 'Test',
      inviterName: 'Test',
      email: guest.email,
      role: 'billing',
    })
    expect((await membersOf(owner)).invitations).toMatchObject([{ invitationId, email: guest.email }])
    expect(await accept(guest, invitationId)).toBe(200)
    const { members: all, invitations: open } = await membersOf(guest, owner.organizationId)
    expect(all.map(({ email, role }) => [email, role])).toEqual([
      [owner.email, 'owner'],
      [guest.email, 'billing'],
    ])
    expect(open).toEqual([])
  })

  test('is not there for anybody else', async () => {
    const [owner, guest, thief] = [await signedIn('owner'), await signedIn('owner'), await signedIn('owner')]
    const invitationId = await invite(owner, guest.email)
    const statuses = [
      (await thief.ask(`/invitations/${invitationId}`)).status,
      await accept(thief, invitationId),
      (await thief.ask(`/invitations/${invitationId}/reject`, { body: {} })).status,
      // Nor for the owner of another organisation to withdraw.
      (
        await thief.ask(`/organizations/${thief.organizationId}/invitations/${invitationId}`, {
          method: 'DELETE',
        })
      ).status,
    ]
    expect(statuses).toEqual([404, 404, 404, 404])
    expect(await accept(guest, invitationId)).toBe(200)
  })

  test('is good once, also when it is taken many times at once', async () => {
    const [owner, guest] = [await signedIn('owner'), await signedIn('owner')]
    const invitationId = await invite(owner, guest.email)
    const statuses = await Promise.all(Array.from({ length: 4 }, () => accept(guest, invitationId)))
    expect(statuses.sort()).toEqual([200, 404, 404, 404])
    const { members: all } = await membersOf(owner)
    expect(all.filter(({ userId }) => userId === guest.userId)).toHaveLength(1)
    const path = `/organizations/${owner.organizationId}/members/${all[1]?.memberId}`
    expect((await owner.ask(path, { method: 'DELETE' })).status).toBe(200)
    expect(await accept(guest, invitationId)).toBe(404)
  })

  test.each([
    [
      'withdrawn',
      (owner: SignedIn, id: string) =>
        owner.ask(`/organizations/${owner.organizationId}/invitations/${id}`, { method: 'DELETE' }),
    ],
    ['replaced', (owner: SignedIn, _: string, email: string) => invite(owner, email, 'billing')],
    [
      'expired',
      (_: SignedIn, id: string) =>
        drizzle(env.DB).update(invitations).set({ expiresAt: new Date() }).where(eq(invitations.id, id)),
    ],
    [
      'rejected',
      (_: SignedIn, id: string, __: string, guest: SignedIn) =>
        guest.ask(`/invitations/${id}/reject`, { body: {} }),
    ],
  ])('is worth nothing when it is %s', async (_, end) => {
    const [owner, guest] = [await signedIn('owner'), await signedIn('owner')]
    const invitationId = await invite(owner, guest.email)
    await end(owner, invitationId, guest.email, guest)
    expect(await accept(guest, invitationId)).toBe(404)
  })

  test.each(['removed', 'made a developer'])('is worth nothing when whoever sent it is %s', async (how) => {
    const owner = await signedIn('owner')
    const other = await signedIn('owner', { organizationId: owner.organizationId })
    const guest = await signedIn('owner')
    const invitationId = await invite(other, guest.email, 'owner')
    const path = `/organizations/${owner.organizationId}/members/${other.memberId}`
    const answer =
      how === 'removed'
        ? await owner.ask(path, { method: 'DELETE' })
        : await owner.ask(path, { method: 'PATCH', body: { role: 'developer' } })
    expect(answer.status).toBe(200)
    expect(await accept(guest, invitationId)).toBe(404)
  })

  test('is not sent to members', async () => {
    const owner = await signedIn('owner')
    const answer = await owner.ask(`/organizations/${owner.organizationId}/invitations`, {
      body: { email: owner.email, role: 'developer' },
    })
    expect([answer.status, await answer.json()]).toEqual([
      409,
      expect.objectContaining({ code: 'already_member' }),
    ])
  })
})

describe('nobody rises by themself', () => {
  test.each(['developer', 'billing'] as const)('%s', async (role) => {
    const owner = await signedIn('owner')
    const member = await signedIn(role, { organizationId: owner.organizationId })
    const base = `/organizations/${owner.organizationId}`
    const attempts = [
      member.ask(`${base}/invitations`, { body: { email: 'accomplice@radist.test', role: 'owner' } }),
      member.ask(`${base}/members/${member.memberId}`, { method: 'PATCH', body: { role: 'owner' } }),
      member.ask(`${base}/members/${owner.memberId}`, { method: 'PATCH', body: { role: 'billing' } }),
      member.ask(`${base}/members/${owner.memberId}`, { method: 'DELETE' }),
    ]
    for (const answer of await Promise.all(attempts)) expect(answer.status).toBe(403)
    // Nor by the organisation of which they are the owner.
    const own = await newOrganization()
    await addMember(own, member.userId, 'owner')
    const through = await member.ask(`/organizations/${own}/members/${owner.memberId}`, { method: 'DELETE' })
    expect(through.status).toBe(404)
    expect((await membersOf(owner)).members.map((one) => one.role)).toEqual(['owner', role])
  })
})

describe('the last owner', () => {
  test('neither leaves nor is made anything else', async () => {
    const owner = await signedIn('owner')
    await signedIn('developer', { organizationId: owner.organizationId })
    const base = `/organizations/${owner.organizationId}`
    const path = `${base}/members/${owner.memberId}`
    for (const answer of [
      await owner.ask(`${base}/leave`, { body: {} }),
      await owner.ask(path, { method: 'DELETE' }),
      await owner.ask(path, { method: 'PATCH', body: { role: 'billing' } }),
    ])
      expect([answer.status, await answer.json()]).toEqual([
        409,
        expect.objectContaining({ code: 'last_owner' }),
      ])
    await signedIn('owner', { organizationId: owner.organizationId })
    expect((await owner.ask(`${base}/leave`, { body: {} })).status).toBe(200)
    expect((await owner.ask(`${base}/members`)).status).toBe(404)
  })

  test('remains, whatever happens at the same time', async () => {
    const people = await Promise.all(Array.from({ length: 4 }, () => newUser()))
    const role = fc.constantFrom<Role>('owner', 'developer', 'billing')
    const who = fc.nat({ max: people.length - 1 })
    const change = fc.oneof(fc.record({ who, role }), fc.record({ who }))
    const changes = fc.array(change, { minLength: 2, maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(fc.array(role, { minLength: 4, maxLength: 4 }), changes, async (roles, steps) => {
        roles[0] = 'owner'
        const organizationId = await newOrganization()
        const ids = await Promise.all(
          people.map(({ userId }, n) => addMember(organizationId, userId, roles[n] ?? 'owner')),
        )
        await Promise.allSettled(
          steps.map((step) => {
            const member = { organizationId, memberId: ids[step.who] ?? '' }
            return 'role' in step ? changeRole(env, member, step.role) : removeMember(env, member)
          }),
        )
        const left = await drizzle(env.DB)
          .select({ role: members.role })
          .from(members)
          .where(eq(members.organizationId, organizationId))
        expect(left).toContainEqual({ role: 'owner' })
      }),
      { numRuns: 30 },
    )
  })
})

test('an invitation taken at the last moment is good until its time is over', async () => {
  const [owner, guest] = [await signedIn('owner'), await newUser()]
  const invitationId = await invite(owner, guest.email)
  const [row] = await drizzle(env.DB).select().from(invitations).where(eq(invitations.id, invitationId))
  const expiresAt = row?.expiresAt.getTime() ?? 0
  await expect(acceptInvitation(env, invitationId, guest, expiresAt)).rejects.toMatchObject({
    code: 'invitation_not_found',
  })
  expect(await acceptInvitation(env, invitationId, guest, expiresAt - 1)).toBe(owner.organizationId)
})

test('the audit log has each change with who made it, a page at a time', async () => {
  const [owner, guest] = [await signedIn('owner'), await signedIn('owner')]
  const base = `/organizations/${owner.organizationId}`
  await owner.ask(base, { method: 'PATCH', body: { name: 'Renamed' } })
  await accept(guest, await invite(owner, guest.email))
  const memberId = (await membersOf(owner)).members[1]?.memberId
  await owner.ask(`${base}/members/${memberId}`, { method: 'PATCH', body: { role: 'billing' } })
  await owner.ask(`${base}/members/${memberId}`, { method: 'DELETE' })
  const withdrawn = await invite(owner, guest.email, 'owner')
  await owner.ask(`${base}/invitations/${withdrawn}`, { method: 'DELETE' })

  const entries: z.infer<typeof auditAnswerSchema>['entries'] = []
  let before: string | null = null
  do {
    const query: string = before === null ? '' : `&before=${before}`
    const page: z.infer<typeof auditAnswerSchema> = await (
      await owner.ask(`${base}/audit?limit=2${query}`)
    ).json()
    expect(page.entries.length).toBeLessThanOrEqual(2)
    entries.push(...page.entries)
    before = page.next
  } while (before !== null)
  expect(entries.reverse().map(({ actor, action, target }) => [actor.email, action, target])).toEqual([
    [owner.email, 'organization.renamed', 'Renamed'],
    [owner.email, 'invitation.created', `${guest.email}: developer`],
    [guest.email, 'member.joined', `${guest.email}: developer`],
    [owner.email, 'member.role_changed', `${guest.email}: billing`],
    [owner.email, 'member.removed', guest.email],
    [owner.email, 'invitation.created', `${guest.email}: owner`],
    [owner.email, 'invitation.withdrawn', guest.email],
  ])
  expect(entries[0]).toMatchObject({ ipAddress: owner.ipAddress, projectId: null })
  for (const query of ['limit=0', 'limit=101', 'limit=x', 'before=x'])
    expect((await owner.ask(`${base}/audit?${query}`)).status).toBe(400)
})

test('whoever makes an organisation is its owner', async () => {
  const user = await signedIn('billing')
  const made: { organizationId: string } = await (
    await user.ask('/organizations', { body: { name: ' Another ' } })
  ).json()
  expect(await (await user.ask('/session')).json()).toMatchObject({
    organizations: expect.arrayContaining([
      { organizationId: made.organizationId, name: 'Another', role: 'owner' },
      { organizationId: user.organizationId, name: 'Test', role: 'billing' },
    ]),
  })
})
