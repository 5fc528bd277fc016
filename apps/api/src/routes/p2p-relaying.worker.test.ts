/** What the two peers of a call send each other over the signaling socket. */
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { CallObject } from '../objects/call-object.ts'
import { newPair } from '../testing/call-pair.ts'
import { passTime, restoreTime } from '../testing/clock.ts'
import { newCall, newProject, type TestProject } from '../testing/project-fixture.ts'
import { storedOf } from '../testing/stored-call.ts'
import { joinCall, reconnectCall } from '../testing/test-peer.ts'

let project: TestProject
beforeAll(async () => {
  project = await newProject()
})
afterEach(restoreTime)

describe('relaying', () => {
  it('passes on offer, answer and candidates, numbered, in order', async () => {
    const [host, guest] = await newPair(project)
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
    const host = await joinCall(project.publicKey, callTokens[0])
    host.socket.send({ type: 'offer', sdp: 'o' })
    expect(await host.socket.expect('error')).toMatchObject({ code: 'no-peer' })
  })

  it('refuses frames that are malformed, unknown or too large, and goes on', async () => {
    const [host, guest] = await newPair(project)
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
    const [host, guest] = await newPair(project)
    for (let i = 0; i < 12; i++) host.socket.send('not JSON')
    expect((await host.socket.closed).code).toBe(4400)
    await guest.socket.expect('peer-disconnected')
    await reconnectCall(host)
  })

  it('changes nothing by frames that were on their way when their socket was closed', async () => {
    const [host, guest] = await newPair(project)
    const { callId, peerId } = host
    // One that is closed is not among the object's sockets any more.
    let socket: WebSocket | undefined
    const send = (frames: string[]) =>
      runInDurableObject(env.CALL.getByName(callId), (object, ctx) => {
        socket ??= ctx.getWebSockets(peerId)[0]
        if (!(object instanceof CallObject && socket)) throw new Error('no socket of a call')
        for (const frame of frames) object.webSocketMessage(socket, frame)
      })
    await send(Array.from({ length: 11 }, () => 'not JSON'))
    expect((await host.socket.closed).code).toBe(4400)
    await guest.socket.expect('peer-disconnected')
    const before = await storedOf(callId)
    await send(['{ "type": "ping" }', 'not JSON', '{"type":"bye"}', '{"type":"offer","sdp":"o"}'])
    expect(await storedOf(callId)).toEqual(before)
    expect(await guest.socket.rest()).toEqual([])
  })

  it('bounds the rate of frames', async () => {
    passTime(0)
    const [host, guest] = await newPair(project)
    for (let i = 0; i < 201; i++) host.socket.send({ type: 'candidate', candidate: null })
    expect(await host.socket.expect('error')).toMatchObject({ code: 'too-many-frames' })
    for (let seq = 1; seq <= 200; seq++) expect(await guest.socket.expect('candidate')).toMatchObject({ seq })
    passTime(1000)
    host.socket.send({ type: 'candidate', candidate: null })
    expect(await guest.socket.expect('candidate')).toMatchObject({ seq: 201 })
  })

  it('answers pings', async () => {
    const [host] = await newPair(project)
    host.socket.send('{"type":"ping"}')
    await host.socket.expect('pong')
  })
})
