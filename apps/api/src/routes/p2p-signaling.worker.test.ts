import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import {
  generateKey,
  newCallId,
  newCallToken,
  newReconnectToken,
  P2P_SIGNALING_PATH,
} from '@radist-tech/protocol'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { app } from '../app.ts'
import { passTime, restoreTime } from '../testing/clock.ts'
import { countingEnv, newCounts } from '../testing/counting-env.ts'
import { addPublicKey, newCall, newProject, request, type TestProject } from '../testing/project-fixture.ts'
import {
  joinCall,
  openSocket,
  reconnectCall,
  reconnection,
  refusalOf,
  type SocketClose,
  type TestPeer,
  TestSocket,
} from '../testing/test-peer.ts'

const INVALID_QUERY = { code: 4400, reason: 'Invalid query parameters.' }
const INVALID_KEY = { code: 4401, reason: 'Invalid public key.' }
const INVALID_TOKEN = { code: 4401, reason: 'Invalid or already used call token.' }
const EXPIRED_TOKEN = { code: 4401, reason: 'Call token has expired.' }
const INVALID_RECONNECT = { code: 4401, reason: 'Invalid reconnect token.' }
const NOT_FOUND = { code: 4404, reason: 'Call not found.' }
const BOTH_CONNECTED = { code: 4409, reason: 'All peers are already connected.' }
const TERMINATED = { code: 4410, reason: 'Call has been terminated.' }

let project: TestProject
let other: TestProject
let key: string
beforeAll(async () => {
  project = await newProject()
  other = await newProject()
  key = project.publicKey
})
afterEach(restoreTime)

/** A call in which both peers are, with the notice of the second's coming taken. */
async function newPair(): Promise<[TestPeer, TestPeer]> {
  const { callTokens } = await newCall(project)
  const host = await joinCall(key, callTokens[0])
  const guest = await joinCall(key, callTokens[1])
  expect(await host.socket.expect('peer-joined')).toMatchObject({ peerId: guest.peerId, seq: 1 })
  return [host, guest]
}

async function dropped(peer: TestPeer, other: TestPeer): Promise<void> {
  peer.socket.close()
  await other.socket.expect('peer-disconnected')
}

const callObject = (peer: TestPeer) => env.CALL.getByName(peer.callId)

async function mint({ callId }: TestPeer): Promise<string> {
  const answer = await request(`/api/v1/p2p/calls/${callId}/token`, { method: 'POST', key })
  const { callToken } = await answer.json<{ callToken: string }>()
  return callToken
}

