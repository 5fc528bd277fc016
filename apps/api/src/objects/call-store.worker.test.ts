import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { newPeerId } from '@radist-tech/protocol'
import { expect, it } from 'vitest'
import { MOST, sizesOf, slotOf, slotsOf } from '../domain/frame-buffer.ts'
import { mint, newPair } from '../testing/call-pair.ts'
import { newCall, newProject } from '../testing/project-fixture.ts'
import { joinCall, reconnectCall } from '../testing/test-peer.ts'
import { CallStore } from './call-store.ts'

const frameCount = (callId: string) =>
  runInDurableObject(
    env.CALL.getByName(callId),
    (_, { storage }) => storage.sql.exec<{ n: number }>('SELECT count(*) AS n FROM frames').one().n,
  )

it('holds no more frames than it may for each peer, and the newest of them', async () => {
  const project = await newProject()
  const { callId, callTokens } = await newCall(project)
  const host = await joinCall(project.publicKey, callTokens[0])
  const guest = await joinCall(project.publicKey, callTokens[1])
  await host.socket.expect('peer-joined')
  const sent = Array.from({ length: 150 }, (_, i) => ({ type: 'offer', sdp: String(i) }) as const)
  for (const frame of sent) {
    host.socket.send(frame)
    guest.socket.send(frame)
  }
  for (const { socket } of [host, guest])
    for (const { sdp } of sent) expect(await socket.expect('offer')).toMatchObject({ sdp })
  await runInDurableObject(env.CALL.getByName(callId), (_, { storage }) => {
    const [store, seq] = [new CallStore(storage), MOST.frames + 20]
    const state = store.load()?.state
    if (!state) throw new Error('no call')
    for (const buffer of Object.values(state.buffers)) expect(sizesOf(buffer)).toHaveLength(buffer.lastSeq)
    const { peerId: to, polite } = host.connected
    for (let i = 1; i <= MOST.frames; i++)
      store.save(
        state,
        state,
        [{ type: 'post', to, slot: slotOf(polite, seq + i), seq: seq + i, text: 'x', send: false }],
        null,
      )
    const stored = store.load()?.state.buffers[polite ? 'polite' : 'impolite']
    expect(stored).toMatchObject({ lastSeq: seq + MOST.frames, size: MOST.frames })
  })
  expect(await frameCount(callId)).toBe(MOST.frames + 150)
})

it.each([
  { name: 'frames had slots', slot: '' },
  { name: 'slots told whose frame it is', slot: 'slot INTEGER PRIMARY KEY,' },
])('goes on with a call from before $name', async ({ slot }) => {
  const project = await newProject()
  const { callId, callTokens } = await newCall(project)
  const host = await joinCall(project.publicKey, callTokens[0])
  const guest = await joinCall(project.publicKey, callTokens[1])
  for (const sdp of ['1', '2', '3']) {
    host.socket.send({ type: 'offer', sdp })
    await guest.socket.expect('offer')
  }
  const { first, last } = slotsOf(guest.connected.polite)
  const before = await runInDurableObject(env.CALL.getByName(callId), (_, { storage }) => {
    const { state } = new CallStore(storage).load() ?? {}
    storage.sql.exec(
      `CREATE TABLE older (${slot} peer_id TEXT NOT NULL, seq INTEGER NOT NULL, text TEXT NOT NULL);
      INSERT INTO older SELECT ${slot && 'slot,'} iif(slot BETWEEN ? AND ?, ?, ?), seq, text FROM frames`,
      ...[first, last, guest.connected.peerId, host.connected.peerId],
    )
    storage.sql.exec('DROP TABLE frames; ALTER TABLE older RENAME TO frames')
    return state
  })
  await evictDurableObject(env.CALL.getByName(callId))
  await runInDurableObject(env.CALL.getByName(callId), (_, { storage }) => {
    expect(new CallStore(storage).load()?.state).toEqual(before)
  })
  host.socket.send({ type: 'offer', sdp: '4' })
  expect(await guest.socket.expect('offer')).toMatchObject({ sdp: '4', seq: 4 })
})

it('holds nothing that its peer has taken, nor anything of one that has left', async () => {
  const project = await newProject()
  const [host, guest] = await newPair(project)
  const { first, last } = slotsOf(guest.connected.polite)
  const held = () =>
    runInDurableObject(env.CALL.getByName(host.callId), (_, { storage }) => [
      ...storage.sql
        .exec('SELECT seq FROM frames WHERE slot BETWEEN ? AND ? ORDER BY seq', first, last)
        .raw(),
    ])
  for (const sdp of ['1', '2', '3']) host.socket.send({ type: 'offer', sdp })
  for (const _ of [1, 2, 3]) await guest.socket.expect('offer')
  expect(await held()).toEqual([[1], [2], [3]])
  const back = await reconnectCall(guest, 2)
  expect(await held()).toEqual([[3]])
  back.socket.send({ type: 'bye' })
  await host.socket.expect('peer-left')
  expect(await held()).toEqual([])
  await evictDurableObject(env.CALL.getByName(host.callId))
  const next = await joinCall(project.publicKey, await mint(host))
  host.socket.send({ type: 'offer', sdp: '4' })
  expect(await next.socket.expect('offer')).toMatchObject({ sdp: '4', seq: 1 })
})

it('holds frames after a first one whose step was undone', async () => {
  const { callId } = await newCall(await newProject())
  await runInDurableObject(env.CALL.getByName(callId), (_, { storage }) => {
    const store = new CallStore(storage)
    const state = store.load()?.state
    if (!state) throw new Error('no call')
    const post = { type: 'post', to: newPeerId(), slot: 1, seq: 1, text: 'x', send: false } as const
    const undo = () => {
      throw new Error('undone')
    }
    expect(() => store.save(state, state, [post], undo)).toThrow('undone')
    store.save(state, state, [post], null)
    expect(store.frameText(post.slot)).toBe('x')
  })
})
