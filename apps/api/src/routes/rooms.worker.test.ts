import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import {
  type CreateRoomAnswer,
  createRoomAnswerSchema,
  generateKey,
  mintRoomTokenAnswerSchema,
  newBootId,
  newRoomId,
  projectIdSchema,
} from '@radist-tech/protocol'
import { drizzle } from 'drizzle-orm/d1'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { rooms as roomRows } from '../../../../drizzle/schema.ts'
import { NO_ACCESS } from '../domain/project-access.ts'
import { eventually, restoreTime, stopTime } from '../testing/clock.ts'
import { TestHost } from '../testing/host-fixture.ts'
import { newProject, request, type TestProject } from '../testing/project-fixture.ts'
import { claimsOf } from '../testing/room-token-claims.ts'

let project: TestProject
const path = (rest = '') => `/api/v1/projects/${project.projectId}/rooms${rest}`
const post = (to: string, body?: unknown, key = project.secretKey) =>
  request(to, { method: 'POST', key, body })

async function create(body?: unknown): Promise<CreateRoomAnswer> {
  const response = await post(path(), body)
  expect(response.status).toBe(200)
  return createRoomAnswerSchema.parse(await response.json())
}

async function expectRefusal(response: Response, status: number, error: string): Promise<void> {
  expect(await response.json()).toMatchObject({ error })
  expect(response.status).toBe(status)
}

beforeEach(async () => {
  stopTime()
  project = await newProject()
})
afterEach(restoreTime)

describe('without a host', () => {
  it('refuses, closes the room and frees its place', async () => {
    project = await newProject({ connectionLimit: 1 })
    for (let i = 0; i < 3; i++)
      await expectRefusal(
        await post(path(), { region: 'nowhere' }),
        503,
        'No SFU host is available. Try again shortly.',
      )
    const rows = await drizzle(env.DB).select().from(roomRows)
    const mine = rows.filter(({ projectId }) => projectId === project.projectId)
    expect(mine.map(({ sequence }) => sequence)).toEqual([1, 2, 3])
    expect(mine.every(({ closedAt }) => closedAt !== null)).toBe(true)
  })
})

describe('creating a room', () => {
  let host: TestHost
  beforeAll(async () => {
    host = await TestHost.enrolled()
  })
  beforeEach(async () => {
    await host.heartbeat()
  })

  it('answers with two tokens of a room that its host already holds', async () => {
    const { roomId, roomTokens, signalingUrl } = await create({ maxParticipants: 7 })
    expect(signalingUrl).toBe(host.enrolBody.signalingUrl)
    expect(host.assigned.at(-1)).toMatchObject({
      aud: host.hostId,
      roomId,
      projectId: project.projectId,
      epoch: 1,
      publicKeys: [project.publicKey],
      maxParticipants: 7,
      graceSeconds: 30,
    })
    const [first, second] = [await claimsOf(roomTokens[0]), await claimsOf(roomTokens[1])]
    expect(first).toMatchObject({ roomId, projectId: project.projectId, hostId: host.hostId, signalingUrl })
    expect(first.permissions).toEqual({ publish: true, subscribe: true, data: true })
    expect(first.jti).not.toBe(second.jti)
    const rows = await drizzle(env.DB).select().from(roomRows)
    expect(rows.find((row) => row.roomId === roomId)).toMatchObject({ sequence: 1, closedAt: null })
  })

  it('refuses who may not', async () => {
    await expectRefusal(await request(path(), { method: 'POST' }), 401, 'Missing bearer token.')
    const wrong = 'Invalid project id or secret key.'
    await expectRefusal(await post(path(), undefined, generateKey('secret')), 401, wrong)
    await expectRefusal(await post(path(), { maxParticipants: 'x' }, generateKey('secret')), 401, wrong)
    await expectRefusal(await post(path(), { maxParticipants: 0 }), 400, 'Invalid request body.')
    await expectRefusal(await post(path(), { unknown: 1 }), 400, 'Invalid request body.')
  })

  it('holds the connection limit', async () => {
    project = await newProject({ connectionLimit: 2 })
    await create()
    await create()
    await expectRefusal(await post(path()), 429, 'Connection limit reached.')
  })

  it('mints more tokens, as they are wished', async () => {
    const { roomId } = await create()
    const response = await post(path(`/${roomId}/token`), {
      identity: 'ann',
      permissions: { publish: false },
      tokenTtlSeconds: 60,
    })
    expect(response.status).toBe(200)
    const { roomToken, signalingUrl } = mintRoomTokenAnswerSchema.parse(await response.json())
    expect(signalingUrl).toBe(host.enrolBody.signalingUrl)
    const claims = await claimsOf(roomToken)
    expect(claims).toMatchObject({
      identity: 'ann',
      permissions: { publish: false, subscribe: true, data: true },
    })
    expect(Math.abs(claims.exp - Date.now() / 1000 - 60)).toBeLessThan(3)
  })

  it('mints for nobody else, and for no other room', async () => {
    const { roomId } = await create()
    await expectRefusal(await post(path(`/${crypto.randomUUID()}/token`)), 404, 'Room not found.')
    await expectRefusal(await post(path('/nonsense/token')), 404, 'Room not found.')
    const wrong = 'Invalid project id or secret key.'
    const stranger = await newProject()
    await expectRefusal(await post(path(`/${roomId}/token`), undefined, stranger.secretKey), 401, wrong)
    await expectRefusal(
      await request(path(`/${roomId}/token`), { method: 'POST' }),
      401,
      'Missing bearer token.',
    )
    project = stranger
    await expectRefusal(await post(path(`/${roomId}/token`)), 404, 'Room not found.')
  })

  it('closes a room that nobody joined when its tokens have expired, and frees its place', async () => {
    project = await newProject({ connectionLimit: 1 })
    const { roomId } = await create({ emptyTimeoutSeconds: 10, tokenTtlSeconds: 60 })
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 55_000 })
    await host.heartbeat()
    expect((await post(path(`/${roomId}/token`), { tokenTtlSeconds: 60 })).status).toBe(200)
    vi.setSystemTime(Date.now() + 61_000)
    await runDurableObjectAlarm(env.ROOM.getByName(roomId))
    await expectRefusal(await post(path(`/${roomId}/token`)), 410, 'Room has been closed.')
    await eventually(() => expect(host.dropped).toContainEqual({ roomId, epoch: 1, reason: 'empty' }))
    await eventually(async () => {
      await host.heartbeat()
      expect((await post(path())).status).toBe(200)
    })
    const rows = await drizzle(env.DB).select().from(roomRows)
    expect(rows.find((row) => row.roomId === roomId)?.closedAt).toEqual(expect.any(Number))
  })
})

