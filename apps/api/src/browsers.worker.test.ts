/** What browsers may do with keys, from which pages, and what a page can read of a refusal. */
import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { generateKey, newCallId, P2P_SIGNALING_PATH } from '@radist-tech/protocol'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { sendIn } from './testing/documented-requests.ts'
import { addPublicKey, newCall, newProject, request, type TestProject } from './testing/project-fixture.ts'
import { storedOf } from './testing/stored-call.ts'
import { joinCall, openSocket, reconnectCall, reconnection, refusalOf } from './testing/test-peer.ts'
import { withUnreachable } from './testing/unreachable-objects.ts'

const HOME = 'https://app.customer.example'
const FOREIGN = 'https://evil.example'
const NOT_ALLOWED = { error: 'The project does not allow this origin.', code: 'origin_not_allowed' }
const NOT_ALLOWED_CLOSE = { code: 4403, reason: NOT_ALLOWED.error }
const IN_BROWSER = {
  error: 'Secret keys must not be used in browsers: call this endpoint from your backend.',
  code: 'secret_key_in_browser',
}

let open: TestProject
let listed: TestProject
beforeAll(async () => {
  open = await newProject()
  listed = await newProject({ allowedOrigins: JSON.stringify([HOME]) })
})

const tokenPath = (callId: string) => `/api/v1/p2p/calls/${callId}/token`
const mint = (callId: string, key: string, origin?: string) =>
  request(tokenPath(callId), { method: 'POST', key, headers: origin === undefined ? {} : { origin } })
const readableBy = (answer: Response) => answer.headers.get('access-control-allow-origin')

/** In place of the objects, where none may be asked. */
const nobody = new Proxy({} as never, {
  get: () => {
    throw new Error('an object was asked')
  },
})
const withoutObjects = (path: string, init: RequestInit) =>
  sendIn({ ...env, CALL: nobody, PROJECT: nobody, ROOM: nobody }, path, init)

describe('pages of a project that lists its origins', () => {
  it('mint from a listed one, and read the answer', async () => {
    const { callId } = await newCall(listed)
    const answer = await mint(callId, listed.publicKey, HOME)
    expect(answer.status).toBe(200)
    expect(readableBy(answer)).toBe(HOME)
    expect(answer.headers.get('vary')).toBe('Origin')
  })

  it.each([FOREIGN, `${HOME}:8443`, HOME.replace('https', 'http'), 'null'])(
    'are refused from %s, and change nothing',
    async (origin) => {
      const { callId, callTokens } = await newCall(listed)
      const before = await storedOf(callId)
      const answer = await mint(callId, listed.publicKey, origin)
      expect(answer.status).toBe(403)
      expect(await answer.json()).toEqual(NOT_ALLOWED)
      expect(readableBy(answer)).toBeNull()
      expect(answer.headers.get('vary')).toBe('Origin')
      const query = { publicKey: listed.publicKey, callToken: callTokens[0] }
      expect(await refusalOf(query, { origin })).toEqual(NOT_ALLOWED_CLOSE)
      expect(await storedOf(callId)).toEqual(before)
      const socket = await openSocket(query, { origin: HOME })
      await socket.expect('connected')
    },
  )

  it('cannot take over a peer’s place from a foreign one', async () => {
    const { callTokens } = await newCall(listed)
    const peer = await joinCall(listed.publicKey, callTokens[0])
    const before = await storedOf(peer.callId)
    expect(await refusalOf(reconnection(peer), { origin: FOREIGN })).toEqual(NOT_ALLOWED_CLOSE)
    expect(await storedOf(peer.callId)).toEqual(before)
    expect(await peer.socket.rest()).toEqual([])
    await reconnectCall(peer)
  })

  it('use a key that is newer than the call, and a foreign page does not teach it to the call', async () => {
    const { callId } = await newCall(listed)
    const newer = await addPublicKey(listed.projectId)
    const before = await storedOf(callId)
    expect((await mint(callId, newer, FOREIGN)).status).toBe(403)
    expect(await storedOf(callId)).toEqual(before)
    expect((await mint(callId, newer, HOME)).status).toBe(200)
  })

  it('are told of a wrong key or call wherever they are', async () => {
    const { callId } = await newCall(listed)
    for (const key of [generateKey('public'), 'x']) {
      const answer = await mint(callId, key, FOREIGN)
      expect(answer.status).toBe(401)
      expect(readableBy(answer)).toBe(FOREIGN)
    }
    const unknown = await mint(newCallId(), listed.publicKey, FOREIGN)
    expect(unknown.status).toBe(404)
    expect(readableBy(unknown)).toBe(FOREIGN)
  })

  it('mint by the list of now, also for a call that is older', async () => {
    const owner = await newProject({ allowedOrigins: JSON.stringify([HOME]) })
    const { callId } = await newCall(owner)
    await env.DB.prepare('UPDATE projects SET allowed_origins = ? WHERE id = ?')
      .bind(JSON.stringify([FOREIGN]), owner.projectId)
      .run()
    await env.PROJECT.getByName(owner.projectId).invalidateCache()
    expect((await mint(callId, owner.publicKey, HOME)).status).toBe(403)
    expect((await mint(callId, owner.publicKey, FOREIGN)).status).toBe(200)
  })

  it('find a room from a listed one only', async () => {
    const locate = (origin: string) =>
      request(`/api/v1/sfu/rooms/${roomId}/locate`, {
        method: 'POST',
        key: listed.publicKey,
        headers: { origin },
        body: { participantId: `part_${'A'.repeat(22)}`, reconnectToken: 'rt_0_x' },
      })
    const roomId = crypto.randomUUID()
    const reservation = { projectId: listed.projectId, id: roomId, sequence: 1, createdAt: Date.now() }
    await env.ROOM.getByName(roomId).voidReservation(reservation)
    const refused = await locate(FOREIGN)
    expect(refused.status).toBe(403)
    expect(readableBy(refused)).toBeNull()
    const closed = await locate(HOME)
    expect(closed.status).toBe(410)
    expect(readableBy(closed)).toBe(HOME)
  })
})

