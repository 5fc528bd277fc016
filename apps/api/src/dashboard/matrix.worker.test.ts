import { env } from 'cloudflare:workers'
import { type Role, roleSchema } from '@radist-tech/protocol/dashboard'
import { drizzle } from 'drizzle-orm/d1'
import { beforeAll, describe, expect, test } from 'vitest'
import { members } from '../../../../drizzle/auth-schema.ts'
import { app } from '../app.ts'
import {
  Browser,
  newUser,
  ORIGIN,
  organizationsProject,
  type SignedIn,
  signedIn,
} from '../testing/dashboard-fixture.ts'
import { dashboardRoutes } from './dashboard.ts'
import type { DashboardEndpoint } from './router.ts'

/** Who may use what, as docs/accounts.md has it, written down apart from the code: a new endpoint needs its row. */
const everyMember: Role[] = ['owner', 'developer', 'billing']
const developers: Role[] = ['owner', 'developer']
const payers: Role[] = ['owner', 'billing']
const rows: Record<string, Role[] | 'anybody' | 'signed in' | 'operators'> = {
  'GET /configuration': 'anybody',
  'GET /session': 'signed in',
  'POST /organizations': 'signed in',
  'GET /invitations/:invitationId': 'signed in',
  'POST /invitations/:invitationId/accept': 'signed in',
  'POST /invitations/:invitationId/reject': 'signed in',
  'PATCH /organizations/:organizationId': ['owner'],
  'GET /organizations/:organizationId/audit': ['owner'],
  'GET /organizations/:organizationId/members': everyMember,
  'PATCH /organizations/:organizationId/members/:memberId': ['owner'],
  'DELETE /organizations/:organizationId/members/:memberId': ['owner'],
  'POST /organizations/:organizationId/leave': everyMember,
  'POST /organizations/:organizationId/invitations': ['owner'],
  'DELETE /organizations/:organizationId/invitations/:invitationId': ['owner'],
  'GET /organizations/:organizationId/projects': everyMember,
  'POST /organizations/:organizationId/projects': developers,
  'GET /projects/:projectId': everyMember,
  'PATCH /projects/:projectId': developers,
  'POST /projects/:projectId/archive': ['owner'],
  'POST /projects/:projectId/restore': ['owner'],
  'GET /projects/:projectId/keys': developers,
  'POST /projects/:projectId/keys': developers,
  'DELETE /projects/:projectId/keys/:keyId': developers,
  'POST /projects/:projectId/public-keys/roll': developers,
  'DELETE /projects/:projectId/public-keys/:publicKey': developers,
  'GET /projects/:projectId/settings': developers,
  'PUT /projects/:projectId/settings': developers,
  'GET /projects/:projectId/billing': everyMember,
  'GET /projects/:projectId/usage': everyMember,
  'GET /projects/:projectId/usage/rooms': everyMember,
  'GET /projects/:projectId/budget': everyMember,
  'PUT /projects/:projectId/budget': payers,
  'POST /projects/:projectId/billing/checkout': payers,
  'POST /projects/:projectId/billing/portal': payers,
  'GET /projects/:projectId/billing/invoices': everyMember,
  'GET /projects/:projectId/billing/meter-events': everyMember,
  'POST /projects/:projectId/billing/meter-events/:identifier/resend': payers,
  'GET /projects/:projectId/billing/reconciliation': everyMember,
  'POST /projects/:projectId/billing/reconciliation': payers,
  'POST /projects/:projectId/playground/calls': developers,
  'POST /projects/:projectId/playground/rooms': developers,
  'POST /projects/:projectId/playground/calls/:callId/token': developers,
  'POST /projects/:projectId/playground/rooms/:roomId/token': developers,
  'GET /fleet/hosts': 'operators',
  'POST /fleet/hosts/:hostId/drain': 'operators',
  'POST /fleet/hosts/:hostId/undrain': 'operators',
  'GET /projects/:projectId/webhooks': developers,
  'POST /projects/:projectId/webhooks': developers,
  'PATCH /projects/:projectId/webhooks/:endpointId': developers,
  'DELETE /projects/:projectId/webhooks/:endpointId': developers,
  'POST /projects/:projectId/webhooks/:endpointId/rotate': developers,
  'POST /projects/:projectId/webhooks/:endpointId/test': developers,
  'GET /projects/:projectId/webhooks/:endpointId/deliveries': developers,
  'GET /projects/:projectId/webhooks/deliveries/:deliveryId': developers,
  'POST /projects/:projectId/webhooks/deliveries/:deliveryId/resend': developers,
  'GET /projects/:projectId/overview': ['owner', 'developer'],
  'GET /projects/:projectId/live': ['owner', 'developer'],
  'GET /projects/:projectId/calls': ['owner', 'developer'],
  'GET /projects/:projectId/calls/:callId': ['owner', 'developer'],
  'GET /projects/:projectId/calls/:callId/live': ['owner', 'developer'],
  'DELETE /projects/:projectId/calls/:callId': ['owner', 'developer'],
  'GET /projects/:projectId/rooms': ['owner', 'developer'],
  'GET /projects/:projectId/rooms/:roomId': ['owner', 'developer'],
  'GET /projects/:projectId/rooms/:roomId/live': ['owner', 'developer'],
  'DELETE /projects/:projectId/rooms/:roomId': ['owner', 'developer'],
  'DELETE /projects/:projectId/rooms/:roomId/participants/:participantId': ['owner', 'developer'],
  'POST /projects/:projectId/rooms/:roomId/participants/:participantId/tracks/:producerId/mute': [
    'owner',
    'developer',
  ],
}

