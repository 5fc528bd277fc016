import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { generateKey, newCallId, newCallToken, P2P_SIGNALING_PATH } from '@radist-tech/protocol'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Env } from './env.ts'
import { sendIn } from './testing/documented-requests.ts'
import { newCall, newProject, type TestProject } from './testing/project-fixture.ts'
import { TestSocket } from './testing/test-peer.ts'

const ADDRESS = '192.0.2.7'
const TOO_MANY = { error: 'Too many requests.', code: 'too_many_requests' }

let project: TestProject
beforeAll(async () => {
  project = await newProject()
})

/** Takes so many attempts of each key, and none beyond. */
class Limiter implements RateLimit {
  readonly counted: string[] = []
  limit = async ({ key }: RateLimitOptions) => {
    this.counted.push(key)
    return { success: this.counted.filter((other) => other === key).length <= 3 }
  }
}
let limiter: Limiter
beforeEach(() => {
  limiter = new Limiter()
})

type Init = { method?: string; key?: string; address?: string; headers?: Record<string, string> }
function send(
  path: string,
  { key, address = ADDRESS, headers = {}, ...init }: Init = {},
  bound: Partial<Env> = {},
) {
  const bearer = key === undefined ? {} : { authorization: `Bearer ${key}` }
  const all = { 'cf-connecting-ip': address, ...bearer, ...headers }
  const environment = { ...env, FAILED_ATTEMPTS: limiter, ...bound }
  return sendIn(environment, path, { ...init, headers: all })
}
const callsPath = () => `/api/v1/projects/${project.projectId}/calls`
const mintPath = (callId: string) => `/api/v1/p2p/calls/${callId}/token`

async function closeOf(publicKey: string, callToken: string) {
  const query = new URLSearchParams({ publicKey, callToken })
  const answer = await send(`${P2P_SIGNALING_PATH}?${query}`, { headers: { upgrade: 'websocket' } })
  if (!answer.webSocket) throw new Error(`No socket: ${answer.status}`)
  return new TestSocket(answer.webSocket).closed
}

