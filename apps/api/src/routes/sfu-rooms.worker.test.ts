import { runDurableObjectAlarm } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import {
  admissionAnswerSchema,
  admissionsAnswerSchema,
  type CreateRoomAnswer,
  createRoomAnswerSchema,
  generateKey,
  mintRoomTokenAnswerSchema,
  newParticipantId,
  roomReconnectToken,
  type SigningKey,
  signRoomToken,
} from '@radist-tech/protocol'
import { generateKeyPair } from 'jose'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { controlPlaneKeys } from '../control-plane-keys.ts'
import { RoomObject } from '../objects/room-object.ts'
import { eventually, restoreTime, stopTime } from '../testing/clock.ts'
import { TestHost } from '../testing/host-fixture.ts'
import { newProject, request, type TestProject } from '../testing/project-fixture.ts'
import { claimsOf } from '../testing/room-token-claims.ts'

let project: TestProject
let host: TestHost

beforeAll(async () => {
  host = await TestHost.enrolled()
})
beforeEach(async () => {
  stopTime()
  project = await newProject()
  await host.heartbeat()
})
afterEach(restoreTime)

const post = (to: string, body?: unknown, key = project.secretKey) =>
  request(to, { method: 'POST', key, body })
async function create(body?: unknown): Promise<CreateRoomAnswer> {
  const response = await post(`/api/v1/projects/${project.projectId}/rooms`, body)
  return createRoomAnswerSchema.parse(await response.json())
}
async function mint(roomId: string): Promise<string> {
  const response = await post(`/api/v1/projects/${project.projectId}/rooms/${roomId}/token`)
  return mintRoomTokenAnswerSchema.parse(await response.json()).roomToken
}
async function mintStatus(roomId: string): Promise<number> {
  return (await post(`/api/v1/projects/${project.projectId}/rooms/${roomId}/token`)).status
}
async function admitted(roomId: string, roomToken: string, at = host, epoch = 1) {
  const response = await at.admit(roomId, roomToken, epoch)
  expect(response.status).toBe(200)
  return admissionAnswerSchema.parse(await response.json())
}
async function expectCode(response: Response, status: number, code: string): Promise<void> {
  expect(await response.json()).toMatchObject({ code })
  expect(response.status).toBe(status)
}

