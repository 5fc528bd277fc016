/** What the backend does with a room that goes on: against the Room object, with hosts that come and go. */
import { runDurableObjectAlarm } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import {
  admissionAnswerSchema,
  createRoomAnswerSchema,
  mintRoomTokenAnswerSchema,
  type RoomAnswer,
  type RoomId,
  roomAnswerSchema,
  roomReconnectToken,
} from '@radist-tech/protocol'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { passTime, restoreTime, stopTime } from '../testing/clock.ts'
import { TestHost } from '../testing/host-fixture.ts'
import { newProject, request, type TestProject } from '../testing/project-fixture.ts'

let host: TestHost
let project: TestProject
const ask = (method: string, rest: string, body?: unknown) =>
  request(`/api/v1/projects/${project.projectId}/rooms${rest}`, { method, key: project.secretKey, body })

async function create(body?: object): Promise<RoomId> {
  return createRoomAnswerSchema.parse(await (await ask('POST', '', body)).json()).roomId
}
async function mint(roomId: RoomId, identity?: string): Promise<string> {
  const minted = await ask('POST', `/${roomId}/token`, identity === undefined ? {} : { identity })
  return mintRoomTokenAnswerSchema.parse(await minted.json()).roomToken
}
const admit = async (roomId: RoomId, token: string, epoch = 1) =>
  admissionAnswerSchema.parse(await (await host.admit(roomId, token, epoch)).json())
const read = async (roomId: RoomId): Promise<RoomAnswer> =>
  roomAnswerSchema.parse(await (await ask('GET', `/${roomId}`)).json())
const codeOf = async (response: Response) => [
  response.status,
  ((await response.json()) as { code: string }).code,
]
const locate = (roomId: RoomId, participantId: string, reconnectToken: string) =>
  request(`/api/v1/sfu/rooms/${roomId}/locate`, {
    method: 'POST',
    key: project.publicKey,
    body: { participantId, reconnectToken },
  })

beforeAll(async () => {
  host = await TestHost.enrolled()
})
beforeEach(async () => {
  stopTime()
  project = await newProject()
  host.comeBack()
  await host.heartbeat()
})
afterEach(restoreTime)

describe('a participant that is removed', () => {
  it('is put out by a host that was away, once it is back, and cannot come back meanwhile', async () => {
    const roomId = await create()
    const { participantId, reconnectSecret } = await admit(roomId, await mint(roomId, 'ann'))
    host.vanish()
    expect((await ask('DELETE', `/${roomId}/participants/${participantId}`)).status).toBe(200)
    expect((await read(roomId)).participants).toEqual([])
    expect(host.removed.filter((one) => one.roomId === roomId)).toEqual([])
    const token = roomReconnectToken(reconnectSecret, participantId, 0)
    expect(await codeOf(await locate(roomId, participantId, token))).toEqual([401, 'invalid_reconnect_token'])
    host.comeBack()
    passTime(5000)
    await runDurableObjectAlarm(env.ROOM.getByName(roomId))
    expect(host.removed.filter((one) => one.roomId === roomId)).toEqual([
      { roomId, participantId, epoch: 1, reason: 'removed' },
    ])
  })

  it('comes back with neither its token, nor its reconnect token, nor one to rejoin that it got before', async () => {
    const roomId = await create()
    const roomToken = await mint(roomId, 'ann')
    const { participantId, reconnectSecret } = await admit(roomId, roomToken)
    const reconnectToken = roomReconnectToken(reconnectSecret, participantId, 0)
    const located = await locate(roomId, participantId, reconnectToken)
    const rejoin = mintRoomTokenAnswerSchema.parse(await located.json()).roomToken
    expect((await ask('DELETE', `/${roomId}/participants/${participantId}`)).status).toBe(200)
    for (const token of [roomToken, rejoin])
      expect(await codeOf(await host.admit(roomId, token))).toEqual([401, 'used_room_token'])
    const again = await locate(roomId, participantId, reconnectToken)
    expect(await codeOf(again)).toEqual([401, 'invalid_reconnect_token'])
    const twice = await ask('DELETE', `/${roomId}/participants/${participantId}`)
    expect(await codeOf(twice)).toEqual([404, 'participant_not_found'])
    expect((await read(roomId)).participants).toEqual([])
    // Somebody new with the same identity is let in.
    await admit(roomId, await mint(roomId, 'ann'))
  })

  it('is another project’s business only there', async () => {
    const roomId = await create()
    const { participantId } = await admit(roomId, await mint(roomId))
    const owner = project
    project = await newProject()
    for (const [method, rest] of [
      ['GET', ''],
      ['DELETE', ''],
      ['DELETE', `/participants/${participantId}`],
    ] as const)
      expect(await codeOf(await ask(method, `/${roomId}${rest}`))).toEqual([404, 'room_not_found'])
    project = owner
    expect((await read(roomId)).participants).toHaveLength(1)
  })
})