describe('failed attempts of an address', () => {
  it.each<[string, () => Response | Promise<Response>, number]>([
    ['a wrong secret key', () => send(callsPath(), { key: generateKey('secret') }), 401],
    ['no key', () => send(callsPath(), { method: 'POST' }), 401],
    [
      'a wrong public key',
      () => send(mintPath(newCallId()), { method: 'POST', key: generateKey('public') }),
      401,
    ],
    ['a guessed call', () => send(mintPath(newCallId()), { method: 'POST', key: project.publicKey }), 404],
    [
      'a guessed room',
      () => send(`/api/v1/sfu/rooms/no-uuid/locate`, { method: 'POST', key: project.publicKey }),
      404,
    ],
    ['a wrong fleet secret', () => send('/api/v1/sfu/hosts', { method: 'POST', key: 'guess' }), 401],
  ])('are told apart no more beyond the limit: %s', async (_, attempt, status) => {
    for (let i = 0; i < 3; i++) {
      const answer = await attempt()
      expect(answer.status).toBe(status)
      expect(answer.headers.has('retry-after')).toBe(false)
    }
    const answer = await attempt()
    expect(answer.status).toBe(429)
    expect(answer.headers.get('retry-after')).toBe('60')
    expect(await answer.json()).toEqual(TOO_MANY)
    expect(limiter.counted).toEqual(Array(4).fill(ADDRESS))
  })

  it('close the signaling socket with 4429 beyond the limit', async () => {
    const { callId } = await newCall(project)
    for (const token of [newCallToken(callId).token, newCallToken(newCallId()).token, 'ct_x'])
      expect((await closeOf(project.publicKey, token)).code).not.toBe(4429)
    expect(await closeOf(project.publicKey, newCallToken(callId).token)).toEqual({
      code: 4429,
      reason: TOO_MANY.error,
    })
  })

  it('lock nobody out who has good credentials, behind the same address or another', async () => {
    for (let i = 0; i < 9; i++) await send(callsPath())
    const { callId, callTokens } = await newCall(project)
    expect((await send(callsPath(), { key: project.secretKey })).status).toBe(200)
    const minted = await send(mintPath(callId), { method: 'POST', key: project.publicKey })
    expect(minted.status).toBe(200)
    const query = new URLSearchParams({ publicKey: project.publicKey, callToken: callTokens[0] })
    const socket = await send(`${P2P_SIGNALING_PATH}?${query}`, { headers: { upgrade: 'websocket' } })
    if (!socket.webSocket) throw new Error('no socket')
    await new TestSocket(socket.webSocket).expect('connected')
    expect(limiter.counted).toHaveLength(9)
    expect((await send(callsPath(), { address: '192.0.2.8' })).status).toBe(401)
  })

  it('are counted together for the addresses that one IPv6 customer has', async () => {
    for (const address of ['2001:db8::1', '2001:db8::2', '2001:db8::ffff'])
      await send(callsPath(), { address })
    expect((await send(callsPath(), { address: '2001:db8::3' })).status).toBe(429)
    expect((await send(callsPath(), { address: '2001:db8:0:1::1' })).status).toBe(401)
  })

  it('can be read by the page that made them', async () => {
    const attempt = () =>
      send(mintPath(newCallId()), {
        method: 'POST',
        key: 'x',
        headers: { origin: 'https://customer.example' },
      })
    for (let i = 0; i < 3; i++) await attempt()
    const answer = await attempt()
    expect(answer.status).toBe(429)
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://customer.example')
    expect(answer.headers.get('access-control-expose-headers')).toBe('retry-after')
    expect(answer.headers.get('vary')).toBe('Origin')
  })

  it('are not what else may be refused', async () => {
    const { callId } = await newCall(project, { accessControl: 'private' })
    const unknownCall = `${callsPath()}/${newCallId()}/token`
    const statuses = [
      await send(`${callsPath()}?page=0`, { key: project.secretKey }),
      await send(mintPath(callId), { method: 'POST', key: project.publicKey }),
      await send(unknownCall, { method: 'POST', key: project.secretKey }),
      await send('/api/v1/nothing'),
    ].map(({ status }) => status)
    expect(statuses).toEqual([400, 403, 404, 404])
    expect(limiter.counted).toEqual([])
  })

  it('write nothing down for calls that do not exist', async () => {
    const callId = newCallId()
    for (let i = 0; i < 5; i++) {
      await send(mintPath(callId), { method: 'POST', key: project.publicKey })
      await closeOf(project.publicKey, newCallToken(callId).token)
    }
    const call = env.CALL.getByName(callId)
    const left = await runInDurableObject(call, async (_, { storage }) => ({
      tables: storage.sql
        .exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'")
        .toArray(),
      keys: (await storage.list()).size,
      alarm: await storage.getAlarm(),
    }))
    expect(left).toEqual({ tables: [], keys: 0, alarm: null })
  })
})

describe('the limiter', () => {
  it('is Cloudflare’s, bound by wrangler.toml', async () => {
    const { FAILED_ATTEMPTS } = env
    if (!FAILED_ATTEMPTS) throw new Error('not bound')
    const statuses: number[] = []
    // A new minute may begin on the way, so twice the limit and one more.
    while (statuses.length <= 600 && statuses.at(-1) !== 429) {
      const answer = await send(callsPath(), {}, { FAILED_ATTEMPTS })
      statuses.push(answer.status)
    }
    expect(statuses.length).toBeGreaterThan(300)
    expect(statuses.pop()).toBe(429)
    expect(new Set(statuses)).toEqual(new Set([401]))
  })

  it('is not needed: without it, or while it fails, nothing is counted', async () => {
    const said = vi.spyOn(console, 'warn').mockReturnValue()
    const failing: RateLimit = {
      limit: async () => {
        throw new Error('out of order')
      },
    }
    const { FAILED_ATTEMPTS: _, ...without } = env
    for (let i = 0; i < 5; i++) {
      expect((await send(callsPath(), {}, { FAILED_ATTEMPTS: failing })).status).toBe(401)
      const headers = { 'cf-connecting-ip': ADDRESS }
      const unbound = await sendIn(without, callsPath(), { headers })
      expect(unbound.status).toBe(401)
    }
    expect(said).toHaveBeenCalledTimes(5)
    expect(said).toHaveBeenCalledWith(expect.stringContaining('out of order'))
    said.mockRestore()
  })

  it('is asked about nobody whose address is not known', async () => {
    expect((await send(callsPath(), { address: '' })).status).toBe(401)
    expect(limiter.counted).toEqual([])
  })
})