describe('admission', () => {
  it('tells the host who the participant is', async () => {
    const { roomId } = await create()
    const response = await post(`/api/v1/projects/${project.projectId}/rooms/${roomId}/token`, {
      identity: 'ann',
      permissions: { data: false },
    })
    const { roomToken } = mintRoomTokenAnswerSchema.parse(await response.json())
    expect(await admitted(roomId, roomToken)).toMatchObject({
      identity: 'ann',
      permissions: { publish: true, subscribe: true, data: false },
    })
  })

  it('consumes a token once, however many ask at once', async () => {
    const { roomId, roomTokens } = await create()
    const answers = await Promise.all(Array.from({ length: 20 }, () => host.admit(roomId, roomTokens[0])))
    const statuses = answers.map(({ status }) => status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
    expect(statuses.filter((status) => status === 401)).toHaveLength(19)
    await expectCode(await host.admit(roomId, roomTokens[0]), 401, 'used_room_token')
  })

  it('answers a repeated attempt the same', async () => {
    const { roomId, roomTokens } = await create({ maxParticipants: 1 })
    const first = await host.admit(roomId, roomTokens[0], 1, 'attempt-0123456789')
    const again = await host.admit(roomId, roomTokens[0], 1, 'attempt-0123456789')
    expect(await again.json()).toEqual(await first.json())
    await expectCode(await host.admit(roomId, roomTokens[0], 1, 'attempt-another-1'), 401, 'used_room_token')
  })

  it('holds the number of participants exactly', async () => {
    const { roomId, roomTokens } = await create({ maxParticipants: 3 })
    const tokens = [...roomTokens, await mint(roomId), await mint(roomId), await mint(roomId)]
    const answers = await Promise.all(tokens.map((token) => host.admit(roomId, token)))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 409, 409])
    const full = answers.find(({ status }) => status === 409)
    expect(await full?.json()).toMatchObject({ code: 'room_full' })
    const inside = answers.find(({ status }) => status === 200)
    const { participantId } = admissionAnswerSchema.parse(await inside?.json())
    for (let i = 0; i < 2; i++) expect((await host.depart(roomId, [participantId])).status).toBe(200)
    expect((await host.admit(roomId, await mint(roomId))).status).toBe(200)
    await expectCode(await host.admit(roomId, await mint(roomId)), 409, 'room_full')
  })

  it('is for the host that holds the room, at its epoch', async () => {
    const { roomId, roomTokens } = await create()
    const other = await TestHost.enrolled('elsewhere')
    await expectCode(await other.admit(roomId, roomTokens[0]), 409, 'overtaken_epoch')
    await expectCode(await host.admit(roomId, roomTokens[0], 2), 409, 'overtaken_epoch')
    await expectCode(await other.depart(roomId, [newParticipantId()]), 409, 'overtaken_epoch')
    expect((await host.admit(roomId, roomTokens[0])).status).toBe(200)
  })

  it('refuses forged, expired and other rooms’ tokens', async () => {
    const { roomId, roomTokens } = await create()
    const other = await create()
    await expectCode(await host.admit(roomId, other.roomTokens[0]), 401, 'invalid_room_token')
    await expectCode(await host.admit(roomId, 'ct_nonsense'), 401, 'invalid_room_token')
    const claims = await claimsOf(roomTokens[0])
    const { privateKey } = await generateKeyPair('EdDSA')
    const forger: SigningKey = { kid: 'test', privateKey }
    const forged = await signRoomToken(forger, claims)
    await expectCode(await host.admit(roomId, forged.token), 401, 'invalid_room_token')
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_590_000 })
    await host.heartbeat()
    await mint(roomId)
    vi.setSystemTime(Date.now() + 20_000)
    await expectCode(await host.admit(roomId, roomTokens[0]), 401, 'expired_room_token')
  })

  it('knows rooms that never were and rooms that are over', async () => {
    const { roomId, roomTokens } = await create({ emptyTimeoutSeconds: 10 })
    const { participantId } = await admitted(roomId, roomTokens[0])
    expect((await host.depart(roomId, [participantId])).status).toBe(200)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 11_000 })
    await expectCode(await host.admit(roomId, roomTokens[1]), 410, 'room_closed')
    expect((await host.depart(roomId, [participantId])).status).toBe(200)
    const { signing } = await controlPlaneKeys(env)
    const unknown = {
      ...(await claimsOf(roomTokens[1])),
      roomId: createRoomAnswerSchema.shape.roomId.parse(crypto.randomUUID()),
    }
    const { token } = await signRoomToken(signing, unknown)
    await expectCode(await host.admit(unknown.roomId, token), 404, 'room_not_found')
  })
})

