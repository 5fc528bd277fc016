/** What a hostile client may try at the signaling socket and the REST API: answered clearly, and nothing lasts. */
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { MAX_SOCKETS } from '../domain/entry-gate.ts'
import { mint, newPair, TOO_MANY } from '../testing/call-pair.ts'
import { passTime, restoreTime } from '../testing/clock.ts'
import * as documented from '../testing/documented-requests.ts'
import { newCall, newProject, request, type TestProject } from '../testing/project-fixture.ts'
import { storedOf } from '../testing/stored-call.ts'
import { joinCall, reconnectCall, reconnection, refusalOf, type TestPeer } from '../testing/test-peer.ts'

let project: TestProject
let key: string
beforeAll(async () => {
  project = await newProject()
  key = project.publicKey
})
afterEach(restoreTime)

/** The peer comes back so many times; the last of its connections. */
async function reconnected(peer: TestPeer, times: number): Promise<TestPeer> {
  let last = peer
  for (let i = 0; i < times; i++) last = await reconnectCall(last)
  return last
}

describe('a peer that reconnects in a loop', () => {
  it('is refused after a burst, its place and token unharmed', async () => {
    passTime(0)
    const [host, guest] = await newPair(project)
    const last = await reconnected(guest, 30)
    const before = await storedOf(guest.callId)
    for (let i = 0; i < 5; i++) expect(await refusalOf(reconnection(last))).toEqual(TOO_MANY)
    expect(await storedOf(guest.callId)).toEqual(before)
    last.socket.send({ type: 'offer', sdp: 'o' })
    await host.socket.expect('offer')
    passTime(2000)
    await reconnectCall(last)
  })

  it('costs the other peer nothing', async () => {
    passTime(0)
    const [host, guest] = await newPair(project)
    const last = await reconnected(guest, 30)
    expect(await refusalOf(reconnection(last))).toEqual(TOO_MANY)
    await reconnectCall(host)
  })

  it('is refused while too many of its overtaken sockets have not answered their close', async () => {
    const [host, guest] = await newPair(project)
    const { peerId } = guest
    const call = env.CALL.getByName(guest.callId)
    const farEnds: WebSocket[] = []
    await runInDurableObject(call, (_, ctx) => {
      while (farEnds.length < MAX_SOCKETS.ofPeer - 1) {
        const { 0: farEnd, 1: socket } = new WebSocketPair()
        ctx.acceptWebSocket(socket, [peerId])
        socket.serializeAttachment({ peerId, connection: 1 })
        farEnds.push(farEnd)
      }
    })
    const before = await storedOf(guest.callId)
    expect(await refusalOf(reconnection(guest))).toEqual(TOO_MANY)
    expect(await storedOf(guest.callId)).toEqual(before)
    await reconnectCall(host)
    await runInDurableObject(call, () => {
      for (const farEnd of farEnds) {
        farEnd.accept()
        farEnd.close()
      }
    })
    const there = () => runInDurableObject(call, (_, ctx) => ctx.getWebSockets(peerId).length)
    await expect.poll(there).toBeLessThan(MAX_SOCKETS.ofPeer)
    await reconnectCall(guest)
  })

  it('learns of a wrong token first: guessing uses up nobody’s turns', async () => {
    passTime(0)
    const [host, guest] = await newPair(project)
    const guess = { ...reconnection(host), reconnectToken: guest.connected.reconnectToken }
    for (let i = 0; i < 40; i++) expect((await refusalOf(guess)).code).toBe(4401)
    await reconnected(host, 30)
  })
})

describe('joining and leaving in a loop', () => {
  it('is refused after a burst, with the token unspent', async () => {
    passTime(0)
    const { callTokens } = await newCall(project)
    const host = await joinCall(key, callTokens[0])
    for (let i = 0; i < 29; i++) {
      const guest = await joinCall(key, await mint(host))
      guest.socket.send({ type: 'bye' })
      await guest.socket.closed
    }
    const callToken = await mint(host)
    const before = await storedOf(host.callId)
    expect(await refusalOf({ publicKey: key, callToken })).toEqual(TOO_MANY)
    expect(await storedOf(host.callId)).toEqual(before)
    passTime(2000)
    await joinCall(key, callToken)
  })
})

