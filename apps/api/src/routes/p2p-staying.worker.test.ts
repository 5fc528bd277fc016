/** Who keeps a place in a call, over bye, dropped sockets, reconnections and evictions of its object. */
import { evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  BOTH_CONNECTED,
  dropped,
  INVALID_RECONNECT,
  mint,
  NOT_FOUND,
  newPair,
  TERMINATED,
} from '../testing/call-pair.ts'
import { passTime, restoreTime } from '../testing/clock.ts'
import { newCall, newProject, type TestProject } from '../testing/project-fixture.ts'
import { joinCall, reconnectCall, reconnection, refusalOf, type TestPeer } from '../testing/test-peer.ts'

let project: TestProject
let other: TestProject
let key: string
beforeAll(async () => {
  project = await newProject()
  other = await newProject()
  key = project.publicKey
})
afterEach(restoreTime)

const callObject = (peer: TestPeer) => env.CALL.getByName(peer.callId)

describe('leaving', () => {
  it('frees the place at once on bye, and ends the call with the last peer', async () => {
    const [host, guest] = await newPair(project)
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
    const [host, guest] = await newPair(project)
    await dropped(guest, host)
    expect(await refusalOf({ publicKey: key, callToken: await mint(host) })).toEqual(BOTH_CONNECTED)
    passTime(30_001)
    expect(await runDurableObjectAlarm(callObject(host))).toBe(true)
    expect(await host.socket.expect('peer-left')).toMatchObject({ peerId: guest.peerId, reason: 'timeout' })
    expect(await refusalOf(reconnection(guest))).toEqual(INVALID_RECONNECT)
  })

  it('ends the call when nobody came back', async () => {
    const [host, guest] = await newPair(project)
    await dropped(guest, host)
    host.socket.close(4999)
    expect((await host.socket.closed).code).toBe(4999)
    passTime(30_001)
    expect(await refusalOf(reconnection(host))).toEqual(TERMINATED)
  })
})

describe('reconnecting', () => {
  it('gives the same place back, and what was held meanwhile, once', async () => {
    const [host, guest] = await newPair(project)
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
    const [host, guest] = await newPair(project)
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
    const [host, guest] = await newPair(project)
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
    const [host, guest] = await newPair(project)
    const back = await reconnectCall(guest)
    expect(await guest.socket.closed).toEqual({ code: 4001, reason: 'Overtaken by a newer connection.' })
    host.socket.send({ type: 'offer', sdp: 'o' })
    await back.socket.expect('offer')
    expect(await host.socket.rest()).toEqual([])
  })

  it('lets nobody into another peer’s place', async () => {
    const [host, guest] = await newPair(project)
    expect(await refusalOf({ ...reconnection(guest), peerId: host.peerId })).toEqual(INVALID_RECONNECT)
    expect(await refusalOf({ ...reconnection(guest), publicKey: other.publicKey })).toEqual(NOT_FOUND)
  })

  it('tells the sender when it has sent more than is held for an absent peer', async () => {
    passTime(0)
    const [host, guest] = await newPair(project)
    await dropped(guest, host)
    for (let i = 0; i < 129; i++) host.socket.send({ type: 'candidate', candidate: null })
    expect(await host.socket.expect('error')).toMatchObject({ code: 'too-many-frames' })
    const back = await reconnectCall(guest)
    expect(await back.socket.rest()).toHaveLength(128)
  })
})

describe('eviction', () => {
  it('forgets nothing while the object is away', async () => {
    const [host, guest] = await newPair(project)
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
    const [host, guest] = await newPair(project)
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
    const [host, guest] = await newPair(project)
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
