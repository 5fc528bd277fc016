/** Projects, keys and settings, as members of an organisation have them; what the changes do to calls. */
import { env } from 'cloudflare:workers'
import { generateKey, hashSecret, isWellFormedKey } from '@radist-tech/protocol'
import {
  keysAnswerSchema,
  listProjectsAnswerSchema,
  newSecretKeyAnswerSchema,
  type ProjectAnswer,
  projectAnswerSchema,
  projectSettingsAnswerSchema,
} from '@radist-tech/protocol/dashboard'
import { eq } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { auditEntries, billingAccounts, projects, secretKeys } from '../../../../../drizzle/schema.ts'
import { eventually, passTime, restoreTime } from '../../testing/clock.ts'
import { type SignedIn, signedIn } from '../../testing/dashboard-fixture.ts'
import { request } from '../../testing/project-fixture.ts'

let owner: SignedIn
let project: ProjectAnswer
let base: string
beforeAll(async () => {
  owner = await signedIn('owner')
})
beforeEach(async () => {
  project = projectAnswerSchema.parse(await created('Shop'))
  base = `/projects/${project.projectId}`
})
afterEach(restoreTime)

const projectsPath = () => `/organizations/${owner.organizationId}/projects`
async function created(name: string): Promise<unknown> {
  const answer = await owner.ask(projectsPath(), { body: { name } })
  expect(answer.status).toBe(200)
  return answer.json()
}

async function expectCode(answer: Response, status: number, code: string): Promise<void> {
  expect({ status: answer.status, body: await answer.json() }).toMatchObject({ status, body: { code } })
}

const audited = async () =>
  (
    await drizzle(env.DB)
      .select()
      .from(auditEntries)
      .where(eq(auditEntries.projectId, project.projectId))
      .orderBy(auditEntries.createdAt)
  ).map(({ action, target, actorId }) => ({ action, target, actorId }))
const deed = (action: string, target: string) => ({ action, target, actorId: owner.userId })

const createCall = (key: string) =>
  request(`/api/v1/projects/${project.projectId}/calls`, { method: 'POST', key })
const mint = (callId: string, key: string) =>
  request(`/api/v1/p2p/calls/${callId}/token`, { method: 'POST', key })

async function newSecretKey(name = 'Backend') {
  const answer = await owner.ask(`${base}/keys`, { body: { name } })
  expect(answer.status).toBe(200)
  return newSecretKeyAnswerSchema.parse(await answer.json())
}
const keys = async () => keysAnswerSchema.parse(await (await owner.ask(`${base}/keys`)).json())

describe('a new project', () => {
  it('has a public key, is the organisation’s, and is paid for by its account', async () => {
    expect(project).toMatchObject({
      name: 'Shop',
      role: 'owner',
      archivedAt: null,
      organizationId: owner.organizationId,
    })
    expect(isWellFormedKey('public', project.publicKey)).toBe(true)
    expect(await (await owner.ask(base)).json()).toEqual(project)
    const [row] = await drizzle(env.DB)
      .select({ payer: billingAccounts.organizationId })
      .from(projects)
      .innerJoin(billingAccounts, eq(billingAccounts.id, projects.billingAccountId))
      .where(eq(projects.id, project.projectId))
    expect(row?.payer).toBe(owner.organizationId)
    const list = listProjectsAnswerSchema.parse(await (await owner.ask(projectsPath())).json())
    expect(list.projects[0]).toMatchObject({ projectId: project.projectId, name: 'Shop' })
    expect(await audited()).toEqual([deed('project.created', 'Shop')])
  })

  it('makes the billing account of an organisation that has none: once', async () => {
    const other = await signedIn('owner')
    const db = drizzle(env.DB)
    await db.delete(billingAccounts).where(eq(billingAccounts.organizationId, other.organizationId))
    const path = `/organizations/${other.organizationId}/projects`
    const answers = await Promise.all(['A', 'B', 'C'].map((name) => other.ask(path, { body: { name } })))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    const accounts = await db
      .select()
      .from(billingAccounts)
      .where(eq(billingAccounts.organizationId, other.organizationId))
    expect(accounts).toHaveLength(1)
    const made = await db.select().from(projects).where(eq(projects.organizationId, other.organizationId))
    expect(made.map(({ billingAccountId }) => billingAccountId)).toEqual(Array(3).fill(accounts[0]?.id))
  })

  it('is refused without a name, and as the 201st', async () => {
    await expectCode(await owner.ask(projectsPath(), { body: { name: '  ' } }), 400, 'invalid_body')
    const other = await signedIn('owner')
    const rows = Array.from({ length: 200 }, (_, i) => ({
      id: crypto.randomUUID(),
      name: String(i),
      organizationId: other.organizationId,
      createdAt: i,
    }))
    const db = drizzle(env.DB)
    for (let i = 0; i < rows.length; i += 10) await db.insert(projects).values(rows.slice(i, i + 10))
    const answer = await other.ask(`/organizations/${other.organizationId}/projects`, { body: { name: 'X' } })
    await expectCode(answer, 409, 'too_many_projects')
  })
})

