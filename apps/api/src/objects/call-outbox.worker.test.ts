import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { type CallId, listCallsAnswerSchema, newCallId } from '@radist-tech/protocol'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { passTime, restoreTime } from '../testing/clock.ts'
import { newCall, newProject, request, type TestProject } from '../testing/project-fixture.ts'
import { joinCall, type TestPeer } from '../testing/test-peer.ts'
import { writeListingRow } from './call-listing.ts'
import { CallStore } from './call-store.ts'

afterEach(restoreTime)

const project = ({ projectId }: TestProject) => env.PROJECT.getByName(projectId)
const call = (callId: string) => env.CALL.getByName(callId)

async function withoutListings<T>(act: () => Promise<T>): Promise<T> {
  const warn = vi.spyOn(console, 'warn').mockReturnValue()
  await env.DB.exec('ALTER TABLE calls RENAME TO calls_away')
  try {
    return await act()
  } finally {
    await env.DB.exec('ALTER TABLE calls_away RENAME TO calls')
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('no such table'))
    warn.mockRestore()
  }
}

async function listed({ projectId, secretKey }: TestProject, limit = 100) {
  const answer = await request(`/api/v1/projects/${projectId}/calls?limit=${limit}`, { key: secretKey })
  return listCallsAnswerSchema.parse(await answer.json())
}

async function leave(peer: TestPeer): Promise<void> {
  peer.socket.send({ type: 'bye' })
  await peer.socket.closed
}

/** What the call still has to tell. */
const untold = (callId: CallId) =>
  runInDurableObject(call(callId), (_, { storage }) =>
    storage.sql
      .exec('SELECT target FROM outbox')
      .toArray()
      .map((row) => row.target),
  )

describe('while D1 is down', () => {
  it('makes calls that work, and lists them when it is back', async () => {
    const owner = await newProject()
    await newCall(owner)
    const { callId, callTokens } = await withoutListings(async () => {
      const made = await newCall(owner)
      const host = await joinCall(owner.publicKey, made.callTokens[0])
      const guest = await joinCall(owner.publicKey, made.callTokens[1])
      host.socket.send({ type: 'offer', sdp: 'o' })
      await guest.socket.expect('offer')
      return made
    })
    expect(callTokens).toHaveLength(2)
    expect((await listed(owner)).calls).toHaveLength(1)
    await evictDurableObject(call(callId))
    passTime(2000)
    expect(await runDurableObjectAlarm(call(callId))).toBe(true)
    const { calls, total } = await listed(owner)
    expect(total).toBe(2)
    expect(calls[0]).toMatchObject({ callId, tombstonedAt: null })
    expect(calls).toHaveLength(2)
    expect(await untold(callId)).toEqual([])
  })

  it('tombstones calls, frees their places, and lists it when it is back', async () => {
    const owner = await newProject()
    const { callId, callTokens } = await newCall(owner)
    const host = await joinCall(owner.publicKey, callTokens[0])
    await withoutListings(async () => {
      await leave(host)
      await runInDurableObject(call(callId), () => undefined)
      expect(await untold(callId)).toContain('listing')
      // Still down at the first attempt of the alarm: it waits longer before the next.
      passTime(2000)
      await runDurableObjectAlarm(call(callId))
      expect(await untold(callId)).toEqual(['listing'])
    })
    expect(await project(owner).openConnections()).toBe(0)
    expect((await listed(owner)).calls[0]).toMatchObject({ tombstonedAt: null })
    passTime(4001)
    await runDurableObjectAlarm(call(callId))
    const [row] = (await listed(owner)).calls
    expect(row?.callId).toBe(callId)
    expect(row?.tombstonedAt).not.toBeNull()
    expect(await untold(callId)).toEqual([])
  })

  it('takes a row that comes late for what it was: a tombstone stays', async () => {
    const owner = await newProject()
    const { callId, callTokens } = await newCall(owner)
    const lateRow = await runInDurableObject(call(callId), (_, { storage }) => new CallStore(storage).load())
    if (!lateRow) throw new Error('no call')
    await leave(await joinCall(owner.publicKey, callTokens[0]))
    await expect.poll(async () => (await listed(owner)).calls[0]?.tombstonedAt).not.toBeNull()
    const { calls } = await listed(owner)
    await writeListingRow(env, lateRow.state)
    expect((await listed(owner)).calls).toEqual(calls)
  })
})

describe('the connection limit', () => {
  it('is exact under 200 creates at once, and every place comes back', async () => {
    const owner = await newProject()
    const path = `/api/v1/projects/${owner.projectId}/calls`
    const answers = await Promise.all(
      Array.from({ length: 200 }, () => request(path, { method: 'POST', key: owner.secretKey })),
    )
    const refused = answers.filter((answer) => answer.status === 429)
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(100)
    expect(refused).toHaveLength(100)
    for (const answer of refused)
      expect(await answer.json()).toEqual({
        error: 'Connection limit reached.',
        code: 'connection_limit_reached',
      })
    expect(await project(owner).openConnections()).toBe(100)
    const { calls, total } = await listed(owner)
    expect(total).toBe(100)
    expect(calls).toHaveLength(100)

    passTime(3_600_001)
    await Promise.all(calls.map(({ callId }) => runDurableObjectAlarm(call(callId))))
    await expect.poll(() => project(owner).openConnections(), { timeout: 20_000 }).toBe(0)
    expect((await request(path, { method: 'POST', key: owner.secretKey })).status).toBe(200)
  }, 60_000)

  it('takes a raised limit as soon as it is told', async () => {
    const owner = await newProject({ connectionLimit: 1 })
    const path = `/api/v1/projects/${owner.projectId}/calls`
    await newCall(owner)
    expect((await request(path, { method: 'POST', key: owner.secretKey })).status).toBe(429)
    await env.DB.prepare('UPDATE projects SET connection_limit = 2 WHERE id = ?').bind(owner.projectId).run()
    await project(owner).invalidateCache()
    expect((await request(path, { method: 'POST', key: owner.secretKey })).status).toBe(200)
  })
})