describe('hostile frames', () => {
  const NESTED = `${'['.repeat(32_000)}${']'.repeat(32_000)}`
  it.each<[string, string | ArrayBuffer, string]>([
    ['2 MiB of text', 'x'.repeat(2 ** 21), 'too-large'],
    ['2 MiB of an offer', JSON.stringify({ type: 'offer', sdp: 'x'.repeat(2 ** 21) }), 'too-large'],
    ['2 MiB of bytes', new ArrayBuffer(2 ** 21), 'malformed'],
    ['bye in bytes', Uint8Array.from('{"type":"bye"}', (letter) => letter.charCodeAt(0)).buffer, 'malformed'],
    ['deep nesting', NESTED, 'malformed'],
    ['deep nesting in an SDP’s place', `{"type":"offer","sdp":${NESTED}}`, 'malformed'],
    ['a type of the prototype', '{"__proto__":{"type":"bye"}}', 'malformed'],
    ['a type that is a property of every object', '{"type":"constructor"}', 'unknown-type'],
    [
      'a candidate with a prototype',
      '{"type":"candidate","candidate":{"__proto__":{"candidate":"c"}}}',
      'malformed',
    ],
    ['an empty frame', '', 'malformed'],
    ['half a surrogate', '\ud800', 'malformed'],
  ])('are refused and leave nothing: %s', async (_, frame, code) => {
    const [host, guest] = await newPair(project)
    const before = await storedOf(host.callId)
    host.socket.send(frame)
    expect(await host.socket.expect('error')).toMatchObject({ code })
    expect(await storedOf(host.callId)).toEqual(before)
    expect(await guest.socket.rest()).toEqual([])
  })

  it('do not carry more to the other peer than the documented fields', async () => {
    const [host, guest] = await newPair(project)
    host.socket.send('{"type":"offer","sdp":"o","__proto__":{"admin":1},"seq":9,"from":"x","constructor":1}')
    expect(await guest.socket.next()).toEqual({ type: 'offer', sdp: 'o', from: host.peerId, seq: 1 })
  })

  it('arrive as they were sent where they are odd but allowed, again after a reconnection too', async () => {
    const [host, guest] = await newPair(project)
    const sdp = 'half \ud800, NUL \u0000, and \u2028'
    host.socket.send({ type: 'offer', sdp })
    expect(await guest.socket.expect('offer')).toMatchObject({ sdp })
    const back = await reconnectCall(guest, 0)
    expect(await back.socket.expect('offer')).toMatchObject({ sdp })
  })
})

describe('hostile requests', () => {
  const createPath = () => `/api/v1/projects/${project.projectId}/calls`
  const create = (body: BodyInit, headers: Record<string, string> = {}) =>
    documented.send(createPath(), {
      method: 'POST',
      headers: { authorization: `Bearer ${project.secretKey}`, ...headers },
      body,
    })

  it.each([
    `${'['.repeat(8000)}${']'.repeat(8000)}`,
    `{"accessControl":${'['.repeat(8000)}${']'.repeat(8000)}}`,
    '{"__proto__":{"accessControl":"private"}}',
    '{"constructor":{"prototype":{}}}',
    '{"accessControl":"\\ud800"}',
    '\ufeff{}x',
    '\u0000',
  ])('are bodies that are refused: %.40j', async (body) => {
    const answer = await create(body)
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ code: 'invalid_body' })
  })

  it('are bodies without a length, read no further than they may be', async () => {
    let pulled = 0
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled += 1
        controller.enqueue(new Uint8Array(4096).fill(0x20))
      },
    })
    const answer = await create(endless)
    expect(answer.status).toBe(413)
    expect(await answer.json()).toMatchObject({ code: 'body_too_large' })
    expect(pulled).toBeLessThan(20)
  })

  it('are bodies whose bytes are more than their characters', async () => {
    const answer = await create(JSON.stringify({ accessControl: '€'.repeat(6000) }))
    expect(answer.status).toBe(413)
  })

  it('are queries and headers of extreme length', async () => {
    const long = 'x'.repeat(1_000_000)
    expect(await refusalOf({ publicKey: long, callToken: long })).toMatchObject({ code: 4401 })
    expect(await refusalOf({ publicKey: key, callToken: long })).toMatchObject({ code: 4401 })
    const { callId } = await newCall(project)
    const answer = await request(`/api/v1/p2p/calls/${callId}/token`, { method: 'POST', key: long })
    expect(answer.status).toBe(401)
    expect(await answer.text()).not.toContain('xxx')
    expect((await request(createPath(), { method: 'GET', key: `${' '.repeat(100_000)}x y` })).status).toBe(
      401,
    )
    const unknown = await request(`/api/v1/p2p/calls/${long}/token`, { method: 'POST', key })
    expect(unknown.status).toBe(404)
  })
})