describe('joining', () => {
  it('greets each peer with its place, and tells the first of the second', async () => {
    const { callId, callTokens } = await newCall(project)
    const host = await joinCall(key, callTokens[0])
    expect(host.connected).toMatchObject({
      iceServers: [],
      call: { callId, accessControl: 'public', peers: [{ peerId: host.peerId, connected: true }] },
    })
    const guest = await joinCall(key, callTokens[1])
    expect(guest.connected.call.peers).toEqual([
      { peerId: host.peerId, connected: true },
      { peerId: guest.peerId, connected: true },
    ])
    expect(guest.connected.polite).toBe(!host.connected.polite)
    expect(await host.socket.rest()).toEqual([{ type: 'peer-joined', peerId: guest.peerId, seq: 1 }])
    expect(await guest.socket.rest()).toEqual([])
  })

  it('costs one call to the object, and no D1 query', async () => {
    const { callId, callTokens } = await newCall(project)
    const counts = newCounts()
    const counted = countingEnv(env, () => counts)
    // In the object too: whatever it asks from now on is counted.
    await runInDurableObject(env.CALL.getByName(callId), (instance) => {
      Object.defineProperty(instance, 'env', { value: counted })
    })
    const query = new URLSearchParams({ publicKey: key, callToken: callTokens[0] })
    const upgrade = { headers: { upgrade: 'websocket' } }
    const answer = await app.request(`${P2P_SIGNALING_PATH}?${query}`, upgrade, counted)
    expect(answer.status).toBe(101)
    if (!answer.webSocket) throw new Error('no socket')
    await new TestSocket(answer.webSocket).expect('connected')
    expect(counts).toEqual({ ...newCounts(), objectCalls: { ...newCounts().objectCalls, CALL: 1 } })
    // A key that neither the call nor the project knows is looked for in both: it is the counters that see it.
    await refusalOf({ publicKey: generateKey('public'), callToken: callTokens[1] })
    expect(counts.objectCalls.PROJECT).toBe(1)
    expect(counts.queries).toBeGreaterThan(0)
  })

  it('takes a public key that is newer than the call', async () => {
    const { callTokens } = await newCall(project)
    await joinCall(await addPublicKey(project.projectId), callTokens[0])
  })

  it.each([false, true])(
    'admits one of 50 that race with one token (evicted meanwhile: %s)',
    async (isEvicted) => {
      const { callTokens, callId } = await newCall(project)
      const open = () => openSocket({ publicKey: key, callToken: callTokens[0] })
      const race = Array.from({ length: 25 }, open)
      const evicted = isEvicted && evictDurableObject(env.CALL.getByName(callId))
      race.push(...Array.from({ length: 25 }, open))
      await evicted
      const outcomes = await Promise.all(
        race.map(async (opened) => {
          const socket = await opened
          return Promise.race([socket.next().catch(() => socket.closed), socket.closed])
        }),
      )
      const refusals = outcomes.filter((outcome): outcome is SocketClose => 'code' in outcome)
      expect(outcomes).toHaveLength(50)
      expect(refusals).toHaveLength(49)
      for (const refusal of refusals) expect(refusal).toEqual(INVALID_TOKEN)
    },
  )

  it('refuses queries that are not of the documented form', async () => {
    const { callTokens, callId } = await newCall(project)
    const { token: reconnectToken } = newReconnectToken()
    const peerId = `peer_${'A'.repeat(22)}`
    const good = { publicKey: key, callId, peerId, reconnectToken }
    const queries = [
      {},
      { publicKey: key },
      { callToken: callTokens[0] },
      { publicKey: key, callToken: callTokens[0], reconnectToken },
      { ...good, callId: 'no-uuid' },
      { ...good, peerId: 'peer_x' },
      { ...good, lastSeq: -1 },
      { ...good, lastSeq: '1e3' },
      { publicKey: key, callId, peerId },
    ]
    for (const query of queries) expect(await refusalOf(query)).toEqual(INVALID_QUERY)
  })

  it('refuses keys and tokens that are no good', async () => {
    const { callTokens, callId } = await newCall(project)
    const callToken = callTokens[0]
    for (const publicKey of ['rad_pk_x', generateKey('public'), project.secretKey])
      expect(await refusalOf({ publicKey, callToken })).toEqual(INVALID_KEY)
    expect(await refusalOf({ publicKey: other.publicKey, callToken })).toEqual(NOT_FOUND)
    expect(await refusalOf({ publicKey: key, callToken: newCallToken(newCallId()).token })).toEqual(NOT_FOUND)
    expect(await refusalOf({ publicKey: key, callToken: newCallToken(callId).token })).toEqual(INVALID_TOKEN)
    expect(await refusalOf({ publicKey: key, callToken: 'ct_x' })).toEqual(INVALID_TOKEN)
    const { token: reconnectToken } = newReconnectToken()
    const peerId = `peer_${'A'.repeat(22)}`
    expect(await refusalOf({ publicKey: key, callId, peerId, reconnectToken })).toEqual(INVALID_RECONNECT)
    expect(await refusalOf({ publicKey: key, callId, peerId, reconnectToken: 'rt_x' })).toEqual(
      INVALID_RECONNECT,
    )
    await joinCall(key, callToken)
    expect(await refusalOf({ publicKey: key, callToken })).toEqual(INVALID_TOKEN)
  })

  it('refuses a token that has expired, while another one keeps the call', async () => {
    const { callTokens, callId } = await newCall(project, { tokenTtlSeconds: 60 })
    const path = `/api/v1/p2p/calls/${callId}/token`
    await request(path, { method: 'POST', key })
    passTime(60_001)
    expect(await refusalOf({ publicKey: key, callToken: callTokens[0] })).toEqual(EXPIRED_TOKEN)
  })

  it('tombstones a call to which nobody came', async () => {
    const { callTokens, callId } = await newCall(project, { tokenTtlSeconds: 60 })
    passTime(60_001)
    expect(await runDurableObjectAlarm(env.CALL.getByName(callId))).toBe(true)
    expect(await env.CALL.getByName(callId).status()).toEqual({ state: 'ended' })
    expect(await refusalOf({ publicKey: key, callToken: callTokens[0] })).toEqual(TERMINATED)
  })

  it('refuses a third, and clears the tokens that wait', async () => {
    const { callTokens } = await newCall(project)
    const host = await joinCall(key, callTokens[0])
    const spare = await mint(host)
    const guest = await joinCall(key, callTokens[1])
    expect(await refusalOf({ publicKey: key, callToken: spare })).toEqual(BOTH_CONNECTED)
    expect(await refusalOf({ publicKey: key, callToken: callTokens[1] })).toEqual(INVALID_TOKEN)
    guest.socket.send({ type: 'bye' })
    await guest.socket.closed
    expect(await refusalOf({ publicKey: key, callToken: spare })).toEqual(INVALID_TOKEN)
    const next = await joinCall(key, await mint(host))
    expect(next.connected.polite).toBe(!host.connected.polite)
  })

  it('speaks WebSocket only', async () => {
    const answer = await request(P2P_SIGNALING_PATH)
    expect(answer.status).toBe(426)
    expect(await answer.json()).toEqual({
      error: 'This endpoint speaks WebSocket only.',
      code: 'upgrade_required',
    })
  })
})