describe('admissions in one request', () => {
  const codesOf = async (response: Response) =>
    admissionsAnswerSchema
      .parse(await response.json())
      .answers.map((answer) => (answer.ok ? 'admitted' : answer.code))

  it('are each answered in order as if asked for alone, whichever rooms they are for', async () => {
    const [a, b] = [await create({ maxParticipants: 1 }), await create()]
    const ask = (roomId: string, roomToken: string, epoch = 1) => ({ roomId, epoch, roomToken })
    const admissions = [
      ask(a.roomId, a.roomTokens[0]),
      ask(b.roomId, a.roomTokens[1]),
      ask(b.roomId, b.roomTokens[0]),
      ask(a.roomId, a.roomTokens[0]),
      ask(a.roomId, 'ct_nonsense'),
      ask(a.roomId, a.roomTokens[1]),
      ask(b.roomId, b.roomTokens[1], 2),
      ask(b.roomId, b.roomTokens[1]),
    ]
    expect(await codesOf(await host.admitAll(admissions))).toEqual([
      'admitted',
      'invalid_room_token',
      'admitted',
      'used_room_token',
      'invalid_room_token',
      'room_full',
      'overtaken_epoch',
      'admitted',
    ])
  })

  it('are one call of each room’s object', async () => {
    const { roomId, roomTokens } = await create()
    const calls = vi.spyOn(RoomObject.prototype, 'admit')
    const admissions = roomTokens.map((roomToken) => ({ roomId, epoch: 1, roomToken }))
    expect(await codesOf(await host.admitAll(admissions))).toEqual(['admitted', 'admitted'])
    expect(calls).toHaveBeenCalledOnce()
    calls.mockRestore()
  })

  it('say the same of one attempt that is in it twice, and admit it once', async () => {
    const { roomId, roomTokens } = await create({ maxParticipants: 2 })
    const question = { roomId, epoch: 1, roomToken: roomTokens[0], attemptId: 'attempt-0123456789' }
    const other = { ...question, attemptId: 'attempt-another-1' }
    const response = await host.admitAll([question, other, question])
    const { answers } = admissionsAnswerSchema.parse(await response.json())
    expect(answers[0]?.ok).toBe(true)
    expect(answers[1]).toEqual({ ok: false, code: 'used_room_token' })
    expect(answers[2]).toEqual(answers[0])
    expect((await host.admit(roomId, roomTokens[1])).status).toBe(200)
  })

  it('of one host do nothing in rooms of another, whatever else is asked beside', async () => {
    const mine = await create()
    const stranger = await TestHost.enrolled('foreign')
    const { roomId, roomTokens } = await create({ region: 'foreign' })
    const ask = (room: string, roomToken: string) => ({ roomId: room, epoch: 1, roomToken })
    const admissions = [ask(mine.roomId, mine.roomTokens[0]), ask(roomId, roomTokens[0])]
    expect(await codesOf(await host.admitAll(admissions))).toEqual(['admitted', 'overtaken_epoch'])
    expect(await codesOf(await stranger.admitAll([ask(roomId, roomTokens[0])]))).toEqual(['admitted'])
  })

  it('wait for no room that fails or is silent: those in it may be asked for again', async () => {
    const rooms = [await create(), await create(), await create()]
    const admissions = rooms.map(({ roomId, roomTokens: [roomToken] }) => ({ roomId, epoch: 1, roomToken }))
    const calls = vi
      .spyOn(RoomObject.prototype, 'admit')
      .mockRejectedValueOnce(new Error('storage is gone'))
      .mockImplementationOnce(() => new Promise(() => undefined))
    const codes = await codesOf(await host.admitAll(admissions))
    calls.mockRestore()
    expect(codes.toSorted()).toEqual(['admitted', 'internal', 'internal'])
    const again = admissions.filter((_, i) => codes[i] === 'internal')
    expect(await codesOf(await host.admitAll(again))).toEqual(['admitted', 'admitted'])
  })

  it('are no more than 40, nor none, and asked for by a host', async () => {
    const { roomId, roomTokens } = await create()
    const question = { roomId, epoch: 1, roomToken: roomTokens[0] }
    for (const admissions of [[], Array.from({ length: 41 }, () => question)])
      await expectCode(await host.admitAll(admissions), 400, 'invalid_body')
    const unsigned = await request('/api/v1/sfu/admissions', {
      method: 'POST',
      body: { admissions: [question] },
    })
    await expectCode(unsigned, 401, 'invalid_signature')
    const stranger = await TestHost.enrolled('stranger')
    await expectCode(await stranger.admit(roomId, roomTokens[0]), 409, 'overtaken_epoch')
    expect(await codesOf(await host.admitAll([question]))).toEqual(['admitted'])
  })
})

describe('an empty room', () => {
  it('closes its timeout after the last one left, not before', async () => {
    project = await newProject({ connectionLimit: 1 })
    const { roomId, roomTokens } = await create({ emptyTimeoutSeconds: 10 })
    const { participantId } = await admitted(roomId, roomTokens[0])
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 7_000_000 })
    await host.heartbeat()
    expect(await mintStatus(roomId)).toBe(200)
    expect((await host.depart(roomId, [participantId])).status).toBe(200)
    vi.setSystemTime(Date.now() + 9000)
    await host.heartbeat()
    expect(await mintStatus(roomId)).toBe(200)
    vi.setSystemTime(Date.now() + 1001)
    await runDurableObjectAlarm(env.ROOM.getByName(roomId))
    expect(await mintStatus(roomId)).toBe(410)
    await eventually(async () => {
      await host.heartbeat()
      await create()
    })
  })

  it('is what a room becomes whose host is lost for good', async () => {
    project = await newProject({ connectionLimit: 1 })
    const { roomId, roomTokens } = await create({ emptyTimeoutSeconds: 10 })
    await admitted(roomId, roomTokens[0])
    const stub = env.ROOM.getByName(roomId)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
    const later = async (ms: number) => {
      vi.setSystemTime(Date.now() + ms)
      await runDurableObjectAlarm(stub)
    }
    for (let i = 0; i < 3; i++) await later(30_001)
    await later(10_001)
    expect(await stub.status()).toEqual({ state: 'ended' })
    await eventually(async () => {
      await host.heartbeat()
      await create()
    })
  })
})