describe('a project', () => {
  it('gets another name', async () => {
    const answer = await owner.ask(base, { method: 'PATCH', body: { name: 'Store' } })
    expect(await answer.json()).toEqual({ ...project, name: 'Store' })
    expect((await audited()).at(-1)).toEqual(deed('project.renamed', 'Store'))
  })

  it('is archived, at once for its backend, and restored; each is told once', async () => {
    const { secretKey } = await newSecretKey()
    expect((await createCall(secretKey)).status).toBe(200)
    const archived = projectAnswerSchema.parse(
      await (await owner.ask(`${base}/archive`, { method: 'POST' })).json(),
    )
    expect(archived.archivedAt).not.toBeNull()
    await expectCode(await createCall(secretKey), 403, 'project_archived')
    await expectCode(await owner.ask(`${base}/playground/calls`, { body: {} }), 403, 'project_archived')
    const again = await owner.ask(`${base}/archive`, { method: 'POST' })
    expect(await again.json()).toEqual(archived)
    await owner.ask(`${base}/restore`, { method: 'POST' })
    expect((await createCall(secretKey)).status).toBe(200)
    const told = (await audited()).map(({ action }) => action)
    expect(told.slice(-2)).toEqual(['project.archived', 'project.restored'])
  })
})

it('what is changed of a project is not changed of another', async () => {
  const other = projectAnswerSchema.parse(await created('Other'))
  const path = `/projects/${other.projectId}`
  const seen = () =>
    Promise.all([path, `${path}/settings`, `${path}/keys`].map(async (one) => (await owner.ask(one)).json()))
  const before = await seen()
  const settings = { allowedOrigins: ['https://shop.example'], connectionLimit: 7, iceServers: [] }
  const changes = [
    owner.ask(base, { method: 'PATCH', body: { name: 'Store' } }),
    owner.ask(`${base}/settings`, { method: 'PUT', body: { ...settings, defaultAccessControl: 'private' } }),
    owner.ask(`${base}/keys`, { body: { name: 'Backend' } }),
    owner.ask(`${base}/public-keys/roll`, { body: {} }),
    owner.ask(`${base}/archive`, { method: 'POST' }),
  ]
  expect((await Promise.all(changes)).map(({ status }) => status)).toEqual(Array(5).fill(200))
  expect(await seen()).toEqual(before)
})

