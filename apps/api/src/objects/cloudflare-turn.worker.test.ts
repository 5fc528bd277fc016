import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import type { IceServer } from '@radist-tech/protocol'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { passTime, restoreTime } from '../testing/clock.ts'
import {
  cloudflareTurn,
  grantedServers,
  silence,
  TestCloudflareTurn,
  watchLog,
} from '../testing/cloudflare-turn-fixture.ts'
import { newCall, newProject, type TestProject } from '../testing/project-fixture.ts'
import { joinCall, openSocket, reconnectCall, refusalOf, type TestPeer } from '../testing/test-peer.ts'

const stun: IceServer = { urls: ['stun:stun.test:3478'] }
/** Of the grants, what browsers can use. */
const granted = (n: number): IceServer[] => [
  stun,
  { urls: ['stun:stun.cloudflare.com:3478'] },
  {
    urls: ['turn:turn.cloudflare.com:3478?transport=udp', 'turns:turn.cloudflare.com:443?transport=tcp'],
    username: `user-${n}`,
    credential: `credential-${n}`,
  },
]

let project: TestProject
let log: ReturnType<typeof watchLog>
// Objects get a copy of this when the first of them is made: one configuration for the whole file.
Object.assign(env, cloudflareTurn, { RADIST_ICE_SERVERS: JSON.stringify([stun]) })
beforeAll(async () => {
  project = await newProject()
})
beforeEach(() => {
  log = watchLog()
})
afterEach(() => {
  expect(log.holdsSecret()).toBe(false)
  log.close()
  restoreTime()
})

const join = (token: string) => joinCall(project.publicKey, token)
const callObject = ({ callId }: TestPeer) => env.CALL.getByName(callId)

