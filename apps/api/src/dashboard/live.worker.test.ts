/** What pages are told while they watch: by the objects themselves, over sockets that nobody else may open. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import {
  admissionAnswerSchema,
  createRoomAnswerSchema,
  mintRoomTokenAnswerSchema,
  newParticipantId,
  type RoomId,
  usageRecordSchema,
} from '@radist-tech/protocol'
import {
  callLiveFrameSchema,
  dashboardCallAnswerSchema,
  dashboardRoomAnswerSchema,
  dashboardRoomsAnswerSchema,
  overviewAnswerSchema,
  projectLiveFrameSchema,
  roomLiveFrameSchema,
} from '@radist-tech/protocol/dashboard'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { MAX_WATCHERS, WATCH_MS } from '../objects/watchers.ts'
import { eventually, passTime, restoreTime } from '../testing/clock.ts'
import { organizationsProject, type SignedIn, signedIn } from '../testing/dashboard-fixture.ts'
import { TestHost } from '../testing/host-fixture.ts'
import { newCall, request, type TestProject } from '../testing/project-fixture.ts'
import { joinCall, reconnectCall } from '../testing/test-peer.ts'
import { usageRecord } from '../testing/usage-fixture.ts'
import { WatchingPage } from '../testing/watching-page.ts'

let owner: SignedIn
let project: TestProject
let host: TestHost
const path = (rest: string) => `/projects/${project.projectId}${rest}`
const projectObject = () => env.PROJECT.getByName(project.projectId)
const overview = async () => overviewAnswerSchema.parse(await (await owner.ask(path('/overview'))).json())

const backend = (method: string, rest: string, body?: unknown) =>
  request(`/api/v1/projects/${project.projectId}/rooms${rest}`, { method, key: project.secretKey, body })
async function newRoom(): Promise<RoomId> {
  return createRoomAnswerSchema.parse(await (await backend('POST', '', {})).json()).roomId
}
async function join(roomId: RoomId, identity: string) {
  const minted = await backend('POST', `/${roomId}/token`, { identity })
  const { roomToken } = mintRoomTokenAnswerSchema.parse(await minted.json())
  return admissionAnswerSchema.parse(await (await host.admit(roomId, roomToken)).json())
}
const look = async (roomId: RoomId) =>
  dashboardRoomAnswerSchema.parse(await (await owner.ask(path(`/rooms/${roomId}`))).json())

beforeAll(async () => {
  host = await TestHost.enrolled()
})
beforeEach(async () => {
  owner = await signedIn('owner')
  project = await organizationsProject(owner.organizationId)
  await host.heartbeat()
})
afterEach(restoreTime)

describe('a project that is watched', () => {
  const watch = () => WatchingPage.open(owner, path('/live'), projectLiveFrameSchema)
  const counted = (openCalls: number, openRooms: number, roomParticipants: number) => ({
    type: 'counts',
    counts: { openCalls, openRooms, roomParticipants },
  })

  it('tells what is open, what begins and ends, and how many are in its rooms', async () => {
    const page = await watch()
    await page.shows(() => true)
    expect(page.frames).toEqual([counted(0, 0, 0)])
    const { callId } = await newCall(project)
    await page.shows((frame) => frame.type === 'changed' && frame.id === callId && frame.state === 'open')
    const roomId = await newRoom()
    const ann = await join(roomId, 'ann')
    await join(roomId, 'bob')
    await eventually(() =>
      expect(page.frames.findLast(({ type }) => type === 'counts')).toEqual(counted(1, 1, 2)),
    )
    await host.depart(roomId, [ann.participantId])
    await env.CALL.getByName(callId).end(project.projectId)
    await page.shows((frame) => frame.type === 'changed' && frame.id === callId && frame.state === 'ended')
    await eventually(() =>
      expect(page.frames.findLast(({ type }) => type === 'counts')).toEqual(counted(0, 1, 1)),
    )
    expect((await owner.ask(path(`/rooms/${roomId}`), { method: 'DELETE' })).status).toBe(200)
    await eventually(() =>
      expect(page.frames.findLast(({ type }) => type === 'counts')).toEqual(counted(0, 0, 0)),
    )
    expect(await overview()).toMatchObject({ openCalls: 0, openRooms: 0, roomParticipants: 0 })
  })

  it('goes on telling after the object was away', async () => {
    const page = await watch()
    await evictDurableObject(projectObject())
    const { callId } = await newCall(project)
    await page.shows((frame) => frame.type === 'changed' && frame.id === callId)
  })

  it('closes its sockets after some minutes: who may not watch any more does not come back', async () => {
    const page = await watch()
    await page.shows(() => true)
    passTime(WATCH_MS)
    await runDurableObjectAlarm(projectObject())
    expect((await page.closed).code).toBe(1012)
    await env.DB.prepare('DELETE FROM members WHERE id = ?').bind(owner.memberId).run()
    const again = await watch()
    expect((await again.closed).code).toBe(4404)
  })

  it('is watched by a bounded number of pages', async () => {
    const pages = await Promise.all(Array.from({ length: MAX_WATCHERS }, () => watch()))
    const oneMore = await watch()
    expect((await oneMore.closed).code).toBe(4429)
    pages[0]?.close()
    await pages[0]?.closed
    await eventually(async () => {
      const page = await watch()
      await page.shows(() => true)
    })
  })

  it('is shown to no page of another site, to nobody without the permission, and over sockets only', async () => {
    const open = (headers: Record<string, string | null>) => owner.ask(path('/live'), { headers })
    const upgrade = { upgrade: 'websocket' }
    for (const origin of ['https://evil.test', null]) {
      const { webSocket } = await open({ ...upgrade, origin })
      expect(await closeOf(webSocket)).toBe(4403)
    }
    const billing = await signedIn('billing', { organizationId: owner.organizationId })
    const refused = await WatchingPage.open(billing, path('/live'), projectLiveFrameSchema)
    expect((await refused.closed).code).toBe(4403)
    const plain = await open({})
    expect([plain.status, await plain.json()]).toMatchObject([426, { code: 'upgrade_required' }])
  })

  it('hangs up on a page that says anything but pings', async () => {
    const page = await watch()
    page.send('{"type":"ping"}')
    page.send('{"type":"bye"}')
    expect((await page.closed).code).toBe(4400)
  })
})

describe('figures of the last day', () => {
  it('count what was asked for, refused, ended, and ended without both peers', async () => {
    await env.DB.prepare('UPDATE projects SET connection_limit = 2 WHERE id = ?')
      .bind(project.projectId)
      .run()
    const [first, second] = [await newCall(project), await newCall(project)]
    for (let i = 0; i < 3; i++) await expect(newCall(project)).rejects.toThrow('connection_limit_reached')
    const [ann, bob] = [
      await joinCall(project.publicKey, first.callTokens[0]),
      await joinCall(project.publicKey, first.callTokens[1]),
    ]
    for (const { socket } of [ann, bob]) socket.send({ type: 'bye' })
    await env.CALL.getByName(second.callId).end(project.projectId)
    await eventually(async () =>
      expect((await overview()).errors).toEqual({
        creations: 5,
        refusedCreations: 3,
        endedCalls: 2,
        unconnectedCalls: 1,
      }),
    )
    await evictDurableObject(projectObject())
    passTime(23 * 3_600_000)
    expect((await overview()).errors).toMatchObject({ creations: 5 })
    passTime(3_600_000)
    expect((await overview()).errors).toEqual({
      creations: 0,
      refusedCreations: 0,
      endedCalls: 0,
      unconnectedCalls: 0,
    })
  })

  it('stand beside the seconds of today and of 30 days', async () => {
    const now = Date.now()
    const records = [0, 0, 10, 29, 31].map((days) =>
      usageRecord(project.projectId, 5, now - days * 86_400_000 - (now % 86_400_000) + 10_000),
    )
    await projectObject().ingestUsage(project.projectId, records)
    expect(await overview()).toMatchObject({ secondsToday: 10, secondsIn30Days: 20, connectionLimit: 100 })
  })
})

describe('a room that is watched', () => {
  const watch = (roomId: RoomId) =>
    WatchingPage.open(owner, path(`/rooms/${roomId}/live`), roomLiveFrameSchema)

  it('is shown as its roster changes, with what its host says, and once more when it closes', async () => {
    const roomId = await newRoom()
    const page = await watch(roomId)
    await page.shows(({ room }) => room.participants.length === 0)
    const { participantId } = await join(roomId, 'ann')
    host.present.push({ participantId, connected: true, tracks: [], quality: 'good' })
    await page.shows(({ room }) => room.participants[0]?.quality === 'good')
    await backend('DELETE', `/${roomId}/participants/${participantId}`)
    await page.shows(({ room, timeline }) => room.participants.length === 0 && timeline.length === 3)
    await backend('DELETE', `/${roomId}`)
    await page.shows(({ room }) => room.state === 'closed')
    expect(page.frames.at(-1)?.timeline).toMatchObject([
      { kind: 'created' },
      { kind: 'joined', subject: participantId, identity: 'ann' },
      { kind: 'left', subject: participantId, identity: 'ann', reason: 'removed' },
      { kind: 'ended', reason: 'closed-by-backend' },
    ])
  })

  it('is asked for at its host every two seconds, also after the object was away, and not when nobody watches', async () => {
    const roomId = await newRoom()
    const { participantId } = await join(roomId, 'ann')
    const page = await watch(roomId)
    await page.shows(({ room }) => room.participants.length === 1)
    const room = env.ROOM.getByName(roomId)
    await evictDurableObject(room)
    // Nothing changes in the room: only its host knows better.
    host.present.push({ participantId, connected: true, tracks: [], quality: 'poor' })
    await page.shows(({ room: { participants } }) => participants[0]?.quality === 'poor')
    page.close()
    await page.closed
    await eventually(async () => {
      await runDurableObjectAlarm(room)
      const next = await runInDurableObject(room, (_, { storage }) => storage.getAlarm())
      expect(next ?? Number.POSITIVE_INFINITY).toBeGreaterThan(Date.now() + 4000)
    })
  })

  it('has on its timeline whose sockets went and came, as its host tells, once and in order', async () => {
    const roomId = await newRoom()
    const { participantId } = await join(roomId, 'ann')
    const now = Date.now()
    const change = (number: number, kind: 'dropped' | 'resumed', at: number) => ({
      participantId,
      change: kind,
      at: new Date(at).toISOString(),
      number,
    })
    const [gone, back] = [change(7, 'dropped', now - 86_400_000), change(8, 'resumed', now + 86_400_000)]
    const told = [
      await host.tellPresence(roomId, [gone]),
      await host.tellPresence(roomId, [gone]),
      await host.tellPresence(roomId, [{ ...gone, participantId: newParticipantId(), number: 9 }]),
      await host.tellPresence(roomId, [gone, back]),
    ]
    expect(told.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    await evictDurableObject(env.ROOM.getByName(roomId))
    await host.tellPresence(roomId, [back])
    expect((await host.tellPresence(roomId, [change(10, 'dropped', now)], 2)).status).toBe(409)
    const { timeline, room } = await look(roomId)
    expect(timeline.map(({ kind, subject }) => [kind, subject])).toEqual([
      ['created', null],
      ['joined', participantId],
      ['dropped', participantId],
      ['resumed', participantId],
    ])
    // Whatever the host's clock says, nobody drops before coming, or comes back in the future.
    expect(timeline[2]?.at).toBe(room.participants[0]?.joinedAt)
    expect(Date.parse(timeline[3]?.at ?? '')).toBeLessThanOrEqual(Date.now())
    const stranger = await TestHost.enrolled('elsewhere')
    expect((await stranger.tellPresence(roomId, [change(11, 'dropped', now)])).status).toBe(409)
  })

  it('shows what its participants have used, as far as it is reported', async () => {
    const roomId = await newRoom()
    const { participantId } = await join(roomId, 'ann')
    const record = (seconds: number, who = usageRecord(project.projectId).participantId) =>
      usageRecordSchema.parse({ ...usageRecord(project.projectId, seconds), roomId, participantId: who })
    await projectObject().ingestUsage(project.projectId, [
      record(7, participantId),
      record(5),
      record(4, participantId),
    ])
    expect((await look(roomId)).seconds).toEqual({ total: 16, participants: { [participantId]: 11 } })
  })

  it('is shown to no other project', async () => {
    const roomId = await newRoom()
    const other = await organizationsProject(owner.organizationId)
    const open = await owner.ask(`/projects/${other.projectId}/rooms/${roomId}/live`, {
      headers: { upgrade: 'websocket', origin: 'https://radist.test' },
    })
    expect(await closeOf(open.webSocket)).toBe(4404)
    expect((await owner.ask(`/projects/${other.projectId}/rooms/${roomId}`)).status).toBe(404)
  })

  it('is listed with how many were ever in it, and why it was closed', async () => {
    const roomId = await newRoom()
    for (const who of ['ann', 'bob']) {
      const { participantId } = await join(roomId, who)
      await host.depart(roomId, [participantId])
    }
    await backend('DELETE', `/${roomId}`)
    const rooms = async () =>
      dashboardRoomsAnswerSchema.parse(await (await owner.ask(path('/rooms?state=ended'))).json()).rooms
    await eventually(async () =>
      expect(await rooms()).toMatchObject([{ roomId, participants: 2, endedReason: 'closed-by-backend' }]),
    )
  })
})

describe('a call that is watched', () => {
  const watch = (callId: string) =>
    WatchingPage.open(owner, path(`/calls/${callId}/live`), callLiveFrameSchema)

  it('is shown as peers come and go, and no page is ever taken for a peer', async () => {
    const { callId, callTokens } = await newCall(project)
    const page = await watch(callId)
    await page.shows(({ call }) => call.state === 'waiting')
    const ann = await joinCall(project.publicKey, callTokens[0])
    await page.shows(({ call }) => call.peers.length === 1)
    const bob = await joinCall(project.publicKey, callTokens[1])
    await evictDurableObject(env.CALL.getByName(callId))
    ann.socket.close()
    await page.shows(({ call }) => call.peers.some(({ connected }) => !connected))
    const back = await reconnectCall(ann)
    await page.shows(({ call }) => call.peers.every(({ connected }) => connected))
    // Nothing that a page does reaches the peers, nor do its sockets take their places.
    page.close()
    await page.closed
    bob.socket.send({ type: 'offer', sdp: 'o' })
    await back.socket.expect('offer')
    bob.socket.send({ type: 'bye' })
    back.socket.send({ type: 'bye' })
    const kinds = async () => {
      const answer = await owner.ask(path(`/calls/${callId}`))
      const { timeline } = dashboardCallAnswerSchema.parse(await answer.json())
      return timeline.map(({ kind, reason }) => (reason ? `${kind} ${reason}` : kind))
    }
    await eventually(async () =>
      expect(await kinds()).toEqual([
        'created',
        'joined',
        'joined',
        'connected',
        'dropped',
        'resumed',
        'left bye',
        'left bye',
        'ended all-peers-left',
      ]),
    )
  })

  it('tells its timeline for 30 days after its end, and no longer', async () => {
    const { callId, callTokens } = await newCall(project)
    const ann = await joinCall(project.publicKey, callTokens[0])
    ann.socket.send({ type: 'bye' })
    await ann.socket.closed
    const call = env.CALL.getByName(callId)
    const length = async () => {
      const looked = await call.look(project.projectId)
      return looked.ok ? looked.timeline.length : 0
    }
    await eventually(async () => expect(await length()).toBe(4))
    await eventually(async () => {
      const alarm = await runInDurableObject(call, (_, { storage }) => storage.getAlarm())
      expect(alarm).toBeGreaterThan(Date.now() + 29 * 86_400_000)
    })
    passTime(30 * 86_400_000)
    await runDurableObjectAlarm(call)
    expect(await length()).toBe(2)
    expect(await runInDurableObject(call, (_, { storage }) => storage.getAlarm())).toBeNull()
  })
})

it('notes in the audit log who ended calls, closed rooms and put participants out', async () => {
  const developer = await signedIn('developer', { organizationId: owner.organizationId })
  const { callId } = await newCall(project)
  const roomId = await newRoom()
  const { participantId } = await join(roomId, 'ann')
  const producerId = 'mic-1'
  host.present.push({
    participantId,
    connected: true,
    tracks: [{ producerId, kind: 'audio', source: 'microphone', muted: false }],
    quality: null,
  })
  const mute = path(`/rooms/${roomId}/participants/${participantId}/tracks/${producerId}/mute`)
  const did = [
    await developer.ask(mute, { body: { muted: true } }),
    await developer.ask(path(`/rooms/${roomId}/participants/${participantId}`), { method: 'DELETE' }),
    await developer.ask(path(`/rooms/${roomId}`), { method: 'DELETE' }),
    await developer.ask(path(`/calls/${callId}`), { method: 'DELETE' }),
    // The second time there is nothing to do, and nothing to note.
    await developer.ask(path(`/calls/${callId}`), { method: 'DELETE' }),
  ]
  expect(did.map(({ status }) => status)).toEqual([200, 200, 200, 200, 410])
  const { results } = await env.DB.prepare(
    'SELECT actor_id, action, target FROM audit_entries WHERE project_id = ? ORDER BY rowid',
  )
    .bind(project.projectId)
    .all()
  const by = { actor_id: developer.userId }
  expect(results).toEqual([
    { ...by, action: 'track.muted', target: `${roomId} ${participantId} ${producerId}` },
    { ...by, action: 'participant.removed', target: `${roomId} ${participantId}` },
    { ...by, action: 'room.closed', target: roomId },
    { ...by, action: 'call.ended', target: callId },
  ])
})

async function closeOf(socket: WebSocket | null): Promise<number | undefined> {
  const closed = Promise.withResolvers<number>()
  socket?.addEventListener('close', ({ code }) => closed.resolve(code))
  socket?.accept()
  return socket ? closed.promise : undefined
}
