/** Keys and origins that change while calls and rooms are open: what holds at once, and what some seconds later. */
import { evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { eq } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { projects, publicKeys, secretKeys } from '../../../../drizzle/schema.ts'
import { INVALID_KEY } from '../testing/call-pair.ts'
import { eventually, passTime, restoreTime, stopTime } from '../testing/clock.ts'
import { TestHost } from '../testing/host-fixture.ts'
import { addPublicKey, newCall, newProject, request, type TestProject } from '../testing/project-fixture.ts'
import { joinCall, openSocket, reconnection, refusalOf } from '../testing/test-peer.ts'
import { withUnreachable } from '../testing/unreachable-objects.ts'
import { BELIEVED_MS } from './known-access.ts'

const HOME = 'https://app.customer.example'
const FOREIGN = 'https://evil.example'
const HOUR = 3_600_000

let project: TestProject
beforeEach(async () => {
  stopTime()
  project = await newProject()
})
afterEach(restoreTime)

type Change = Partial<typeof projects.$inferInsert>
async function changeProject(change: Change): Promise<void> {
  await drizzle(env.DB).update(projects).set(change).where(eq(projects.id, project.projectId))
  await env.PROJECT.getByName(project.projectId).invalidateCache()
}

async function changeKey(key: string, change: Partial<typeof publicKeys.$inferInsert>): Promise<void> {
  await drizzle(env.DB).update(publicKeys).set(change).where(eq(publicKeys.key, key))
  await env.PROJECT.getByName(project.projectId).invalidateCache()
}
const revoke = (key: string) => changeKey(key, { revokedAt: Date.now() })

const mint = (callId: string, key: string, origin?: string) =>
  request(`/api/v1/p2p/calls/${callId}/token`, {
    method: 'POST',
    key,
    ...(origin !== undefined && { headers: { origin } }),
  })

async function expectCode(answer: Response | Promise<Response>, status: number, code: string): Promise<void> {
  const { status: answered, ...rest } = { status: (await answer).status, body: await (await answer).json() }
  expect({ answered, ...rest }).toMatchObject({ answered: status, body: { code } })
}

describe('a public key that is revoked', () => {
  it('mints no token any more, at once', async () => {
    const { callId } = await newCall(project)
    expect((await mint(callId, project.publicKey)).status).toBe(200)
    await revoke(project.publicKey)
    await expectCode(mint(callId, project.publicKey), 401, 'invalid_public_key')
  })

  it('lets nobody into an open call after 5 s, nor back, and leaves who is in there', async () => {
    const { callTokens } = await newCall(project)
    const inside = await joinCall(project.publicKey, callTokens[0])
    await revoke(project.publicKey)
    passTime(BELIEVED_MS)
    const join = { publicKey: project.publicKey, callToken: callTokens[1] }
    expect(await refusalOf(join)).toEqual(INVALID_KEY)
    expect(await refusalOf(reconnection(inside))).toEqual(INVALID_KEY)
    const second = await addPublicKey(project.projectId)
    await joinCall(second, callTokens[1])
    expect(await inside.socket.expect('peer-joined')).toBeDefined()
  })

  it('lets nobody into an open room after 5 s, nor finds it', async () => {
    const host = await TestHost.enrolled('revoking')
    const created = await request(`/api/v1/projects/${project.projectId}/rooms`, {
      method: 'POST',
      key: project.secretKey,
      body: { region: 'revoking' },
    })
    const { roomId, roomTokens } = await created.json<{ roomId: string; roomTokens: [string, string] }>()
    const join = async (roomToken: string, publicKey: string) => {
      const answer = await host.admitAll([{ roomId, epoch: 1, roomToken, publicKey }])
      const { answers } = await answer.json<{ answers: { ok: boolean; code?: string }[] }>()
      return answers[0]?.ok ? 'admitted' : answers[0]?.code
    }
    expect(await join(roomTokens[0], project.publicKey)).toBe('admitted')
    const locate = (key: string) =>
      request(`/api/v1/sfu/rooms/${roomId}/locate`, {
        method: 'POST',
        key,
        body: { roomToken: roomTokens[1] },
      })
    expect((await locate(project.publicKey)).status).toBe(200)
    await revoke(project.publicKey)
    await expectCode(locate(project.publicKey), 401, 'invalid_public_key')
    passTime(BELIEVED_MS)
    expect(await join(roomTokens[1], project.publicKey)).toBe('invalid_public_key')
    // The refusal has not used up the token; a key that is newer than the room is good.
    expect(await join(roomTokens[1], await addPublicKey(project.projectId))).toBe('admitted')
  })

  it('goes on being good where the project cannot be asked: calls do not fail with it', async () => {
    const { callId, callTokens } = await newCall(project)
    passTime(BELIEVED_MS)
    await evictDurableObject(env.CALL.getByName(callId))
    const met = await withUnreachable(
      (name) => name === project.projectId,
      async () => {
        await joinCall(project.publicKey, callTokens[0])
        expect((await mint(callId, project.publicKey)).status).toBe(200)
      },
    )
    expect(met).toBeGreaterThan(0)
  })
})

describe('a public key that another takes the place of', () => {
  it('is good until its time, in open calls and for the project’s own memory too', async () => {
    const { callId, callTokens } = await newCall(project)
    await changeKey(project.publicKey, { expiresAt: Date.now() + HOUR })
    passTime(HOUR - 1)
    expect((await mint(callId, project.publicKey)).status).toBe(200)
    passTime(1)
    await expectCode(mint(callId, project.publicKey), 401, 'invalid_public_key')
    const join = { publicKey: project.publicKey, callToken: callTokens[0] }
    expect(await refusalOf(join)).toEqual(INVALID_KEY)
  })
})

describe('origins that are changed', () => {
  it('hold for an open call after 5 s', async () => {
    const { callTokens } = await newCall(project)
    await changeProject({ allowedOrigins: JSON.stringify([HOME]) })
    passTime(BELIEVED_MS)
    const join = { publicKey: project.publicKey, callToken: callTokens[0] }
    expect(await refusalOf(join, { origin: FOREIGN })).toMatchObject({ code: 4403 })
    await (await openSocket(join, { origin: HOME })).expect('connected')
  })
})

describe('a project that is archived', () => {
  it('makes nothing any more; what is open goes on', async () => {
    const { callId, callTokens } = await newCall(project)
    await changeProject({ archivedAt: Date.now() })
    const { projectId, secretKey, publicKey } = project
    const post = (path: string) =>
      request(`/api/v1/projects/${projectId}/${path}`, { method: 'POST', key: secretKey })
    await expectCode(post('calls'), 403, 'project_archived')
    await expectCode(post('rooms'), 403, 'project_archived')
    await expectCode(post(`calls/${callId}/token`), 403, 'project_archived')
    await expectCode(post(`rooms/${crypto.randomUUID()}/token`), 403, 'project_archived')
    await expectCode(mint(callId, publicKey), 403, 'project_archived')
    const repeatable = { method: 'POST', key: secretKey, headers: { 'idempotency-key': 'a' } }
    await expectCode(request(`/api/v1/projects/${projectId}/calls`, repeatable), 403, 'project_archived')
    passTime(BELIEVED_MS)
    await joinCall(publicKey, callTokens[0])
    const read = await request(`/api/v1/projects/${projectId}/calls/${callId}`, { key: secretKey })
    expect(read.status).toBe(200)
    await changeProject({ archivedAt: null })
    expect((await post('calls')).status).toBe(200)
  })
})

describe('a project’s settings', () => {
  it('say what a call is that is made without saying', async () => {
    await changeProject({ defaultAccessControl: 'private' })
    const { callId } = await newCall(project)
    await expectCode(mint(callId, project.publicKey), 403, 'call_is_private')
    const { callId: open } = await newCall(project, { accessControl: 'public' })
    expect((await mint(open, project.publicKey)).status).toBe(200)
  })

  it('add servers to those that the peers of a call are told of, also of one that is open', async () => {
    const { callTokens } = await newCall(project)
    const servers = [{ urls: ['turn:turn.customer.example'], username: 'u', credential: 'c' }]
    await changeProject({ iceServers: JSON.stringify(servers) })
    passTime(BELIEVED_MS)
    const { connected } = await joinCall(project.publicKey, callTokens[0])
    expect(connected.iceServers).toEqual(servers)
  })
})

describe('the last use of a secret key', () => {
  const lastUse = async () => {
    const [row] = await drizzle(env.DB)
      .select({ lastUsedAt: secretKeys.lastUsedAt })
      .from(secretKeys)
      .where(eq(secretKeys.projectId, project.projectId))
    return row?.lastUsedAt ?? null
  }

  it('is noted beside the request, and again after five minutes', async () => {
    const first = Date.now()
    await newCall(project)
    await eventually(async () => expect(await lastUse()).toBe(first))
    passTime(290_000)
    await newCall(project)
    passTime(10_000)
    expect(await lastUse()).toBe(first)
    const second = Date.now()
    await newCall(project)
    await eventually(async () => expect(await lastUse()).toBe(second))
  })
})