describe('programs that are no browsers', () => {
  it('use the public key of any project', async () => {
    const { callId } = await newCall(listed)
    const answer = await mint(callId, listed.publicKey)
    expect(answer.status).toBe(200)
    const { callToken } = await answer.json<{ callToken: string }>()
    await joinCall(listed.publicKey, callToken)
  })
})

describe('pages of a project that lists none', () => {
  it('come from everywhere', async () => {
    const { callId, callTokens } = await newCall(open)
    for (const origin of [HOME, FOREIGN, 'null']) {
      const answer = await mint(callId, open.publicKey, origin)
      expect(answer.status).toBe(200)
      expect(readableBy(answer)).toBe(origin)
      expect(answer.headers.has('access-control-allow-credentials')).toBe(false)
    }
    const query = { publicKey: open.publicKey, callToken: callTokens[0] }
    await (await openSocket(query, { origin: FOREIGN })).expect('connected')
  })

  it('come from everywhere to a call that was made before there were lists', async () => {
    const { callId } = await newCall(open)
    const call = env.CALL.getByName(callId)
    await runInDurableObject(call, (_, { storage }) => {
      storage.sql.exec('ALTER TABLE call DROP COLUMN access')
      storage.sql.exec('ALTER TABLE call ADD COLUMN public_keys TEXT')
      storage.sql.exec('UPDATE call SET public_keys = ?', JSON.stringify([open.publicKey]))
    })
    await evictDurableObject(call)
    // The project is not asked: what the call itself has says so.
    await withUnreachable(
      (name) => name === open.projectId,
      async () => expect((await mint(callId, open.publicKey, FOREIGN)).status).toBe(200),
    )
  })
})

describe('a list that cannot be read', () => {
  it.each(['', HOME, '["*"]', JSON.stringify([`${HOME}/path`])])(
    'lets no page in, and says so in the log: %j',
    async (allowedOrigins) => {
      const said = vi.spyOn(console, 'error').mockReturnValue()
      const owner = await newProject({ allowedOrigins })
      const { callId } = await newCall(owner)
      expect(said).toHaveBeenCalledWith(expect.stringContaining(owner.projectId))
      said.mockRestore()
      for (const origin of [HOME, FOREIGN])
        expect((await mint(callId, owner.publicKey, origin)).status).toBe(403)
      expect((await mint(callId, owner.publicKey)).status).toBe(200)
    },
  )
})