describe('a room that is closed', () => {
  it('is closed for joins, tokens, and a second time; its host is told', async () => {
    const roomId = await create()
    const token = await mint(roomId)
    const { participantId } = await admit(roomId, await mint(roomId))
    const closed = roomAnswerSchema.parse(await (await ask('DELETE', `/${roomId}`)).json())
    expect(closed).toMatchObject({ state: 'closed', closedReason: 'closed-by-backend', participants: [] })
    expect(host.dropped.at(-1)).toEqual({ roomId, epoch: 1, reason: 'closed-by-backend' })
    const gone = [410, 'room_closed']
    expect(await codeOf(await ask('DELETE', `/${roomId}`))).toEqual(gone)
    expect(await codeOf(await ask('POST', `/${roomId}/token`, {}))).toEqual(gone)
    expect(await codeOf(await host.admit(roomId, token))).toEqual(gone)
    expect(await codeOf(await ask('DELETE', `/${roomId}/participants/${participantId}`))).toEqual(gone)
    const mute = `/${roomId}/participants/${participantId}/tracks/p/mute`
    expect(await codeOf(await ask('POST', mute, { muted: true }))).toEqual(gone)
    expect(await read(roomId)).toEqual(closed)
  })

  it('closes by itself once it was empty for its time', async () => {
    const roomId = await create({ emptyTimeoutSeconds: 10 })
    const { participantId } = await admit(roomId, await mint(roomId))
    await host.depart(roomId, [participantId])
    passTime(10_001)
    await runDurableObjectAlarm(env.ROOM.getByName(roomId))
    expect(await read(roomId)).toMatchObject({ state: 'closed', closedReason: 'empty' })
    expect(await codeOf(await ask('POST', `/${roomId}/token`, {}))).toEqual([410, 'room_closed'])
  })
})

describe('joins that race', () => {
  it('fill the room exactly', async () => {
    const roomId = await create({ maxParticipants: 3 })
    const tokens = await Promise.all(Array.from({ length: 12 }, () => mint(roomId)))
    const answers = await Promise.all(tokens.map((token) => host.admit(roomId, token)))
    const statuses = answers.map(({ status }) => status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(3)
    expect(statuses.filter((status) => status === 409)).toHaveLength(9)
    expect((await read(roomId)).participants).toHaveLength(3)
  })

  it('of one identity leave one place taken, and each but the last is told to go', async () => {
    const roomId = await create({ maxParticipants: 1 })
    const tokens = await Promise.all(Array.from({ length: 3 }, () => mint(roomId, 'ann')))
    const admitted = await Promise.all(tokens.map((token) => admit(roomId, token)))
    const { participants } = await read(roomId)
    expect(participants).toHaveLength(1)
    const others = admitted
      .map(({ participantId }) => participantId)
      .filter((id) => id !== participants[0]?.participantId)
    expect(others).toHaveLength(2)
    expect(admitted.flatMap(({ replaces }) => replaces ?? []).sort()).toEqual(others.sort())
    const told = () => host.removed.filter((one) => one.roomId === roomId)
    await expect
      .poll(() =>
        told()
          .map((one) => one.participantId)
          .sort(),
      )
      .toEqual(others)
    expect(told().every(({ reason }) => reason === 'replaced')).toBe(true)
  })
})

it('a host that gives its rooms up keeps nobody from going on at another, as itself', async () => {
  const roomId = await create()
  const { participantId, reconnectSecret } = await admit(roomId, await mint(roomId, 'ann'))
  await host.heartbeat({ state: 'draining' })
  const next = await TestHost.enrolled()
  await host.depart(roomId, [participantId], 1, 'host-lost')
  const located = await locate(roomId, participantId, roomReconnectToken(reconnectSecret, participantId, 0))
  const { roomToken, signalingUrl } = mintRoomTokenAnswerSchema.parse(await located.json())
  expect(signalingUrl).toBe(next.enrolBody.signalingUrl)
  const again = admissionAnswerSchema.parse(await (await next.admit(roomId, roomToken, 2)).json())
  expect(again.participantId).toBe(participantId)
  await next.heartbeat({ state: 'draining' })
})
