import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import {
  createCallAnswerSchema,
  listCallsAnswerSchema,
  mintCallTokenAnswerSchema,
  parseCallToken,
} from '@radist-tech/protocol'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CLAIM_MS, MAX_CLAIMS } from '../domain/idempotency.ts'
import { CallObject } from '../objects/call-object.ts'
import { ProjectObject } from '../objects/project-object.ts'
import { passTime, restoreTime } from '../testing/clock.ts'
import { diesAfter, diesBefore, expectLost } from '../testing/dying.ts'
import { withFailingD1 } from '../testing/failing-d1.ts'
import { expectRefusal, post, taken, takenAlike } from '../testing/keyed-requests.ts'
import { addSecretKey, newCall, newProject, request, type TestProject } from '../testing/project-fixture.ts'
import { joinCall, refusalOf } from '../testing/test-peer.ts'

let project: TestProject
beforeEach(async () => {
  project = await newProject()
})
afterEach(restoreTime)

const create = (key: string, body?: unknown, by = project) => post(by, '/calls', key, body)
const mint = (callId: string, key: string | null, body?: unknown) =>
  post(project, `/calls/${callId}/token`, key, body)
const made = (answer: Promise<Response>) => taken(answer, createCallAnswerSchema)
const minted = async (answer: Promise<Response>) => (await taken(answer, mintCallTokenAnswerSchema)).callToken
const expectReused = (answer: Promise<Response>) =>
  expectRefusal(
    answer,
    409,
    'idempotency_key_reused',
    'Idempotency-Key was already used for another request.',
  )

const projectObject = () => env.PROJECT.getByName(project.projectId)
const callObject = (callId: string) => env.CALL.getByName(callId)
const open = () => projectObject().openConnections()
const listed = async () => {
  const answer = await request(`/api/v1/projects/${project.projectId}/calls`, { key: project.secretKey })
  return listCallsAnswerSchema.parse(await answer.json()).calls
}
const tablesOf = (stub: DurableObjectStub<CallObject> | DurableObjectStub<ProjectObject>) =>
  runInDurableObject(stub, (_, { storage }) =>
    storage.sql
      .exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'")
      .toArray()
      .map(({ name }) => name),
  )