describe('reservations', () => {
  const reserve = async (owner: TestProject, id: string) => {
    const connection = { kind: 'call' as const, id, createdAt: Date.now() }
    const opened = await project(owner).openConnection(owner.projectId, { kind: 'trusted' }, connection)
    if (!opened.ok) throw new Error(opened.code)
    return { ...opened, connection }
  }
  const settle = async (owner: TestProject) => {
    passTime(30_001)
    expect(await runDurableObjectAlarm(project(owner))).toBe(true)
  }

  it('frees the place of a call that was never made, and leaves no gap in the list', async () => {
    const owner = await newProject()
    const callId = newCallId()
    const { sequence, access } = await reserve(owner, callId)
    await newCall(owner)
    expect(await project(owner).openConnections()).toBe(2)
    await settle(owner)
    expect(await project(owner).openConnections()).toBe(1)
    await expect.poll(async () => (await listed(owner)).calls).toHaveLength(2)
    const { calls } = await listed(owner)
    expect(calls[0]?.tombstonedAt).toBeNull()
    expect(calls[1]).toMatchObject({ callId })
    expect(calls[1]?.tombstonedAt).not.toBeNull()
    const late = { projectId: owner.projectId, callId, sequence, createdAt: 1, access, tokens: [] }
    expect(await call(callId).create({ ...late, accessControl: 'public', hasWebhooks: false })).toEqual({
      ok: false,
      code: 'call_terminated',
    })
    expect(await project(owner).openConnections()).toBe(1)
  })

  it('keeps the place of a call that was made, and asks no more', async () => {
    const owner = await newProject()
    const { callTokens } = await newCall(owner)
    await settle(owner)
    expect(await project(owner).openConnections()).toBe(1)
    await leave(await joinCall(owner.publicKey, callTokens[0]))
    await expect.poll(() => project(owner).openConnections()).toBe(0)
  })

  it('frees the place of a call that died after its row was written, and lists it as over', async () => {
    const owner = await newProject()
    const callId = newCallId()
    const { sequence } = await reserve(owner, callId)
    await env.DB.prepare(
      "INSERT INTO calls (call_id, project_id, sequence, access_control, created_at) VALUES (?, ?, ?, 'public', 1)",
    )
      .bind(callId, owner.projectId, sequence)
      .run()
    await settle(owner)
    expect(await project(owner).openConnections()).toBe(0)
    const rows = async () => (await listed(owner)).calls.map((row) => [row.callId, row.tombstonedAt !== null])
    await expect.poll(rows).toEqual([[callId, true]])
  })

  it('frees the place of a call whose end it was never told', async () => {
    const owner = await newProject()
    const { callId } = await newCall(owner)
    const twin = await reserve(owner, callId)
    expect(twin.sequence).toBe(1)
    await runInDurableObject(call(callId), (_, { storage }) => {
      storage.sql.exec(`UPDATE call SET life = '{"kind":"tombstoned","at":1,"reason":"all-peers-left"}'`)
    })
    await evictDurableObject(call(callId))
    await settle(owner)
    expect(await project(owner).openConnections()).toBe(0)
  })

  it('numbers and counts each once, however often it is opened and closed', async () => {
    const owner = await newProject()
    const [a, b] = [newCallId(), newCallId()]
    expect((await reserve(owner, a)).sequence).toBe(1)
    expect((await reserve(owner, a)).sequence).toBe(1)
    expect((await reserve(owner, b)).sequence).toBe(2)
    await project(owner).closeConnection('call', a)
    await project(owner).closeConnection('call', a)
    await project(owner).closeConnection('room', b)
    expect(await project(owner).openConnections()).toBe(1)
  })
})

describe('an object that was never made', () => {
  it('answers, and writes nothing', async () => {
    const callId = newCallId()
    expect(await call(callId).status()).toEqual({ state: 'unknown' })
    expect(await call(callId).mint({ kind: 'secret-key', projectId: 'x' }, 1000)).toMatchObject({ ok: false })
    const tables = await runInDurableObject(call(callId), (_, { storage }) =>
      storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'").toArray(),
    )
    expect(tables).toEqual([])
    const projectId = crypto.randomUUID()
    const stranger = env.PROJECT.getByName(projectId)
    expect(await stranger.authorize(projectId, { kind: 'trusted' })).toEqual({
      ok: false,
      code: 'invalid_secret_key',
    })
    expect(
      await runInDurableObject(stranger, (_, { storage }) =>
        storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'").toArray(),
      ),
    ).toEqual([])
  })
})