describe('relaying', () => {
  it('passes on offer, answer and candidates, numbered, in order', async () => {
    const [host, guest] = await newPair()
    const candidate = { candidate: 'candidate:1 1 UDP 1 192.0.2.1 1 typ host', sdpMid: '0', sdpMLineIndex: 0 }
    host.socket.send({ type: 'offer', sdp: 'o' })
    host.socket.send({ type: 'candidate', candidate })
    host.socket.send({ type: 'candidate', candidate: null })
    const from = host.peerId
    expect(await guest.socket.next()).toEqual({ type: 'offer', sdp: 'o', from, seq: 1 })
    expect(await guest.socket.next()).toEqual({ type: 'candidate', candidate, from, seq: 2 })
    expect(await guest.socket.next()).toEqual({ type: 'candidate', candidate: null, from, seq: 3 })
    guest.socket.send({ type: 'answer', sdp: 'a' })
    expect(await host.socket.next()).toEqual({ type: 'answer', sdp: 'a', from: guest.peerId, seq: 2 })
    expect(await host.socket.rest()).toEqual([])
  })

  it('says so when there is no other peer', async () => {
    const { callTokens } = await newCall(project)
    const host = await joinCall(key, callTokens[0])
    host.socket.send({ type: 'offer', sdp: 'o' })
    expect(await host.socket.expect('error')).toMatchObject({ code: 'no-peer' })
  })

  it('refuses frames that are malformed, unknown or too large, and goes on', async () => {
    const [host, guest] = await newPair()
    const frames: [string | ArrayBuffer, string][] = [
      ['not JSON', 'malformed'],
      ['[]', 'malformed'],
      ['null', 'malformed'],
      ['{"type":"offer"}', 'malformed'],
      ['{"type":"dance"}', 'unknown-type'],
      [new ArrayBuffer(8), 'malformed'],
      [JSON.stringify({ type: 'offer', sdp: 'x'.repeat(65_536) }), 'too-large'],
      [JSON.stringify({ type: 'offer', sdp: '€'.repeat(22_000) }), 'too-large'],
    ]
    for (const [frame, code] of frames) {
      host.socket.send(frame)
      expect(await host.socket.expect('error')).toMatchObject({ code })
    }
    host.socket.send({ type: 'offer', sdp: 'x'.repeat(65_000) })
    expect(await guest.socket.expect('offer')).toMatchObject({ seq: 1 })
  })

  it('closes a socket that sends a burst of them', async () => {
    const [host, guest] = await newPair()
    for (let i = 0; i < 12; i++) host.socket.send('not JSON')
    expect((await host.socket.closed).code).toBe(4400)
    await guest.socket.expect('peer-disconnected')
    await reconnectCall(host)
  })

  it('bounds the rate of frames', async () => {
    passTime(0)
    const [host, guest] = await newPair()
    for (let i = 0; i < 201; i++) host.socket.send({ type: 'candidate', candidate: null })
    expect(await host.socket.expect('error')).toMatchObject({ code: 'too-many-frames' })
    for (let seq = 1; seq <= 200; seq++) expect(await guest.socket.expect('candidate')).toMatchObject({ seq })
    passTime(1000)
    host.socket.send({ type: 'candidate', candidate: null })
    expect(await guest.socket.expect('candidate')).toMatchObject({ seq: 201 })
  })

  it('answers pings', async () => {
    const [host] = await newPair()
    host.socket.send('{"type":"ping"}')
    await host.socket.expect('pong')
  })
})

