/** Calls, rooms and tokens that members make without a key, in their project's name and no other's. */
import { env } from 'cloudflare:workers'
import { createRoomAnswerSchema, mintRoomTokenAnswerSchema } from '@radist-tech/protocol'
import { eq } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { beforeAll, beforeEach, expect, it } from 'vitest'
import { auditEntries } from '../../../../../drizzle/schema.ts'
import { organizationsProject, type SignedIn, signedIn } from '../../testing/dashboard-fixture.ts'
import { TestHost } from '../../testing/host-fixture.ts'

let owner: SignedIn
let host: TestHost
let projectId: string
beforeAll(async () => {
  owner = await signedIn('owner')
  host = await TestHost.enrolled()
})
beforeEach(async () => {
  await host.heartbeat()
  projectId = (await organizationsProject(owner.organizationId)).projectId
})

const post = (path: string, body: object = {}, of = projectId) =>
  owner.ask(`/projects/${of}/${path}`, { body })

async function made(kind: 'calls' | 'rooms', body?: object) {
  const answer = await post(`playground/${kind}`, body)
  expect(answer.status).toBe(200)
  return answer
}
const call = async (body?: object) =>
  (await made('calls', body)).json<{ callId: string; callTokens: string[] }>()
const room = async (body?: object) => createRoomAnswerSchema.parse(await (await made('rooms', body)).json())

async function expectCode(answer: Response, status: number, code: string): Promise<void> {
  expect({ status: answer.status, body: await answer.json() }).toMatchObject({ status, body: { code } })
}

const audited = async () => {
  const found = await drizzle(env.DB)
    .select()
    .from(auditEntries)
    .where(eq(auditEntries.projectId, projectId))
    .orderBy(auditEntries.createdAt)
  return found.map(({ action, target, actorId }) => ({ action, target, actorId }))
}
const deed = (action: string, target: string) => ({ action, target, actorId: owner.userId })

it('makes calls and tokens for them', async () => {
  const { callId, callTokens } = await call({ accessControl: 'private' })
  expect(callTokens).toHaveLength(2)
  const minted = await post(`playground/calls/${callId}/token`)
  expect((await minted.json<{ callToken: string }>()).callToken).toMatch(/^ct_/)
  expect(await audited()).toEqual([deed('call.created', callId), deed('call.token_minted', callId)])
})

it('makes rooms and tokens for them', async () => {
  const { roomId } = await room({ maxParticipants: 3 })
  const minted = await post(`playground/rooms/${roomId}/token`, { identity: 'guest' })
  mintRoomTokenAnswerSchema.parse(await minted.json())
  expect(await audited()).toEqual([deed('room.created', roomId), deed('room.token_minted', roomId)])
})

it('makes no token for calls and rooms of another project', async () => {
  const { callId } = await call()
  const { roomId } = await room()
  const { projectId: other } = await organizationsProject(owner.organizationId)
  await expectCode(await post(`playground/calls/${callId}/token`, {}, other), 404, 'call_not_found')
  await expectCode(await post(`playground/rooms/${roomId}/token`, {}, other), 404, 'room_not_found')
  expect(await audited()).toHaveLength(2)
})

it('makes nothing any more for an archived project', async () => {
  const { callId } = await call()
  const { roomId } = await room()
  expect((await post('archive')).status).toBe(200)
  const before = await audited()
  const paths = ['calls', 'rooms', `calls/${callId}/token`, `rooms/${roomId}/token`]
  for (const path of paths) await expectCode(await post(`playground/${path}`), 403, 'project_archived')
  expect(await audited()).toEqual(before)
})
