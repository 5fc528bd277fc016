/** Who is let into a call over the signaling socket, and who is not. */
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
import {
  BOTH_CONNECTED,
  EXPIRED_TOKEN,
  INVALID_KEY,
  INVALID_QUERY,
  INVALID_RECONNECT,
  INVALID_TOKEN,
  mint,
  NOT_FOUND,
  TERMINATED,
} from '../testing/call-pair.ts'
import { passTime, restoreTime } from '../testing/clock.ts'
import { countingEnv, newCounts } from '../testing/counting-env.ts'
import { addPublicKey, newCall, newProject, request, type TestProject } from '../testing/project-fixture.ts'
import { joinCall, openSocket, refusalOf, type SocketClose, TestSocket } from '../testing/test-peer.ts'

let project: TestProject
let other: TestProject
let key: string
beforeAll(async () => {
  project = await newProject()
  other = await newProject()
  key = project.publicKey
})
afterEach(restoreTime)

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