describe('creating a call with an Idempotency-Key', () => {
  it('answers a repetition the same, and makes one call', async () => {
    const first = await made(create('order-1'))
    expect(await made(create('order-1'))).toEqual(first)
    expect(await made(create('order-1', {}))).toEqual(first)
    expect(await made(create('order-1', { tokenTtlSeconds: 3600 }))).toEqual(first)
    // What is said is not what a setting says.
    await expectReused(create('order-1', { accessControl: 'public' }))
    expect(await made(create('order-2'))).not.toEqual(first)
    expect(await open()).toBe(2)
    expect(await listed()).toHaveLength(2)
    const [host, guest] = first.callTokens
    expect(host).not.toBe(guest)
    for (const token of [host, guest]) {
      expect(parseCallToken(token)?.callId).toBe(first.callId)
      await joinCall(project.publicKey, token)
    }
  })

  it('makes one call for 20 at once', async () => {
    await takenAlike(() => made(create('k')))
    expect(await open()).toBe(1)
    expect(await listed()).toHaveLength(1)
  })

  it('gives back no token that was used', async () => {
    const { callTokens } = await made(create('k'))
    await joinCall(project.publicKey, callTokens[0])
    expect((await made(create('k'))).callTokens).toEqual(callTokens)
    const refusal = await refusalOf({ publicKey: project.publicKey, callToken: callTokens[0] })
    expect(refusal).toEqual({ code: 4401, reason: 'Invalid or already used call token.' })
  })

  it('answers the same after the call has ended', async () => {
    const first = await made(create('k'))
    const path = `/api/v1/projects/${project.projectId}/calls/${first.callId}`
    expect((await request(path, { method: 'DELETE', key: project.secretKey })).status).toBe(200)
    await expect.poll(open).toBe(0)
    expect(await made(create('k'))).toEqual(first)
    await evictDurableObject(callObject(first.callId))
    await evictDurableObject(projectObject())
    expect(await made(create('k'))).toEqual(first)
    expect(await open()).toBe(0)
  })

  it('refuses the key with another body, path, or secret key', async () => {
    const { callId } = await made(create('k'))
    await expectReused(create('k', { accessControl: 'private' }))
    await expectReused(mint(callId, 'k'))
    await expectReused(post(project, '/rooms', 'k'))
    const another = { ...project, secretKey: await addSecretKey(project.projectId) }
    await expectReused(create('k', {}, another))
    expect(await open()).toBe(1)
  })

  it('keeps the keys of projects apart', async () => {
    const other = await newProject()
    const [mine, theirs] = [await made(create('k')), await made(create('k', {}, other))]
    expect(mine.callId).not.toBe(theirs.callId)
    expect(await made(create('k', {}, other))).toEqual(theirs)
  })

  it('stores nothing from which a token could be made', async () => {
    const { callId, callTokens } = await made(create('a-key'))
    const dump = async (stub: DurableObjectStub<CallObject> | DurableObjectStub<ProjectObject>) =>
      runInDurableObject(stub, (_, { storage }) => {
        const tables = storage.sql
          .exec<{ name: string }>(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'",
          )
          .toArray()
        return JSON.stringify(tables.map(({ name }) => storage.sql.exec(`SELECT * FROM ${name}`).toArray()))
      })
    const stored = (await dump(projectObject())) + (await dump(callObject(callId)))
    for (const secret of [...callTokens.map((token) => token.slice(-32)), project.secretKey, 'a-key'])
      expect(stored).not.toContain(secret)
  })

  it.each(['', ' ', 'a b', 'x'.repeat(256), 'a\tb', 'one, two'])('refuses %j as key', async (key) => {
    await expectRefusal(
      create(key),
      400,
      'invalid_idempotency_key',
      'Invalid Idempotency-Key header: 1 to 255 printable ASCII characters.',
    )
    const stranger = { ...project, secretKey: (await newProject()).secretKey }
    await expectRefusal(
      create(key, {}, stranger),
      401,
      'invalid_secret_key',
      'Invalid project id or secret key.',
    )
    expect(await open()).toBe(0)
  })

  it('takes any printable ASCII, up to 255 characters', async () => {
    for (const key of ['!', '~', '"quoted"', 'x'.repeat(255)]) {
      const first = await made(create(key))
      expect(await made(create(key))).toEqual(first)
    }
  })

  it('writes no more than before without a key', async () => {
    const { callId } = await newCall(project)
    await minted(mint(callId, null))
    expect(await tablesOf(projectObject())).not.toContain('claims')
    expect(await tablesOf(callObject(callId))).not.toContain('granted_tokens')
  })
})

