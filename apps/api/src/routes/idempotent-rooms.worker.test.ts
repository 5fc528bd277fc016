import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { createRoomAnswerSchema, mintRoomTokenAnswerSchema } from '@radist-tech/protocol'
import { drizzle } from 'drizzle-orm/d1'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { rooms as roomRows } from '../../../../drizzle/schema.ts'
import { ProjectObject } from '../objects/project-object.ts'
import { RoomObject } from '../objects/room-object.ts'
import { eventually, passTime, restoreTime, stopTime } from '../testing/clock.ts'
import { diesAfter, diesBefore, expectLost } from '../testing/dying.ts'
import { TestHost } from '../testing/host-fixture.ts'
import { expectRefusal, post, taken, takenAlike } from '../testing/keyed-requests.ts'
import { addSecretKey, newProject, type TestProject } from '../testing/project-fixture.ts'
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

const create = (key: string | null, body?: unknown, by = project) => post(by, '/rooms', key, body)
const mint = (roomId: string, key: string | null, body?: unknown, by = project) =>
  post(by, `/rooms/${roomId}/token`, key, body)
const made = (answer: Promise<Response>) => taken(answer, createRoomAnswerSchema)
const minted = (answer: Promise<Response>) => taken(answer, mintRoomTokenAnswerSchema)

const roomObject = (roomId: string) => env.ROOM.getByName(roomId)
const projectObject = () => env.PROJECT.getByName(project.projectId)
const open = () => projectObject().openConnections()
const listed = async () => {
  const rows = await drizzle(env.DB).select().from(roomRows)
  return rows.filter(({ projectId }) => projectId === project.projectId)
}

describe('creating a room with an Idempotency-Key', () => {
  it('makes one room for 20 at once, with the very same tokens', async () => {
    const answer = await takenAlike(() => made(create('k')))
    expect(await made(create('k', { maxParticipants: 100 }))).toEqual(answer)
    expect(await open()).toBe(1)
    const [first, second] = answer.roomTokens
    expect((await claimsOf(first)).jti).not.toBe((await claimsOf(second)).jti)
    expect(host.assigned.filter(({ roomId }) => roomId === answer.roomId)).toHaveLength(1)
  })

  it('gives back no token that was used', async () => {
    const { roomId, roomTokens } = await made(create('k'))
    expect((await host.admit(roomId, roomTokens[0])).status).toBe(200)
    await evictDurableObject(roomObject(roomId))
    expect((await made(create('k'))).roomTokens).toEqual(roomTokens)
    await expectRefusal(host.admit(roomId, roomTokens[0]), 401, 'used_room_token')
    expect((await host.admit(roomId, roomTokens[1])).status).toBe(200)
  })

  it('refuses the key with another body or secret key, and keeps projects apart', async () => {
    const { roomId } = await made(create('k'))
    await expectRefusal(create('k', { maxParticipants: 2 }), 409, 'idempotency_key_reused')
    await expectRefusal(mint(roomId, 'k'), 409, 'idempotency_key_reused')
    const another = { ...project, secretKey: await addSecretKey(project.projectId) }
    await expectRefusal(create('k', {}, another), 409, 'idempotency_key_reused')
    await expectRefusal(create('a b'), 400, 'invalid_idempotency_key')
    expect((await made(create('k', {}, await newProject()))).roomId).not.toBe(roomId)
    expect(await open()).toBe(1)
  })

  it('answers the same when the room is closed', async () => {
    const body = { emptyTimeoutSeconds: 10, tokenTtlSeconds: 60 }
    const first = await made(create('k', body))
    passTime(61_000)
    await runDurableObjectAlarm(roomObject(first.roomId))
    await expectRefusal(mint(first.roomId, null), 410, 'room_closed')
    await expect.poll(open).toBe(0)
    await evictDurableObject(roomObject(first.roomId))
    expect(await made(create('k', body))).toEqual(first)
    expect(await open()).toBe(0)
  })

  it('writes no more than before without a key', async () => {
    const { roomId } = await made(create(null))
    await minted(mint(roomId, null))
    const tables = await runInDurableObject(roomObject(roomId), (_, { storage }) =>
      storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'granted_tokens'").toArray(),
    )
    expect(tables).toEqual([])
  })
})

