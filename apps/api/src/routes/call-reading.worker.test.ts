import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { type CallEndedReason, callAnswerSchema, listCallsAnswerSchema } from '@radist-tech/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { passTime, restoreTime } from '../testing/clock.ts'
import { newCall, newProject, request, type TestProject } from '../testing/project-fixture.ts'
import { joinCall, reconnectCall, refusalOf } from '../testing/test-peer.ts'

let project: TestProject
beforeEach(async () => {
  project = await newProject()
})
afterEach(restoreTime)

const ask = (method: 'GET' | 'DELETE', callId: string, { projectId, secretKey }: TestProject = project) =>
  request(`/api/v1/projects/${projectId}/calls/${callId}`, { method, key: secretKey })

async function seen(answer: Response) {
  expect(answer.status).toBe(200)
  return callAnswerSchema.strict().parse(await answer.json())
}
const read = async (callId: string) => seen(await ask('GET', callId))

async function expectError(answer: Response, status: number, error: string, code: string) {
  expect(answer.status).toBe(status)
  expect(await answer.json()).toEqual({ error, code })
}
const expectOver = (answer: Response) =>
  expectError(answer, 410, 'Call has been terminated.', 'call_terminated')

const listed = async () => {
  const answer = await request(`/api/v1/projects/${project.projectId}/calls`, { key: project.secretKey })
  return listCallsAnswerSchema.parse(await answer.json()).calls
}
const openConnections = () => env.PROJECT.getByName(project.projectId).openConnections()

describe('GET …/calls/:callId', () => {
  it('shows the call from its beginning to its end', async () => {
    const { callId, callTokens } = await newCall(project, { accessControl: 'private' })
    const waiting = await read(callId)
    expect(waiting).toMatchObject({ callId, accessControl: 'private', state: 'waiting', peers: [] })
    expect(waiting.createdAt).toBe((await listed())[0]?.createdAt)

    const host = await joinCall(project.publicKey, callTokens[0])
    const guest = await joinCall(project.publicKey, callTokens[1])
    const joined = await read(callId.toUpperCase())
    expect(joined).toMatchObject({ state: 'joined', tombstonedAt: null, endedReason: null })
    expect(joined.peers).toEqual(
      [host, guest].map(({ peerId }) => ({
        peerId,
        connected: true,
        joinedAt: expect.any(String),
        disconnectedAt: null,
      })),
    )

    guest.socket.close(3000)
    await host.socket.expect('peer-joined')
    await host.socket.expect('peer-disconnected')
    const [, away] = (await read(callId)).peers
    expect(away).toMatchObject({ connected: false, disconnectedAt: expect.any(String) })

    await evictDurableObject(env.CALL.getByName(callId))
    const back = await reconnectCall(guest)
    expect((await read(callId)).peers[1]).toEqual(joined.peers[1])
    for (const { socket } of [back, host]) {
      socket.send({ type: 'bye' })
      await socket.closed
    }
    const over = await read(callId)
    expect(over).toMatchObject({ state: 'tombstoned', endedReason: 'all-peers-left', peers: [] })
    await expect.poll(async () => (await listed())[0]?.tombstonedAt).toBe(over.tombstonedAt)
  })

  it('shows what is due by the clock as having happened, though no alarm has rung', async () => {
    const { callId, callTokens } = await newCall(project)
    const host = await joinCall(project.publicKey, callTokens[0])
    host.socket.close(3000)
    await host.socket.closed
    await expect.poll(async () => (await read(callId)).peers[0]?.connected).toBe(false)
    passTime(30_001)
    expect(await read(callId)).toMatchObject({ state: 'tombstoned', endedReason: 'all-peers-left' })
    await expect.poll(openConnections).toBe(0)
  })

  it('shows a call that was stored before peers had times', async () => {
    const { callId, callTokens } = await newCall(project)
    const host = await joinCall(project.publicKey, callTokens[0])
    const call = env.CALL.getByName(callId)
    await runInDurableObject(call, (_, { storage }) => {
      storage.sql.exec("UPDATE call SET life = json_remove(life, '$.peers[0].joinedAt')")
    })
    await evictDurableObject(call)
    const { createdAt, peers } = await read(callId)
    expect(peers).toEqual([
      { peerId: host.peerId, connected: true, joinedAt: createdAt, disconnectedAt: null },
    ])
  })
})