describe('locating a room', () => {
  const locate = (roomId: string, body: unknown, key = project.publicKey) =>
    post(`/api/v1/sfu/rooms/${roomId}/locate`, body, key)

  it('answers pages of any origin', async () => {
    const preflight = await request(`/api/v1/sfu/rooms/${crypto.randomUUID()}/locate`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://shop.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    })
    expect(preflight.headers.get('access-control-allow-origin')).toBe('https://shop.example')
    expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization')
    const { roomId } = await create()
    const refused = await request(`/api/v1/sfu/rooms/${roomId}/locate`, {
      method: 'POST',
      headers: { origin: 'https://shop.example' },
    })
    expect(refused.status).toBe(401)
    expect(refused.headers.get('access-control-allow-origin')).toBe('https://shop.example')
  })

  it('refuses other projects’ keys and worthless proofs', async () => {
    const { roomId, roomTokens } = await create()
    const other = await newProject()
    const proof = { roomToken: roomTokens[0] }
    await expectCode(await locate(roomId, proof, generateKey('public')), 401, 'invalid_public_key')
    await expectCode(await locate(roomId, proof, other.publicKey), 401, 'invalid_public_key')
    await expectCode(await locate(roomId, { roomToken: 'ct_x' }), 401, 'invalid_room_token')
    await expectCode(await locate(roomId, {}), 400, 'invalid_body')
    const { participantId, reconnectSecret } = await admitted(roomId, roomTokens[0])
    await expectCode(await locate(roomId, proof), 401, 'used_room_token')
    const stranger = newParticipantId()
    const token = roomReconnectToken(reconnectSecret, participantId, 0)
    for (const body of [
      { participantId, reconnectToken: 'rt_0_x' },
      { participantId: stranger, reconnectToken: token },
      { participantId: 'nobody', reconnectToken: token },
    ])
      await expectCode(await locate(roomId, body), 401, 'invalid_reconnect_token')
  })

  it('moves the room off a lost host, and tokens and participants go with it', async () => {
    const a = await TestHost.enrolled('moving')
    const { roomId, roomTokens } = await create({ region: 'moving', maxParticipants: 1 })
    const before = await admitted(roomId, roomTokens[0], a)
    const b = await TestHost.enrolled('moving')
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 7000 })
    await b.heartbeat()

    const waiting = mintRoomTokenAnswerSchema.parse(
      await (await locate(roomId, { roomToken: roomTokens[1] })).json(),
    )
    expect(waiting.signalingUrl).toBe(b.enrolBody.signalingUrl)
    const [old, fresh] = [await claimsOf(roomTokens[1]), await claimsOf(waiting.roomToken)]
    expect(fresh).toMatchObject({ jti: old.jti, exp: old.exp, hostId: b.hostId })

    const reconnectToken = roomReconnectToken(before.reconnectSecret, before.participantId, 3)
    const proof = { participantId: before.participantId, reconnectToken }
    const located = mintRoomTokenAnswerSchema.parse(await (await locate(roomId, proof)).json())
    expect(located.signalingUrl).toBe(b.enrolBody.signalingUrl)
    const after = await admitted(roomId, located.roomToken, b, 2)
    expect(after.participantId).toBe(before.participantId)
    expect(after.reconnectSecret).not.toBe(before.reconnectSecret)
    // It never left: its place was not free for another meanwhile.
    await expectCode(await b.admit(roomId, waiting.roomToken, 2), 409, 'room_full')
    // The answer to its last admission may have been lost: what it held before still proves who it is.
    expect((await locate(roomId, proof)).status).toBe(200)
    expect(b.assigned).toHaveLength(1)
  })
})