describe('secret keys', () => {
  it('are shown once, listed without their secret, used, and revoked at once', async () => {
    const { key, secretKey } = await newSecretKey()
    expect(isWellFormedKey('secret', secretKey)).toBe(true)
    expect(key).toMatchObject({ name: 'Backend', lastFour: secretKey.slice(-4), lastUsedAt: null })
    expect((await createCall(secretKey)).status).toBe(200)
    await eventually(async () => expect((await keys()).secretKeys[0]?.lastUsedAt).not.toBeNull())
    expect(JSON.stringify(await keys())).not.toContain(secretKey)

    const answer = await owner.ask(`${base}/keys/${key.keyId}`, { method: 'DELETE' })
    expect(answer.status).toBe(200)
    await expectCode(await createCall(secretKey), 401, 'invalid_secret_key')
    expect((await keys()).secretKeys[0]?.revokedAt).not.toBeNull()
    await expectCode(await owner.ask(`${base}/keys/${key.keyId}`, { method: 'DELETE' }), 404, 'key_not_found')
    const named = `Backend (…${key.lastFour})`
    expect((await audited()).slice(-2)).toEqual([deed('key.created', named), deed('key.revoked', named)])
    expect(JSON.stringify(await audited())).not.toContain(secretKey)
  })

  it('of another project are not there', async () => {
    const { key } = await newSecretKey()
    const other = projectAnswerSchema.parse(await created('Other'))
    const answer = await owner.ask(`/projects/${other.projectId}/keys/${key.keyId}`, { method: 'DELETE' })
    await expectCode(answer, 404, 'key_not_found')
    expect((await keys()).secretKeys[0]?.revokedAt).toBeNull()
  })

  it('are no more than 100 that are good', async () => {
    const { key } = await newSecretKey()
    const db = drizzle(env.DB)
    for (let i = 1; i < 100; i++) {
      const { projectId } = project
      const row = {
        hash: hashSecret(`${projectId}-${i}`),
        projectId,
        name: 'x',
        lastFour: 'abcd',
        createdAt: i,
      }
      await db.insert(secretKeys).values(row)
    }
    await expectCode(await owner.ask(`${base}/keys`, { body: { name: 'X' } }), 409, 'too_many_keys')
    await owner.ask(`${base}/keys/${key.keyId}`, { method: 'DELETE' })
    await newSecretKey()
  })
})

describe('the public key', () => {
  const roll = (overlapSeconds?: number) =>
    owner.ask(`${base}/public-keys/roll`, {
      body: { ...(overlapSeconds !== undefined && { overlapSeconds }) },
    })
  const revoke = (key: string) => owner.ask(`${base}/public-keys/${key}`, { method: 'DELETE' })
  const newest = async () => projectAnswerSchema.parse(await (await owner.ask(base)).json()).publicKey

  it('is rolled: the former is good until the overlap ends, not after', async () => {
    const { secretKey } = await newSecretKey()
    const { callId } = await (await createCall(secretKey)).json<{ callId: string }>()
    const { publicKeys } = keysAnswerSchema.parse(await (await roll(1800)).json())
    expect(publicKeys).toHaveLength(2)
    const fresh = await newest()
    expect(fresh).not.toBe(project.publicKey)
    expect((await mint(callId, project.publicKey)).status).toBe(200)
    expect((await mint(callId, fresh)).status).toBe(200)
    passTime(1_800_000)
    await expectCode(await mint(callId, project.publicKey), 401, 'invalid_public_key')
    expect((await mint(callId, fresh)).status).toBe(200)
    expect((await audited()).at(-1)).toEqual(deed('public_key.rolled', fresh))
  })

  it('rolled again within an overlap does not make it longer', async () => {
    await roll(3600)
    const before = (await keys()).publicKeys.find(({ publicKey }) => publicKey === project.publicKey)
    await roll()
    const after = (await keys()).publicKeys.find(({ publicKey }) => publicKey === project.publicKey)
    expect(after?.expiresAt).toBe(before?.expiresAt)
    await roll(0)
    const good = (await keys()).publicKeys.filter(({ expiresAt }) => expiresAt === null)
    expect(good).toHaveLength(1)
  })

  it('is revoked at once, unless it is the last that lasts', async () => {
    const { secretKey } = await newSecretKey()
    const { callId } = await (await createCall(secretKey)).json<{ callId: string }>()
    await expectCode(await revoke(project.publicKey), 409, 'last_public_key')
    await roll()
    const fresh = await newest()
    await expectCode(await revoke(fresh), 409, 'last_public_key')
    expect((await revoke(project.publicKey)).status).toBe(200)
    await expectCode(await mint(callId, project.publicKey), 401, 'invalid_public_key')
    expect((await mint(callId, fresh)).status).toBe(200)
    await expectCode(await revoke(project.publicKey), 404, 'key_not_found')
    await expectCode(await revoke(generateKey('public')), 404, 'key_not_found')
    await expectCode(await revoke('rad_pk_x'), 404, 'key_not_found')
    expect((await audited()).at(-1)).toEqual(deed('public_key.revoked', project.publicKey))
  })

  it('is refused a 21st', async () => {
    for (let i = 0; i < 19; i++) expect((await roll()).status).toBe(200)
    await expectCode(await roll(), 409, 'too_many_keys')
  })

  it('has no overlap longer than 30 days', async () => {
    await expectCode(await roll(2_592_001), 400, 'invalid_body')
    await expectCode(await roll(-1), 400, 'invalid_body')
  })
})