describe('leaving', () => {
  it('frees the place at once on bye, and ends the call with the last peer', async () => {
    const [host, guest] = await newPair()
    guest.socket.send({ type: 'bye' })
    expect((await guest.socket.closed).code).toBe(1000)
    expect(await host.socket.next()).toEqual({
      type: 'peer-left',
      peerId: guest.peerId,
      reason: 'bye',
      seq: 2,
    })
    expect(await refusalOf(reconnection(guest))).toEqual(INVALID_RECONNECT)
    const next = await joinCall(key, await mint(host))
    for (const { socket } of [host, next]) {
      socket.send({ type: 'bye' })
      await socket.closed
    }
    expect(await refusalOf(reconnection(host))).toEqual(TERMINATED)
  })

  it('ends the call when the one peer that came has left, whatever tokens wait', async () => {
    const { callTokens } = await newCall(project)
    const host = await joinCall(key, callTokens[0])
    host.socket.send({ type: 'bye' })
    await host.socket.closed
    expect(await refusalOf({ publicKey: key, callToken: callTokens[1] })).toEqual(TERMINATED)
  })

  it('keeps the place of a dropped peer for the grace period, then frees it', async () => {
    const [host, guest] = await newPair()
    await dropped(guest, host)
    expect(await refusalOf({ publicKey: key, callToken: await mint(host) })).toEqual(BOTH_CONNECTED)
    passTime(30_001)
    expect(await runDurableObjectAlarm(callObject(host))).toBe(true)
    expect(await host.socket.expect('peer-left')).toMatchObject({ peerId: guest.peerId, reason: 'timeout' })
    expect(await refusalOf(reconnection(guest))).toEqual(INVALID_RECONNECT)
  })

  it('ends the call when nobody came back', async () => {
    const [host, guest] = await newPair()
    await dropped(guest, host)
    host.socket.close(4999)
    expect((await host.socket.closed).code).toBe(4999)
    passTime(30_001)
    expect(await refusalOf(reconnection(host))).toEqual(TERMINATED)
  })
})