const nameOf = ({ method, path }: DashboardEndpoint) => `${method.toUpperCase()} ${path}`
const isReading = ({ method }: DashboardEndpoint) => method === 'get'

const inside: Partial<Record<Role, SignedIn>> = {}
let outsider: SignedIn
let operator: Browser
let projectId: string

beforeAll(async () => {
  const owner = await signedIn('owner')
  inside.owner = owner
  inside.developer = await signedIn('developer', { organizationId: owner.organizationId })
  inside.billing = await signedIn('billing', { organizationId: owner.organizationId })
  projectId = (await organizationsProject(owner.organizationId)).projectId
  outsider = await signedIn('owner')
  await organizationsProject(outsider.organizationId)
  const { email, ipAddress } = await newUser({ email: 'operator@radist.test' })
  operator = new Browser(ipAddress)
  await operator.signIn(email)
})

const insider = (role: Role): SignedIn => {
  const member = inside[role]
  if (!member) throw new Error(`Nobody has the role ${role}`)
  return member
}

/** Those that an endpoint has removed are back. */
async function restoreMembers(): Promise<void> {
  for (const role of roleSchema.options) {
    const { memberId, organizationId, userId } = insider(role)
    await drizzle(env.DB)
      .insert(members)
      .values({ id: memberId, organizationId, userId, role })
      .onConflictDoUpdate({ target: [members.organizationId, members.userId], set: { role } })
  }
}

const pathOf = (path: string, places: { organizationId: string; projectId: string }) =>
  `/api/dashboard${path
    .replace(':organizationId', places.organizationId)
    .replace(':projectId', places.projectId)
    .replaceAll(/:\w+/g, crypto.randomUUID())}`

async function ask(
  browser: Browser,
  endpoint: DashboardEndpoint,
  options: { headers?: Record<string, string | null>; elsewhere?: boolean } = {},
) {
  const { organizationId } = insider('owner')
  const places = options.elsewhere
    ? { organizationId: crypto.randomUUID(), projectId: crypto.randomUUID() }
    : { organizationId, projectId }
  const answer = await browser.fetch(pathOf(endpoint.path, places), {
    method: endpoint.method.toUpperCase(),
    ...(!isReading(endpoint) && { body: {} }),
    ...(options.headers && { headers: options.headers }),
  })
  const text = await answer.text()
  return { status: answer.status, code: /"code":"(\w+)"/.exec(text)?.[1] ?? null }
}