describe('settings', () => {
  const DEFAULTS = {
    allowedOrigins: [],
    defaultAccessControl: 'public',
    connectionLimit: 100,
    maxConnectionLimit: 100,
    iceServers: [],
  }
  const read = async () => (await owner.ask(`${base}/settings`)).json()
  const put = (change: object) => {
    const { maxConnectionLimit: _, ...rest } = DEFAULTS
    return owner.ask(`${base}/settings`, { method: 'PUT', body: { ...rest, ...change } })
  }

  it('are as documented until they are changed, and hold at once', async () => {
    expect(projectSettingsAnswerSchema.parse(await read())).toEqual(DEFAULTS)
    const iceServers = [{ urls: ['turn:turn.shop.example:3478'], username: 'u', credential: 'secret' }]
    const answer = await put({
      allowedOrigins: ['HTTPS://Shop.example:443'],
      defaultAccessControl: 'private',
      connectionLimit: 1,
      iceServers,
    })
    const settings = {
      ...DEFAULTS,
      allowedOrigins: ['https://shop.example'],
      defaultAccessControl: 'private',
      connectionLimit: 1,
      iceServers,
    }
    expect(await answer.json()).toEqual(settings)
    expect(await read()).toEqual(settings)
    const { secretKey } = await newSecretKey()
    const { callId } = await (await createCall(secretKey)).json<{ callId: string }>()
    await expectCode(await mint(callId, project.publicKey), 403, 'call_is_private')
    await expectCode(await createCall(secretKey), 429, 'connection_limit_reached')
    const told = (await audited()).find(({ action }) => action === 'settings.changed')
    expect(told?.target).toBe('allowedOrigins, defaultAccessControl, connectionLimit, iceServers')
  })

  it('allow as many connections as the plan, which a subscription makes more', async () => {
    await expectCode(await put({ connectionLimit: 101 }), 400, 'connection_limit_beyond_plan')
    const ofAccount = eq(billingAccounts.organizationId, owner.organizationId)
    const db = drizzle(env.DB)
    await db.update(billingAccounts).set({ subscriptionStatus: 'active' }).where(ofAccount)
    expect((await put({ connectionLimit: 1000 })).status).toBe(200)
    await expectCode(await put({ connectionLimit: 1001 }), 400, 'connection_limit_beyond_plan')
    await db.update(billingAccounts).set({ subscriptionStatus: null }).where(ofAccount)
    expect(await read()).toMatchObject({ connectionLimit: 1000, maxConnectionLimit: 100 })
    // What is set stays, so that the other settings can be changed.
    expect((await put({ connectionLimit: 1000, defaultAccessControl: 'private' })).status).toBe(200)
    expect((await put({ connectionLimit: 999 })).status).toBe(200)
    await expectCode(await put({ connectionLimit: 1000 }), 400, 'connection_limit_beyond_plan')
  })

  it.each([
    { allowedOrigins: ['https://shop.example/path'] },
    { allowedOrigins: ['*'] },
    { connectionLimit: 0 },
    { connectionLimit: 1.5 },
    { iceServers: [{ urls: ['https://turn.example'] }] },
    { iceServers: [{ urls: ['turn:turn.example'] }] },
    { iceServers: [{ urls: [] }] },
    { iceServers: Array.from({ length: 11 }, () => ({ urls: ['stun:stun.example'] })) },
    { organizationId: 'another' },
  ])('are refused, and nothing is changed: %j', async (change) => {
    await expectCode(await put(change), 400, 'invalid_body')
    expect(await read()).toEqual(DEFAULTS)
  })
})
