import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { createRoomAnswerSchema } from '@radist-tech/protocol'
import type { WebhookEvent } from '@radist-tech/protocol/dashboard'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { dropped, newPair } from '../testing/call-pair.ts'
import { eventually } from '../testing/clock.ts'
import { serveFrom } from '../testing/far-end.ts'
import { TestHost } from '../testing/host-fixture.ts'
import { newCall, newProject, request, type TestProject } from '../testing/project-fixture.ts'
import { joinCall, reconnectCall } from '../testing/test-peer.ts'
import { usageRecord } from '../testing/usage-fixture.ts'
import { newEndpoint } from '../testing/webhook-fixture.ts'
import { TestReceiver } from '../testing/webhook-receiver.ts'
import { WebhookObject } from './webhook-object.ts'

let project: TestProject
let receiver: TestReceiver

beforeEach(async () => {
  project = await newProject()
  receiver = new TestReceiver()
  const { origin } = new URL(receiver.url)
  serveFrom(origin, origin)
  const { secret } = await newEndpoint(project.projectId, receiver.url)
  await receiver.script({ secrets: [secret] })
})

/** All events, once there are as many, each verified and none of them twice. */
async function told(count: number): Promise<WebhookEvent[]> {
  const received = await receiver.received(count)
  expect(received.every(({ verified }) => verified)).toBe(true)
  expect(new Set(received.map(({ event }) => event.id)).size).toBe(received.length)
  return received.map(({ event }) => event)
}
const typesOf = (events: readonly WebhookEvent[]) => events.map(({ type }) => type)
const end = (callId: string) =>
  request(`/api/v1/projects/${project.projectId}/calls/${callId}`, {
    method: 'DELETE',
    key: project.secretKey,
  })

/** The next time that events are taken, their object fails: before it has stored them, or after. */
function losesTake(when: 'before' | 'after'): void {
  const take = WebhookObject.prototype.take
  vi.spyOn(WebhookObject.prototype, 'take').mockImplementationOnce(async function (
    this: WebhookObject,
    ...args
  ) {
    if (when === 'after') await take.apply(this, args)
    throw new Error('died')
  })
}

describe('a call', () => {
  it('tells that it started, connected and ended, each once', async () => {
    const [host, guest] = await newPair(project)
    await told(2)
    await dropped(guest, host)
    const back = await reconnectCall(guest)
    await host.socket.expect('peer-reconnected')
    back.socket.send({ type: 'bye' })
    await host.socket.expect('peer-left')
    host.socket.send({ type: 'bye' })
    const [started, connected, ended, ...more] = await told(3)
    const { callId } = host
    expect(started).toMatchObject({
      id: `evt_${callId}_1`,
      type: 'call.started',
      projectId: project.projectId,
      data: { callId, peerId: host.peerId },
    })
    expect(connected).toMatchObject({ id: `evt_${callId}_2`, type: 'call.connected', data: { callId } })
    expect(ended).toMatchObject({ type: 'call.ended', data: { callId, reason: 'all-peers-left' } })
    expect(more).toEqual([])
  })

  it('tells of its end when nobody came', async () => {
    const { callId } = await newCall(project)
    await end(callId)
    expect(await told(1)).toMatchObject([
      { type: 'call.ended', data: { callId, reason: 'ended-by-backend' } },
    ])
  })

  it('tells again what was not taken, or whose answer was lost, and nothing twice', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue()
    losesTake('before')
    const { callId, callTokens } = await newCall(project)
    await joinCall(project.publicKey, callTokens[0])
    await told(1)
    losesTake('after')
    await end(callId)
    await told(2)
    const toldAll = () =>
      runInDurableObject(env.CALL.getByName(callId), (_, { storage }) => {
        const left = storage.sql.exec('SELECT 1 FROM webhook_events').toArray()
        expect(left).toEqual([])
      })
    await eventually(toldAll)
    expect(warn).toHaveBeenCalledTimes(2)
    warn.mockRestore()
    expect(typesOf(await told(2))).toEqual(['call.started', 'call.ended'])
  })

  it('of a project without endpoints writes nothing of it', async () => {
    const bare = await newProject()
    const [host] = await newPair(bare)
    const tables = await runInDurableObject(env.CALL.getByName(host.callId), (_, { storage }) =>
      storage.sql.exec<{ name: string }>('SELECT name FROM sqlite_master').toArray(),
    )
    expect(tables.map(({ name }) => name)).not.toContain('webhook_events')
  })
})