const ofGuard = [
  'not_signed_in',
  'foreign_origin',
  'organization_not_found',
  'project_not_found',
  'role_not_permitted',
]
/** Whatever the endpoint says to this request, it is the endpoint that says it. */
const passed = { code: expect.not.toBeOneOf(ofGuard) }
const refused = (status: number, code: string) => ({ status, code })

test('every endpoint has a row, and every row an endpoint', () => {
  expect(dashboardRoutes.all.map(nameOf).sort()).toEqual(Object.keys(rows).sort())
})

test('nothing below /api/dashboard is there without a guard', () => {
  const there = app.routes
    .filter(({ method, path }) => method !== 'ALL' && path.startsWith('/api/dashboard'))
    .map(({ method, path }) => `${method} ${path}`)
  const guarded = dashboardRoutes.all.map(
    ({ method, path }) => `${method.toUpperCase()} /api/dashboard${path}`,
  )
  expect(there.sort()).toEqual(guarded.sort())
})

describe.each(dashboardRoutes.all.map((endpoint) => [nameOf(endpoint), endpoint] as const))(
  '%s',
  (name, endpoint) => {
    const allowed = rows[name]

    test('is answered to those whom it is for', async () => {
      const nobody = await ask(new Browser(), endpoint)
      if (allowed === 'anybody') return expect(nobody).toEqual({ status: 200, code: null })
      expect(nobody).toEqual(refused(401, 'not_signed_in'))

      if (allowed === 'operators') {
        expect(await ask(insider('owner'), endpoint)).toEqual(refused(404, 'not_found'))
        expect(await ask(operator, endpoint)).toMatchObject(passed)
        return
      }
      if (allowed === 'signed in') return expect(await ask(outsider, endpoint)).toMatchObject(passed)

      const missing = endpoint.scope === 'project' ? 'project_not_found' : 'organization_not_found'
      expect(await ask(outsider, endpoint)).toEqual(refused(404, missing))
      expect(await ask(operator, endpoint)).toEqual(refused(404, missing))
      expect(await ask(insider('owner'), endpoint, { elsewhere: true })).toEqual(refused(404, missing))
      for (const role of roleSchema.options) {
        await restoreMembers()
        const expected = allowed?.includes(role) ? passed : refused(403, 'role_not_permitted')
        expect.soft(await ask(insider(role), endpoint), role).toMatchObject(expected)
      }
    })

    if (endpoint.path.endsWith('/live'))
      test('opens no socket for others', async () => {
        await restoreMembers()
        const closeOf = async (browser: Browser, origin: string | null) => {
          const headers = { upgrade: 'websocket', origin }
          const { webSocket } = await browser.fetch(pathOf(endpoint.path, { organizationId, projectId }), {
            headers,
          })
          return new Promise<number>((resolve) => {
            webSocket?.addEventListener('close', ({ code }) => resolve(code))
            webSocket?.accept()
          })
        }
        const { organizationId } = insider('owner')
        expect(await closeOf(new Browser(), ORIGIN)).toBe(4401)
        expect(await closeOf(outsider, ORIGIN)).toBe(4404)
        expect(await closeOf(insider('owner'), 'https://evil.test')).toBe(4403)
        expect(await closeOf(insider('owner'), null)).toBe(4403)
      })

    if (isReading(endpoint)) return
    test('is not for pages of others', async () => {
      await restoreMembers()
      const browser = allowed === 'operators' ? operator : insider('owner')
      for (const origin of [
        'https://evil.test',
        'https://radist.test.evil.test',
        'http://radist.test',
        'null',
        null,
      ])
        expect
          .soft(await ask(browser, endpoint, { headers: { origin } }))
          .toEqual(refused(403, 'foreign_origin'))
      for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', null])
        expect
          .soft(await ask(browser, endpoint, { headers: { 'content-type': type } }), `${type}`)
          .toEqual(refused(400, 'invalid_body'))
    })
  },
)