describe('reconnecting', () => {
  it('gives the same place back, and what was held meanwhile, once', async () => {
    const [host, guest] = await newPair()
    await dropped(guest, host)
    host.socket.send({ type: 'offer', sdp: 'held' })
    expect(await host.socket.rest()).toEqual([])
    const back = await reconnectCall(guest)
    expect(back.peerId).toBe(guest.peerId)
    expect(back.connected.polite).toBe(guest.connected.polite)
    expect(await back.socket.expect('offer')).toMatchObject({ sdp: 'held', seq: 1 })
    expect(await host.socket.expect('peer-reconnected')).toMatchObject({ peerId: guest.peerId })
    await dropped(back, host)
    const again = await reconnectCall(back)
    expect(await again.socket.rest()).toEqual([])
  })

  it('sends again what came after lastSeq', async () => {
    const [host, guest] = await newPair()
    for (const sdp of ['1', '2', '3']) host.socket.send({ type: 'offer', sdp })
    for (let i = 0; i < 3; i++) await guest.socket.expect('offer')
    await dropped(guest, host)
    host.socket.send({ type: 'offer', sdp: '4' })
    await host.socket.rest()
    const back = await reconnectCall(guest, 1)
    expect((await back.socket.rest()).map((frame) => 'sdp' in frame && frame.sdp)).toEqual(['2', '3', '4'])
    const ahead = await reconnectCall(back, 999)
    expect(await ahead.socket.rest()).toEqual([])
  })

  it('rotates the token: the one before is good until a frame arrives on the new socket', async () => {
    const [host, guest] = await newPair()
    await dropped(guest, host)
    const lost = await reconnectCall(guest)
    const back = await reconnectCall(guest)
    expect(await lost.socket.closed).toMatchObject({ code: 4001 })
    expect(await refusalOf(reconnection(lost))).toEqual(INVALID_RECONNECT)
    back.socket.send('{"type":"ping"}')
    await back.socket.expect('pong')
    const once = await reconnectCall(guest)
    once.socket.send({ type: 'candidate', candidate: null })
    await once.socket.rest()
    expect(await refusalOf(reconnection(guest))).toEqual(INVALID_RECONNECT)
    expect(await refusalOf(reconnection(back))).toEqual(INVALID_RECONNECT)
    await reconnectCall(once)
  })

  it('takes over from a socket that still seems open', async () => {
    const [host, guest] = await newPair()
    const back = await reconnectCall(guest)
    expect(await guest.socket.closed).toEqual({ code: 4001, reason: 'Overtaken by a newer connection.' })
    host.socket.send({ type: 'offer', sdp: 'o' })
    await back.socket.expect('offer')
    expect(await host.socket.rest()).toEqual([])
  })

  it('lets nobody into another peer’s place', async () => {
    const [host, guest] = await newPair()
    expect(await refusalOf({ ...reconnection(guest), peerId: host.peerId })).toEqual(INVALID_RECONNECT)
    expect(await refusalOf({ ...reconnection(guest), publicKey: other.publicKey })).toEqual(NOT_FOUND)
  })

  it('tells the sender when it has sent more than is held for an absent peer', async () => {
    passTime(0)
    const [host, guest] = await newPair()
    await dropped(guest, host)
    for (let i = 0; i < 129; i++) host.socket.send({ type: 'candidate', candidate: null })
    expect(await host.socket.expect('error')).toMatchObject({ code: 'too-many-frames' })
    const back = await reconnectCall(guest)
    expect(await back.socket.rest()).toHaveLength(128)
  })
})

describe('eviction', () => {
  it('forgets nothing while the object is away', async () => {
    const [host, guest] = await newPair()
    await evictDurableObject(callObject(host))
    host.socket.send({ type: 'offer', sdp: 'o' })
    expect(await guest.socket.expect('offer')).toMatchObject({ from: host.peerId, seq: 1 })
    await evictDurableObject(callObject(host))
    guest.socket.close()
    await host.socket.expect('peer-disconnected')
    await evictDurableObject(callObject(host))
    host.socket.send({ type: 'offer', sdp: 'held' })
    await host.socket.rest()
    await evictDurableObject(callObject(host))
    const back = await reconnectCall(guest)
    expect(await back.socket.expect('offer')).toMatchObject({ sdp: 'held', seq: 2 })
    await evictDurableObject(callObject(host))
    back.socket.send({ type: 'bye' })
    expect(await back.socket.closed).toEqual({ code: 1000, reason: 'bye' })
  })

  it('notices that all sockets went with the object, and ends the call when nobody comes back', async () => {
    const [host, guest] = await newPair()
    await evictDurableObject(callObject(host), { webSockets: 'close' })
    expect(await runDurableObjectAlarm(callObject(host))).toBe(true)
    const back = await reconnectCall(host)
    expect(back.connected.call.peers).toContainEqual({ peerId: guest.peerId, connected: false })
    await evictDurableObject(callObject(host), { webSockets: 'close' })
    await runDurableObjectAlarm(callObject(host))
    passTime(30_001)
    expect(await runDurableObjectAlarm(callObject(host))).toBe(true)
    expect(await callObject(host).status()).toEqual({ state: 'ended' })
  })

  it('drops a peer whose pings have stopped', async () => {
    const [host, guest] = await newPair()
    for (const { socket } of [host, guest]) {
      socket.send('{"type":"ping"}')
      await socket.expect('pong')
    }
    passTime(300_000)
    await runDurableObjectAlarm(callObject(host))
    expect(await host.socket.closed).toEqual({ code: 1001, reason: 'No sign of life.' })
    const back = await reconnectCall(host)
    expect(back.connected.call.peers).toContainEqual({ peerId: guest.peerId, connected: false })
  })
})