describe('a create that died half-way', () => {
  /** The first attempt, of which nobody hears anything. */
  const failed = (body?: unknown) => expectLost(() => create('k', body))

  it('before anything was claimed is begun', async () => {
    diesBefore(ProjectObject.prototype, 'openClaimedConnection')
    await failed()
    const answer = await made(create('k'))
    expect(await made(create('k'))).toEqual(answer)
    expect(await open()).toBe(1)
  })

  it('after the place was reserved is finished', async () => {
    diesAfter(ProjectObject.prototype, 'openClaimedConnection')
    await failed()
    expect(await open()).toBe(1)
    await evictDurableObject(projectObject())
    const { callTokens } = await made(create('k'))
    expect(await open()).toBe(1)
    await joinCall(project.publicKey, callTokens[1])
    expect(await listed()).toHaveLength(1)
  })

  it('before the call was made is finished', async () => {
    diesBefore(CallObject.prototype, 'create')
    await failed()
    const { callTokens } = await made(create('k'))
    await joinCall(project.publicKey, callTokens[0])
    expect(await open()).toBe(1)
  })

  it('or still waits for D1 is finished with it, and listed once', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue()
    await projectObject().authorize(project.projectId, { kind: 'trusted' })
    const { result, met } = await withFailingD1('hangs', async () => {
      const first = create('k')
      await expect.poll(open).toBe(1)
      return Promise.all([made(first), made(create('k'))])
    })
    expect(met).toBeGreaterThan(0)
    const [{ callId }, repeated] = result
    expect(repeated).toEqual(result[0])
    expect(await open()).toBe(1)
    await evictDurableObject(callObject(callId))
    passTime(20_000)
    await runDurableObjectAlarm(callObject(callId))
    expect((await listed()).map((call) => call.callId)).toEqual([callId])
    expect(await made(create('k'))).toEqual(repeated)
    expect(await listed()).toHaveLength(1)
    warn.mockRestore()
  })

  it('after the call was made is answered', async () => {
    diesAfter(CallObject.prototype, 'create')
    await failed({ accessControl: 'private' })
    const [row] = await listed()
    if (!row) throw new Error('no call')
    await evictDurableObject(callObject(row.callId))
    await evictDurableObject(projectObject())
    const { callId, callTokens } = await made(create('k', { accessControl: 'private' }))
    expect(callId).toBe(row.callId)
    const peer = await joinCall(project.publicKey, callTokens[0])
    expect(peer.connected.call.accessControl).toBe('private')
    expect(await open()).toBe(1)
  })

  it('and whose reservation was voided makes a fresh call, once', async () => {
    diesBefore(CallObject.prototype, 'create')
    await failed()
    passTime(30_001)
    expect(await runDurableObjectAlarm(projectObject())).toBe(true)
    expect(await open()).toBe(0)
    const { callId, callTokens } = await takenAlike(() => made(create('k')))
    expect(await open()).toBe(1)
    const calls = await listed()
    expect(calls.map(({ tombstonedAt }) => tombstonedAt === null)).toEqual([true, false])
    expect(calls[0]?.callId).toBe(callId)
    for (const token of callTokens) await joinCall(project.publicKey, token)
  })

  it('and that is repeated late hands out no token that is old already', async () => {
    diesBefore(CallObject.prototype, 'create')
    await failed({ tokenTtlSeconds: 60 })
    // The alarm that voids the reservation has not rung yet.
    passTime(61_000)
    const answer = await made(create('k', { tokenTtlSeconds: 60 }))
    await joinCall(project.publicKey, answer.callTokens[0])
    await runDurableObjectAlarm(projectObject())
    expect(await open()).toBe(1)
    expect(await made(create('k', { tokenTtlSeconds: 60 }))).toEqual(answer)
  })
})

describe('a key', () => {
  it('is free again when the limit has refused its request', async () => {
    project = await newProject({ connectionLimit: 1 })
    const { callId } = await made(create('first'))
    await expectRefusal(create('k'), 429, 'connection_limit_reached', 'Connection limit reached.')
    const { callTokens } = await made(create('first'))
    expect(parseCallToken(callTokens[0])?.callId).toBe(callId)
    await request(`/api/v1/projects/${project.projectId}/calls/${callId}`, {
      method: 'DELETE',
      key: project.secretKey,
    })
    await expect.poll(open).toBe(0)
    // Not claimed: another body may come with it.
    const answer = await made(create('k', { accessControl: 'private' }))
    expect(await made(create('k', { accessControl: 'private' }))).toEqual(answer)
  })

  it('is honoured for 24 hours, then forgotten', async () => {
    const first = await made(create('k'))
    passTime(CLAIM_MS - 1000)
    expect(await made(create('k'))).toEqual(first)
    passTime(1000)
    const second = await made(create('k'))
    expect(second.callId).not.toBe(first.callId)
    expect(await made(create('k'))).toEqual(second)
    await made(create('other'))
    passTime(CLAIM_MS + 60_001)
    await runDurableObjectAlarm(projectObject())
    const left = await runInDurableObject(projectObject(), (_, { storage }) =>
      storage.sql.exec('SELECT count(*) AS n FROM claims').one(),
    )
    expect(left).toEqual({ n: 0 })
  })

  it('is refused when there are too many', async () => {
    await made(create('first'))
    await runInDurableObject(projectObject(), (_, { storage }) => {
      storage.sql.exec(
        `INSERT INTO claims SELECT ?, 'x', fingerprint, seed, created_at, connection_id, sequence FROM claims`,
        MAX_CLAIMS,
      )
    })
    await expectRefusal(create('k'), 429, 'too_many_requests', 'Too many requests.')
    expect(await open()).toBe(1)
    await made(create('first'))
  })
})