describe('an id that was never made into a room', () => {
  it('leaves no trace, and once voided stays closed', async () => {
    const roomId = newRoomId()
    const stub = env.ROOM.getByName(roomId)
    expect(await stub.status()).toEqual({ state: 'unknown' })
    await expectRefusal(await post(path(`/${roomId}/token`)), 404, 'Room not found.')
    const tables = await runInDurableObject(stub, (_, { storage }) =>
      storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'").toArray(),
    )
    expect(tables).toEqual([])

    const { projectId } = project
    const voided = await stub.voidReservation({ projectId, id: roomId, sequence: 1, createdAt: Date.now() })
    expect(voided).toEqual({ state: 'ended' })
    const settings = { maxParticipants: 2, emptyTimeoutMs: 10_000, graceMs: 1000 }
    const origin = {
      roomId,
      projectId: projectIdSchema.parse(projectId),
      sequence: 1,
      region: 'default',
      access: NO_ACCESS,
      hasWebhooks: false,
    }
    expect(await stub.create(origin, settings, Date.now(), [])).toEqual({ ok: false, code: 'room_closed' })
    await expectRefusal(await post(path(`/${roomId}/token`)), 410, 'Room has been closed.')
    await eventually(async () => {
      const rows = await drizzle(env.DB).select().from(roomRows)
      expect(rows.find((row) => row.roomId === roomId)?.closedAt).toEqual(expect.any(Number))
    })
  })
})

describe('two hosts', () => {
  it('share the rooms that come between two heartbeats', async () => {
    const hosts = [await TestHost.enrolled('pair'), await TestHost.enrolled('pair')]
    for (let i = 0; i < 6; i++) await create({ region: 'pair' })
    expect(hosts.map(({ assigned }) => assigned.length)).toEqual([3, 3])
  })

  it('stand in for each other, and the one that may hold the room is told to drop it', async () => {
    const hosts = [await TestHost.enrolled('standby'), await TestHost.enrolled('standby')]
    // Of two that are equally idle, the one with the lower id comes first.
    const [a, b] = hosts.sort((x, y) => (x.hostId < y.hostId ? -1 : 1))
    if (!a || !b) throw new Error()
    a.behaviour = 'lose-answer'
    const { roomId, roomTokens } = await create({ region: 'standby' })
    expect((await claimsOf(roomTokens[0])).hostId).toBe(b.hostId)
    expect(b.assigned[0]?.epoch).toBe(2)
    await eventually(() => expect(a.dropped).toEqual([{ roomId, epoch: 1, reason: 'moved' }]))
  })

  it('refuse both: no room', async () => {
    const hosts = [await TestHost.enrolled('full'), await TestHost.enrolled('full')]
    for (const host of hosts) host.behaviour = 'refuse'
    await expectRefusal(
      await post(path(), { region: 'full' }),
      503,
      'No SFU host is available. Try again shortly.',
    )
  })

  it('take over from each other when one falls silent, and a room keeps its roster', async () => {
    const a = await TestHost.enrolled('failover')
    const { roomId, roomTokens } = await create({ region: 'failover' })
    expect((await a.admit(roomId, roomTokens[0])).status).toBe(200)
    const b = await TestHost.enrolled('failover')
    a.vanish()
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 7000 })
    await b.heartbeat()
    const minted = mintRoomTokenAnswerSchema.parse(await (await post(path(`/${roomId}/token`))).json())
    expect(minted.signalingUrl).toBe(b.enrolBody.signalingUrl)
    expect(b.assigned.at(-1)).toMatchObject({ roomId, epoch: 2 })
    expect((await b.admit(roomId, minted.roomToken, 2)).status).toBe(200)
    a.comeBack()
    const late = await a.admit(roomId, roomTokens[1], 1)
    await expectRefusal(late, 409, 'The room has moved to another host.')
  })

  it('restart: the room is assigned to the new run', async () => {
    const a = await TestHost.enrolled('restart')
    const { roomId } = await create({ region: 'restart' })
    a.enrolBody.bootId = newBootId()
    expect((await a.enrol()).status).toBe(200)
    expect((await post(path(`/${roomId}/token`))).status).toBe(200)
    expect(a.assigned.map(({ epoch }) => epoch)).toEqual([1, 2])
  })
})