describe('preflights', () => {
  it('ask no object, and say the same of every call', async () => {
    const { callId } = await newCall(listed)
    const preflight = (path: string) =>
      withoutObjects(path, {
        method: 'OPTIONS',
        headers: { origin: FOREIGN, 'access-control-request-method': 'POST' },
      })
    for (const path of [tokenPath(callId), tokenPath(newCallId()), `/api/v1/sfu/rooms/x/locate`]) {
      const answer = await preflight(path)
      expect(answer.status).toBe(204)
      expect(Object.fromEntries(answer.headers)).toEqual({
        'access-control-allow-headers': 'authorization,content-type',
        'access-control-allow-methods': 'POST',
        'access-control-allow-origin': FOREIGN,
        'access-control-expose-headers': 'retry-after',
        'access-control-max-age': '86400',
        vary: 'Origin, Access-Control-Request-Headers',
      })
    }
  })

  it('open no endpoint of the secret key', async () => {
    for (const path of ['calls', 'calls/x/token', 'rooms', 'rooms/x/token']) {
      const answer = await request(`/api/v1/projects/${open.projectId}/${path}`, {
        method: 'OPTIONS',
        headers: { origin: HOME, 'access-control-request-method': 'POST' },
      })
      expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
    }
  })
})

describe('a secret key in a browser', () => {
  const keys = () => [open.secretKey, generateKey('secret'), 'rad_sk_mistyped']
  const secretRequests: [string, string][] = [
    ['GET', 'calls?page=0'],
    ['POST', 'calls'],
    ['POST', 'calls/no-uuid/token'],
    ['POST', 'rooms'],
    ['POST', 'rooms/no-uuid/token'],
    ['PUT', 'calls'],
    ['GET', 'nothing'],
  ]

  it.each(secretRequests)(
    'is refused before any object is asked, without CORS: %s %s',
    async (method, path) => {
      for (const projectId of [open.projectId, 'no-uuid'])
        for (const key of keys()) {
          const body = method === 'GET' ? {} : { body: 'not JSON' }
          const headers = { origin: HOME, authorization: `Bearer ${key}` }
          const answer = await withoutObjects(`/api/v1/projects/${projectId}/${path}`, {
            method,
            headers,
            ...body,
          })
          expect(answer.status).toBe(403)
          expect(await answer.json()).toEqual(IN_BROWSER)
          expect(readableBy(answer)).toBeNull()
        }
    },
  )

  it('is explained to the page where it stands in a public key’s place', async () => {
    for (const key of keys()) {
      const minting = await withoutObjects(tokenPath(newCallId()), {
        method: 'POST',
        headers: { origin: HOME, authorization: `Bearer ${key}` },
      })
      expect(minting.status).toBe(403)
      expect(await minting.json()).toEqual(IN_BROWSER)
      expect(readableBy(minting)).toBe(HOME)
      const query = { publicKey: key, callToken: 'ct_x' }
      expect(await refusalOf(query, { origin: HOME })).toEqual({ code: 4403, reason: IN_BROWSER.error })
    }
    const plain = await request(`${P2P_SIGNALING_PATH}?publicKey=${open.secretKey}`, {
      headers: { origin: HOME },
    })
    expect(plain.status).toBe(403)
  })

  it('is a wrong key where a program sends it in a public key’s place', async () => {
    expect((await mint(newCallId(), open.secretKey)).status).toBe(401)
    const query = { publicKey: open.secretKey, callToken: 'ct_x' }
    expect((await refusalOf(query)).code).toBe(4401)
  })
})

describe('answers to secret keys', () => {
  it('carry no CORS headers, whatever they are', async () => {
    const path = `/api/v1/projects/${open.projectId}/calls`
    for (const key of [undefined, open.publicKey, generateKey('public')]) {
      const answer = await request(path, { ...(key === undefined ? {} : { key }), headers: { origin: HOME } })
      expect(answer.status).toBe(401)
      expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
    }
    expect(readableBy(await request(path, { key: open.secretKey }))).toBeNull()
  })
})