describe('DELETE …/calls/:callId', () => {
  it('ends the call for everybody', async () => {
    const { callId, callTokens } = await newCall(project)
    const host = await joinCall(project.publicKey, callTokens[0])
    const guest = await joinCall(project.publicKey, callTokens[1])
    await host.socket.expect('peer-joined')
    expect(await openConnections()).toBe(1)

    const reason: CallEndedReason = 'ended-by-backend'
    const ended = await seen(await ask('DELETE', callId))
    expect(ended).toMatchObject({ callId, state: 'tombstoned', endedReason: reason, peers: [] })
    for (const { socket } of [host, guest]) {
      expect(await socket.next()).toEqual({ type: 'call-ended', reason })
      expect(await socket.closed).toEqual({ code: 4410, reason: 'Call has been terminated.' })
    }
    await expect.poll(openConnections).toBe(0)
    await expect.poll(async () => (await listed())[0]?.tombstonedAt).toBe(ended.tombstonedAt)

    const { publicKey } = project
    const over = { code: 4410, reason: 'Call has been terminated.' }
    expect(await refusalOf({ publicKey, callToken: callTokens[0] })).toEqual(over)
    const { reconnectToken } = host.connected
    expect(await refusalOf({ publicKey, callId, peerId: host.peerId, reconnectToken })).toEqual(over)
    await expectOver(await ask('DELETE', callId))
    expect(await read(callId)).toEqual(ended)
  })

  it('ends a call to which nobody has come', async () => {
    const { callId, callTokens } = await newCall(project)
    expect(await seen(await ask('DELETE', callId.toUpperCase()))).toMatchObject({ state: 'tombstoned' })
    expect((await refusalOf({ publicKey: project.publicKey, callToken: callTokens[0] })).code).toBe(4410)
  })

  it('changes nothing of a call that was over by the clock', async () => {
    const { callId } = await newCall(project, { tokenTtlSeconds: 60 })
    passTime(60_001)
    await expectOver(await ask('DELETE', callId))
    expect(await read(callId)).toMatchObject({ endedReason: 'tokens-expired' })
  })

  it('ends it once, however many ask', async () => {
    const { callId } = await newCall(project)
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask('DELETE', callId)))
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, ...Array(9).fill(410)])
  })
})

describe.each(['GET', 'DELETE'] as const)('%s …/calls/:callId', (method) => {
  it('answers 404 to what is no call of the project', async () => {
    const { callId } = await newCall(await newProject())
    const mine = (await newCall(project)).callId
    const ids = [
      callId,
      crypto.randomUUID(),
      'no-uuid',
      `{${mine}}`,
      mine.replaceAll('-', ''),
      `${mine}0`,
      `urn:uuid:${mine}`,
      '00000000-0000-0000-0000-000000000000',
      '%00',
      '%E0%A4%A',
    ]
    for (const id of ids) await expectError(await ask(method, id), 404, 'Call not found.', 'call_not_found')
    expect(await read(mine)).toMatchObject({ state: 'waiting' })
  })

  it('answers 401 to whoever may not act for the project, before 404', async () => {
    const { callId } = await newCall(project)
    const path = `/api/v1/projects/${project.projectId}/calls/${callId}`
    await expectError(await request(path, { method }), 401, 'Missing bearer token.', 'missing_bearer_token')
    const stranger = await newProject()
    for (const secretKey of [stranger.secretKey, project.publicKey, 'x'])
      for (const id of [callId, crypto.randomUUID(), 'x'])
        await expectError(
          await ask(method, id, { ...project, secretKey }),
          401,
          'Invalid project id or secret key.',
          'invalid_secret_key',
        )
    expect(await read(callId)).toMatchObject({ state: 'waiting' })
  })
})