describe('minting a call token with an Idempotency-Key', () => {
  it('mints one token, which admits once', async () => {
    const { callId } = await newCall(project)
    const callToken = await takenAlike(() => minted(mint(callId, 'k')))
    expect(await minted(mint(callId.toUpperCase(), 'k', { tokenTtlSeconds: 3600 }))).toBe(callToken)
    const peer = await joinCall(project.publicKey, callToken)
    await evictDurableObject(callObject(callId))
    expect(await minted(mint(callId, 'k'))).toBe(callToken)
    const { publicKey } = project
    expect((await refusalOf({ publicKey, callToken })).reason).toBe('Invalid or already used call token.')
    await joinCall(project.publicKey, await minted(mint(callId, 'k2')))
    expect(await minted(mint(callId, 'k'))).toBe(callToken)
    await expectRefusal(mint(callId, 'k3'), 409, 'all_peers_connected', 'All peers are already connected.')
    expect(peer.callId).toBe(callId)
  })

  it('answers the same after the call, and is refused what was never minted', async () => {
    const { callId } = await newCall(project)
    const callToken = await minted(mint(callId, 'k'))
    const path = `/api/v1/projects/${project.projectId}/calls/${callId}`
    await request(path, { method: 'DELETE', key: project.secretKey })
    expect(await minted(mint(callId, 'k'))).toBe(callToken)
    await expectRefusal(mint(callId, 'k2'), 410, 'call_terminated', 'Call has been terminated.')
  })

  it('refuses the key for another call, and unknown calls', async () => {
    const [one, two] = [await newCall(project), await newCall(project)]
    await minted(mint(one.callId, 'k'))
    await expectReused(mint(two.callId, 'k'))
    await expectReused(mint(one.callId, 'k', { tokenTtlSeconds: 60 }))
    await expectReused(create('k'))
    for (const id of [crypto.randomUUID(), 'x', (await newCall(await newProject())).callId])
      await expectRefusal(mint(id, `for-${id}`), 404, 'call_not_found', 'Call not found.')
  })

  it('finishes what died half-way', async () => {
    const { callId } = await newCall(project)
    diesAfter(ProjectObject.prototype, 'claim')
    await expectLost(() => mint(callId, 'a'))
    await evictDurableObject(projectObject())
    await joinCall(project.publicKey, await minted(mint(callId, 'a')))
    diesAfter(CallObject.prototype, 'mintClaimed')
    await expectLost(() => mint(callId, 'b'))
    await evictDurableObject(callObject(callId))
    await joinCall(project.publicKey, await minted(mint(callId, 'b')))
  })

  it('begins anew, once, when the claim has come to nothing', async () => {
    const { callId } = await newCall(project)
    diesBefore(CallObject.prototype, 'mintClaimed')
    await expectLost(() => mint(callId, 'k', { tokenTtlSeconds: 60 }))
    passTime(61_000)
    const callToken = await takenAlike(() => minted(mint(callId, 'k', { tokenTtlSeconds: 60 })))
    await joinCall(project.publicKey, callToken)
  })
})