describe('a room', () => {
  let host: TestHost
  beforeAll(async () => {
    host = await TestHost.enrolled()
  })

  const rooms = () => `/api/v1/projects/${project.projectId}/rooms`
  const ask = (method: string, path: string, body?: object) =>
    request(`${rooms()}${path}`, { method, key: project.secretKey, ...(body && { body }) })
  const newRoom = async () => createRoomAnswerSchema.parse(await (await ask('POST', '')).json())
  const admit = async (roomId: string, token: string): Promise<string> =>
    (await (await host.admit(roomId, token)).json<{ participantId: string }>()).participantId
  const mint = async (roomId: string, identity: string) =>
    (await (await ask('POST', `/${roomId}/token`, { identity })).json<{ roomToken: string }>()).roomToken

  it('tells who came and went, and why, between its beginning and its end', async () => {
    const { roomId, roomTokens } = await newRoom()
    const first = await admit(roomId, roomTokens[0])
    const second = await admit(roomId, roomTokens[1])
    const ann = await admit(roomId, await mint(roomId, 'ann'))
    const again = await admit(roomId, await mint(roomId, 'ann'))
    await host.depart(roomId, [first], 1, 'timeout')
    await ask('DELETE', `/${roomId}/participants/${second}`)
    await ask('DELETE', `/${roomId}`)
    const events = await told(10)
    expect(events.map(({ id }) => id)).toEqual(events.map((_, i) => `evt_${roomId}_${i + 1}`))
    const joined = (participantId: string, identity: string | null) => ({
      type: 'participant.joined',
      data: { roomId, participantId, identity },
    })
    const left = (participantId: string, reason: string, identity: string | null = null) => ({
      type: 'participant.left',
      data: { roomId, participantId, identity, reason, joinedAt: expect.any(String) },
    })
    expect(events).toMatchObject([
      { type: 'room.started', data: { roomId } },
      joined(first, null),
      joined(second, null),
      joined(ann, 'ann'),
      left(ann, 'replaced', 'ann'),
      joined(again, 'ann'),
      left(first, 'timeout'),
      left(second, 'removed'),
      left(again, 'room-closed', 'ann'),
      { type: 'room.ended', data: { roomId, reason: 'closed-by-backend' } },
    ])
  })

  it('that no host takes tells nothing, since nobody ever hears of it', async () => {
    host.behaviour = 'refuse'
    expect((await ask('POST', '')).status).toBe(503)
    host.behaviour = 'take'
    const { roomId } = await newRoom()
    await ask('DELETE', `/${roomId}`)
    expect(await told(1)).toMatchObject([{ type: 'room.ended', data: { roomId } }])
  })
})

describe('a threshold', () => {
  it('is told once, though the answer is lost and the object dies', async () => {
    const { projectId } = project
    const object = env.PROJECT.getByName(projectId)
    const warn = vi.spyOn(console, 'warn').mockReturnValue()
    await object.usageBudget(projectId, { kind: 'trusted' }, { monthlyLimitSeconds: 10, stopsAtLimit: false })
    losesTake('after')
    await object.ingestUsage(projectId, [usageRecord(projectId, 9)])
    await told(1)
    await object.ingestUsage(projectId, [usageRecord(projectId, 2)])
    const [eighty, hundred, ...more] = await told(2)
    warn.mockRestore()
    expect(eighty).toMatchObject({
      type: 'usage.threshold',
      projectId,
      data: { percent: 80, usedSeconds: 9 },
    })
    expect(hundred).toMatchObject({ data: { percent: 100, usedSeconds: 11 } })
    expect(more).toEqual([])
    const budget = await object.usageBudget(projectId, { kind: 'trusted' }, null)
    expect(budget).toMatchObject({ answer: { events: [{ id: hundred?.id }, { id: eighty?.id }] } })
  })

  it('that was reached before there was an endpoint is not told to it', async () => {
    const { projectId } = await newProject()
    const object = env.PROJECT.getByName(projectId)
    await object.usageBudget(projectId, { kind: 'trusted' }, { monthlyLimitSeconds: 10, stopsAtLimit: false })
    await object.ingestUsage(projectId, [usageRecord(projectId, 9)])
    await newEndpoint(projectId, receiver.url)
    await receiver.script({})
    await object.ingestUsage(projectId, [usageRecord(projectId, 2)])
    const received = await receiver.received(1)
    expect(received.map(({ event }) => event.data)).toMatchObject([{ percent: 100 }])
  })
})