describe('ICE servers with Cloudflare as TURN provider', () => {
  let cloudflare: TestCloudflareTurn
  beforeEach(() => {
    cloudflare = new TestCloudflareTurn()
  })
  afterEach(() => {
    expect(cloudflare.wrong).toEqual([])
  })

  it('both peers of a call get what one request brought, without the port that browsers block', async () => {
    const { callTokens } = await newCall(project)
    const [host, guest] = await Promise.all(callTokens.map(join))
    expect(host?.connected.iceServers).toEqual(granted(1))
    expect(guest?.connected.iceServers).toEqual(granted(1))
    expect(cloudflare.requests).toBe(1)
    const other = await newCall(project)
    expect((await join(other.callTokens[0])).connected.iceServers).toEqual(granted(2))
  })

  it('peers that come back cost no request, also when the object was evicted, until half the time is over', async () => {
    passTime(0)
    const { callTokens } = await newCall(project)
    let peer = await join(callTokens[0])
    await evictDurableObject(callObject(peer))
    passTime(1_799_999)
    peer = await reconnectCall(peer)
    expect(peer.connected.iceServers).toEqual(granted(1))
    passTime(1)
    peer = await reconnectCall(peer)
    expect(peer.connected.iceServers).toEqual(granted(2))
    expect(cloudflare.requests).toBe(2)
  })

  it('a socket that is refused costs no request', async () => {
    const { callTokens } = await newCall(project)
    const { publicKey } = project
    const forged = `${callTokens[0].slice(0, -6)}AAAAAA`
    expect(await refusalOf({ publicKey, callToken: forged })).toMatchObject({ code: 4401 })
    expect(cloudflare.requests).toBe(0)
    await join(callTokens[0])
    passTime(3_000_000)
    expect(await refusalOf({ publicKey, callToken: callTokens[0] })).toMatchObject({ code: 4401 })
    expect(cloudflare.requests).toBe(1)
  })

  it('one of 50 that race with one token is let in, and one request is made', async () => {
    const { callTokens } = await newCall(project)
    const query = { publicKey: project.publicKey, callToken: callTokens[0] }
    const sockets = await Promise.all(Array.from({ length: 50 }, () => openSocket(query)))
    const first = await Promise.all(sockets.map((socket) => socket.next().catch(() => null)))
    expect(first.filter((frame) => frame !== null)).toMatchObject([
      { type: 'connected', iceServers: granted(1) },
    ])
    expect(cloudflare.requests).toBe(1)
  })

  it('a passing failure is tried once more', async () => {
    cloudflare.script.push(() => new Response('busy', { status: 503 }))
    const { callTokens } = await newCall(project)
    expect((await join(callTokens[0])).connected.iceServers).toEqual(granted(2))
    expect(log.lines).toEqual([])
  })

  const status = (code: number) => () => Response.json({ secret: 'credential-0' }, { status: code })
  const body = (text: string) => () => new Response(text, { status: 201 })
  const servers = (iceServers: unknown) => () => Response.json({ iceServers }, { status: 201 })
  it.each([
    ['refuses the token', [status(401)], 'status 401', 1],
    ['says that it is asked too often', [status(429)], 'status 429', 1],
    ['sends elsewhere', [status(307)], 'status 307', 1],
    ['fails twice', [status(500), status(502)], 'status 502', 2],
    [
      'cannot be reached',
      [() => Promise.reject(new TypeError('refused credential-0')), status(500)],
      'status 500',
      2,
    ],
    ['does not answer', [silence], 'no answer in time', 1],
    ['answers with no JSON', [body('<html>')], 'malformed answer', 1],
    ['answers with something else', [body('{"iceServers":{}}')], 'malformed answer', 1],
    ['names no TURN server', [servers([{ urls: 'stun:stun.test' }])], 'malformed answer', 1],
    ['gives no credentials', [servers([{ urls: ['turn:turn.test'] }])], 'malformed answer', 1],
  ])('a peer is let in when it %s', async (_, script, reason, requests) => {
    cloudflare.script.push(...script)
    const { callId, callTokens } = await newCall(project)
    const startedAt = performance.now()
    const peer = await join(callTokens[0])
    expect(performance.now() - startedAt).toBeLessThan(4000)
    expect(peer.connected.iceServers).toEqual([stun])
    expect(cloudflare.requests).toBe(requests)
    expect(log.lines.map((line) => JSON.parse(line))).toEqual([
      { message: 'no TURN credentials', provider: 'cloudflare', callId, reason },
    ])
  })

  it('an outage delays one peer of a call in 10 seconds, and is noticed to be over', async () => {
    cloudflare.script.push(status(401))
    const { callTokens } = await newCall(project)
    let peer = await join(callTokens[0])
    passTime(9_000)
    peer = await reconnectCall(peer)
    expect(peer.connected.iceServers).toEqual([stun])
    expect(cloudflare.requests).toBe(1)
    passTime(2_000)
    peer = await reconnectCall(peer)
    expect(peer.connected.iceServers).toEqual(granted(2))
  })

  it('an outage takes away no credentials that are still good, and hands out none that are not', async () => {
    const { callTokens } = await newCall(project)
    let peer = await join(callTokens[0])
    cloudflare.script.push(status(401), status(401))
    passTime(3_500_000)
    peer = await reconnectCall(peer)
    expect(peer.connected.iceServers).toEqual(granted(1))
    passTime(100_000)
    peer = await reconnectCall(peer)
    expect(peer.connected.iceServers).toEqual([stun])
    expect(cloudflare.requests).toBe(3)
  })

  it('a single URL may be a string, as in RTCIceServer', async () => {
    const { iceServers } = grantedServers(7)
    const [, turn] = iceServers
    cloudflare.script.push(servers([{ ...turn, urls: turn?.urls[0] }]))
    const { callTokens } = await newCall(project)
    expect((await join(callTokens[0])).connected.iceServers).toEqual([
      stun,
      { ...turn, urls: ['turn:turn.cloudflare.com:3478?transport=udp'] },
    ])
  })

  it('a call that is over keeps no credentials', async () => {
    const { callTokens } = await newCall(project)
    const peer = await join(callTokens[0])
    const kept = () =>
      runInDurableObject(callObject(peer), (_, { storage }) => [...storage.kv.list()].map(([key]) => key))
    expect(await kept()).toEqual(['turn'])
    peer.socket.send({ type: 'bye' })
    await peer.socket.closed
    expect(await kept()).toEqual([])
  })
})