describe('a create that died half-way', () => {
  const failed = (body?: unknown) => expectLost(() => create('k', body))

  it('after the place was reserved is finished', async () => {
    diesAfter(ProjectObject.prototype, 'openClaimedConnection')
    await failed()
    await evictDurableObject(projectObject())
    const { roomId, roomTokens } = await made(create('k'))
    expect((await host.admit(roomId, roomTokens[0])).status).toBe(200)
    expect(await open()).toBe(1)
  })

  it('after the room was made is answered', async () => {
    diesAfter(RoomObject.prototype, 'create')
    await failed()
    const roomId = (await listed())[0]?.roomId ?? ''
    await evictDurableObject(roomObject(roomId))
    const answer = await made(create('k'))
    expect(answer.roomId).toBe(roomId)
    expect((await host.admit(roomId, answer.roomTokens[1])).status).toBe(200)
    expect(await listed()).toHaveLength(1)
  })

  it('and whose reservation was voided makes a fresh room, once', async () => {
    diesBefore(RoomObject.prototype, 'create')
    await failed()
    passTime(30_001)
    await runDurableObjectAlarm(projectObject())
    expect(await open()).toBe(0)
    await host.heartbeat()
    await takenAlike(() => made(create('k')))
    expect(await open()).toBe(1)
    expect(await listed()).toHaveLength(2)
  })

  it('and that is repeated late closes what nobody got, and makes a fresh room', async () => {
    project = await newProject({ connectionLimit: 1 })
    const body = { emptyTimeoutSeconds: 86_400, tokenTtlSeconds: 60 }
    // Placed, but the object was gone before it gave out tokens.
    const created = await made(create('k', body))
    await runInDurableObject(roomObject(created.roomId), (_, { storage }) => {
      storage.sql.exec('DELETE FROM granted_tokens; DELETE FROM pending_tokens')
    })
    await evictDurableObject(roomObject(created.roomId))
    passTime(61_000)
    await host.heartbeat()
    const fresh = await made(create('k', body))
    expect(fresh.roomId).not.toBe(created.roomId)
    expect((await host.admit(fresh.roomId, fresh.roomTokens[0])).status).toBe(200)
    await eventually(() =>
      expect(host.dropped).toContainEqual({ roomId: created.roomId, epoch: 1, reason: 'empty' }),
    )
    expect(await open()).toBe(1)
  })

  it('because no host was there can be tried again with the same key', async () => {
    project = await newProject({ connectionLimit: 1 })
    const body = { region: 'late' }
    await expectRefusal(create('k', body), 503, 'no_host_available')
    const late = await TestHost.enrolled('late')
    const answer = await made(create('k', body))
    expect(await made(create('k', body))).toEqual(answer)
    expect((await late.admit(answer.roomId, answer.roomTokens[0])).status).toBe(200)
    expect(await open()).toBe(1)
  })
})

describe('minting a room token with an Idempotency-Key', () => {
  it('mints one token, which admits once', async () => {
    const { roomId } = await made(create(null))
    const body = { identity: 'ann', permissions: { publish: false } }
    const grant = await takenAlike(() => minted(mint(roomId, 'k', body)))
    const { roomToken } = grant
    expect(await claimsOf(roomToken)).toMatchObject({
      identity: 'ann',
      permissions: { publish: false, subscribe: true, data: true },
    })
    const sameBody = { permissions: { data: true, publish: false }, identity: 'ann' }
    expect(await minted(mint(roomId.toUpperCase(), 'k', sameBody))).toEqual(grant)
    expect((await host.admit(roomId, roomToken)).status).toBe(200)
    expect(await minted(mint(roomId, 'k', body))).toEqual(grant)
    await expectRefusal(host.admit(roomId, roomToken), 401, 'used_room_token')
  })

  it('says where the room is now, under the same id', async () => {
    const a = await TestHost.enrolled('moving')
    const { roomId } = await made(create(null, { region: 'moving' }))
    const first = await minted(mint(roomId, 'k'))
    const b = await TestHost.enrolled('moving')
    a.vanish()
    passTime(7000)
    await b.heartbeat()
    const second = await minted(mint(roomId, 'k'))
    expect([first, second].map(({ signalingUrl }) => signalingUrl)).toEqual(
      [a, b].map(({ enrolBody }) => enrolBody.signalingUrl),
    )
    const [before, after] = [await claimsOf(first.roomToken), await claimsOf(second.roomToken)]
    expect(after).toMatchObject({ jti: before.jti, exp: before.exp, hostId: b.hostId })
    expect((await b.admit(roomId, second.roomToken, 2)).status).toBe(200)
    await expectRefusal(b.admit(roomId, second.roomToken, 2), 401, 'used_room_token')
  })

  it('finishes what died half-way', async () => {
    const { roomId } = await made(create(null))
    diesAfter(ProjectObject.prototype, 'claim')
    await expectLost(() => mint(roomId, 'a'))
    await evictDurableObject(projectObject())
    expect((await host.admit(roomId, (await minted(mint(roomId, 'a'))).roomToken)).status).toBe(200)
    diesAfter(RoomObject.prototype, 'mintClaimed')
    await expectLost(() => mint(roomId, 'b'))
    await evictDurableObject(roomObject(roomId))
    expect((await host.admit(roomId, (await minted(mint(roomId, 'b'))).roomToken)).status).toBe(200)
  })

  it('begins anew, once, when the claim has come to nothing', async () => {
    const { roomId } = await made(create(null))
    diesBefore(RoomObject.prototype, 'mintClaimed')
    await expectLost(() => mint(roomId, 'k', { tokenTtlSeconds: 60 }))
    passTime(61_000)
    await host.heartbeat()
    const { roomToken } = await takenAlike(() => minted(mint(roomId, 'k', { tokenTtlSeconds: 60 })))
    expect((await host.admit(roomId, roomToken)).status).toBe(200)
  })

  it('answers 404 to unknown rooms, and 401 first', async () => {
    for (const id of [crypto.randomUUID(), 'x']) {
      await expectRefusal(mint(id, `for-${id}`), 404, 'room_not_found')
      const stranger = { ...project, secretKey: (await newProject()).secretKey }
      await expectRefusal(mint(id, 'k', {}, stranger), 401, 'invalid_secret_key')
    }
  })
})
