import { env } from 'cloudflare:workers'
import {
  generateKey,
  listCallsAnswerSchema,
  mintCallTokenAnswerSchema,
  parseCallToken,
} from '@radist-tech/protocol'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  addPublicKey,
  addSecretKey,
  newCall,
  newProject,
  request,
  type TestProject,
} from '../testing/project-fixture.ts'
import { joinCall } from '../testing/test-peer.ts'

const callsPath = ({ projectId }: TestProject) => `/api/v1/projects/${projectId}/calls`

async function expectError(answer: Response, status: number, error: string, code: string) {
  expect(answer.status).toBe(status)
  expect(await answer.json()).toEqual({ error, code })
}

let project: TestProject
let other: TestProject
beforeAll(async () => {
  project = await newProject()
  other = await newProject()
})

describe('POST /api/v1/projects/:projectId/calls', () => {
  it('makes a call with two tokens', async () => {
    const { callId, callTokens } = await newCall(project)
    for (const token of callTokens) expect(parseCallToken(token)?.callId).toBe(callId)
    expect(callTokens[0]).not.toBe(callTokens[1])
  })

  it('answers 401 without a bearer token', async () => {
    const missing = await request(callsPath(project), { method: 'POST' })
    await expectError(missing, 401, 'Missing bearer token.', 'missing_bearer_token')
    const basic = await request(callsPath(project), { method: 'POST', headers: { authorization: 'Basic x' } })
    await expectError(basic, 401, 'Missing bearer token.', 'missing_bearer_token')
  })

  it('answers 401 to a key that is not the project’s', async () => {
    const keys = [other.secretKey, project.publicKey, generateKey('secret'), 'rad_sk_x', 'x']
    for (const key of keys) {
      const answer = await request(callsPath(project), { method: 'POST', key, body: 'not JSON' })
      await expectError(answer, 401, 'Invalid project id or secret key.', 'invalid_secret_key')
    }
    for (const projectId of [crypto.randomUUID(), 'no-uuid']) {
      const path = callsPath({ ...project, projectId })
      const answer = await request(path, { method: 'POST', key: project.secretKey })
      await expectError(answer, 401, 'Invalid project id or secret key.', 'invalid_secret_key')
    }
  })

  it('takes a key that was made a moment ago, and refuses one as soon as its revocation is told', async () => {
    const key = await addSecretKey(project.projectId)
    expect((await request(callsPath(project), { method: 'POST', key })).status).toBe(200)
    await env.DB.prepare('UPDATE secret_keys SET revoked_at = 1 WHERE last_four = ? AND project_id = ?')
      .bind(key.slice(-4), project.projectId)
      .run()
    await env.PROJECT.getByName(project.projectId).invalidateCache()
    expect((await request(callsPath(project), { method: 'POST', key })).status).toBe(401)
  })

  it('answers 400 to a body that it does not know', async () => {
    const bodies = [
      'not JSON',
      '[]',
      'null',
      { accessControl: 'secret' },
      { tokenTtlSeconds: 59 },
      { tokenTtlSeconds: 86_401 },
      { tokenTtlSeconds: 90.5 },
      { surprise: 1 },
    ]
    for (const body of bodies) {
      const answer = await request(callsPath(project), { method: 'POST', key: project.secretKey, body })
      await expectError(answer, 400, 'Invalid request body.', 'invalid_body')
    }
    const body = JSON.stringify({ accessControl: ' '.repeat(20_000) })
    const answer = await request(callsPath(project), { method: 'POST', key: project.secretKey, body })
    await expectError(answer, 413, 'Request body is too large.', 'body_too_large')
  })
})

describe('GET /api/v1/projects/:projectId/calls', () => {
  let listed: TestProject
  const made: string[] = []
  beforeAll(async () => {
    listed = await newProject()
    for (let i = 0; i < 5; i++) made.unshift((await newCall(listed)).callId)
  })

  const list = (query: string) => request(`${callsPath(listed)}${query}`, { key: listed.secretKey })

  it('lists the newest first, a call right after it was made', async () => {
    const answer = await list('')
    expect(answer.status).toBe(200)
    const page = listCallsAnswerSchema.strict().parse(await answer.json())
    expect(page).toMatchObject({ page: 1, limit: 20, total: 5 })
    expect(page.calls.map((call) => call.callId)).toEqual(made)
    expect(page.calls.every((call) => call.tombstonedAt === null)).toBe(true)
  })

  it('cuts pages', async () => {
    const pageOf = async (query: string) => listCallsAnswerSchema.parse(await (await list(query)).json())
    const second = await pageOf('?page=2&limit=2')
    expect(second).toMatchObject({ page: 2, limit: 2, total: 5 })
    expect(second.calls.map((call) => call.callId)).toEqual(made.slice(2, 4))
    expect((await pageOf('?page=3&limit=2')).calls.map((call) => call.callId)).toEqual(made.slice(4))
    expect((await pageOf('?page=4&limit=2')).calls).toEqual([])
    expect((await pageOf(`?page=${Number.MAX_SAFE_INTEGER}&limit=100`)).calls).toEqual([])
  })

  it.each(['0', '-1', '1.5', '1e3', '', '%20', '01', '+1', 'x', '9007199254740992', '99999999999999999999'])(
    'refuses %j as page and as limit',
    async (value) => {
      await expectError(await list(`?page=${value}`), 400, 'Invalid page query parameter.', 'invalid_page')
      await expectError(await list(`?limit=${value}`), 400, 'Invalid limit query parameter.', 'invalid_limit')
    },
  )

  it('refuses more than 100 at once, and a parameter that comes twice', async () => {
    expect((await list('?limit=100')).status).toBe(200)
    await expectError(await list('?limit=101'), 400, 'Invalid limit query parameter.', 'invalid_limit')
    await expectError(await list('?page=1&page=1'), 400, 'Invalid page query parameter.', 'invalid_page')
    await expectError(await list('?limit=1&limit=1'), 400, 'Invalid limit query parameter.', 'invalid_limit')
  })

  it('answers 401 before it looks at the query', async () => {
    const missing = await request(`${callsPath(listed)}?page=0`)
    await expectError(missing, 401, 'Missing bearer token.', 'missing_bearer_token')
    const foreign = await request(`${callsPath(listed)}?page=0`, { key: other.secretKey })
    await expectError(foreign, 401, 'Invalid project id or secret key.', 'invalid_secret_key')
  })
})

describe('POST …/calls/:callId/token with the secret key', () => {
  const mint = (callId: string, from: TestProject = project, body?: unknown) =>
    request(`${callsPath(from)}/${callId}/token`, { method: 'POST', key: from.secretKey, body })

  it('mints a token that admits, to private calls too', async () => {
    const { callId } = await newCall(project, { accessControl: 'private' })
    const answer = await mint(callId.toUpperCase())
    expect(answer.status).toBe(200)
    const { callToken } = mintCallTokenAnswerSchema.parse(await answer.json())
    const peer = await joinCall(project.publicKey, callToken)
    expect(peer.connected.call).toMatchObject({ callId, accessControl: 'private' })
  })

  it('answers 404 to unknown calls and to another project’s', async () => {
    const { callId } = await newCall(other)
    for (const id of [callId, crypto.randomUUID(), 'no-uuid'])
      await expectError(await mint(id), 404, 'Call not found.', 'call_not_found')
  })

  it('answers 400, 401, 409 and 410', async () => {
    const { callId, callTokens } = await newCall(project)
    await expectError(
      await mint(callId, project, { tokenTtlSeconds: 1 }),
      400,
      'Invalid request body.',
      'invalid_body',
    )
    const foreign = { ...project, secretKey: other.secretKey }
    await expectError(
      await mint(callId, foreign),
      401,
      'Invalid project id or secret key.',
      'invalid_secret_key',
    )
    const peers = [
      await joinCall(project.publicKey, callTokens[0]),
      await joinCall(project.publicKey, callTokens[1]),
    ]
    await expectError(await mint(callId), 409, 'All peers are already connected.', 'all_peers_connected')
    for (const { socket } of peers) {
      socket.send({ type: 'bye' })
      await socket.closed
    }
    await expectError(await mint(callId), 410, 'Call has been terminated.', 'call_terminated')
  })
})

describe('POST /api/v1/p2p/calls/:callId/token with the public key', () => {
  const origin = 'https://customer.example'
  const mint = (callId: string, key: string | undefined, body?: unknown) =>
    request(`/api/v1/p2p/calls/${callId}/token`, {
      method: 'POST',
      headers: { origin },
      ...(key === undefined ? {} : { key }),
      body,
    })

  it('mints a token that admits, with CORS for any origin', async () => {
    const { callId } = await newCall(project)
    const answer = await mint(callId, project.publicKey, { tokenTtlSeconds: 60 })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin)
    expect(answer.headers.get('vary')).toBe('Origin')
    expect(answer.headers.has('access-control-allow-credentials')).toBe(false)
    const { callToken } = mintCallTokenAnswerSchema.parse(await answer.json())
    await joinCall(project.publicKey, callToken)
  })

  it('takes a public key that is newer than the call', async () => {
    const { callId } = await newCall(project)
    const newer = await addPublicKey(project.projectId)
    expect((await mint(callId, newer)).status).toBe(200)
  })

  it('answers 401 before 404', async () => {
    const { callId } = await newCall(project)
    for (const id of [callId, crypto.randomUUID(), 'no-uuid']) {
      await expectError(await mint(id, undefined), 401, 'Missing bearer token.', 'missing_bearer_token')
      for (const key of [generateKey('public'), 'rad_pk_x', 'x'])
        await expectError(await mint(id, key), 401, 'Invalid public key.', 'invalid_public_key')
    }
  })

  it('answers 404 to unknown calls and to another project’s, with CORS', async () => {
    const { callId } = await newCall(other)
    for (const id of [callId, crypto.randomUUID(), 'no-uuid']) {
      const answer = await mint(id, project.publicKey)
      expect(answer.headers.get('access-control-allow-origin')).toBe(origin)
      await expectError(answer, 404, 'Call not found.', 'call_not_found')
    }
  })

  it('answers 403 to private calls', async () => {
    const { callId } = await newCall(project, { accessControl: 'private' })
    await expectError(await mint(callId, project.publicKey), 403, 'Call is private.', 'call_is_private')
  })

  it('answers 409 while both are connected, and 410 after the call', async () => {
    const { callId, callTokens } = await newCall(project)
    const host = await joinCall(project.publicKey, callTokens[0])
    const guest = await joinCall(project.publicKey, callTokens[1])
    await expectError(
      await mint(callId, project.publicKey),
      409,
      'All peers are already connected.',
      'all_peers_connected',
    )
    guest.socket.send({ type: 'bye' })
    await guest.socket.closed
    expect((await mint(callId, project.publicKey)).status).toBe(200)
    host.socket.send({ type: 'bye' })
    await host.socket.closed
    await expectError(
      await mint(callId, project.publicKey),
      410,
      'Call has been terminated.',
      'call_terminated',
    )
  })

  it('bounds the tokens that wait', async () => {
    const { callId } = await newCall(project)
    for (let i = 2; i < 64; i++) expect((await mint(callId, project.publicKey)).status).toBe(200)
    await expectError(await mint(callId, project.publicKey), 429, 'Too many requests.', 'too_many_requests')
  })
})

describe('methods and paths', () => {
  it('answers 405 with the methods that there are', async () => {
    const put = await request(callsPath(project), { method: 'PUT', key: project.secretKey })
    expect(put.headers.get('allow')).toBe('GET, HEAD, POST, OPTIONS')
    await expectError(put, 405, 'Method not allowed.', 'method_not_allowed')
    const get = await request(`/api/v1/p2p/calls/${crypto.randomUUID()}/token`)
    expect(get.headers.get('allow')).toBe('POST, OPTIONS')
    await expectError(get, 405, 'Method not allowed.', 'method_not_allowed')
  })

  it('answers 404 where nothing is', async () => {
    const paths = [
      '/api/v1/nothing',
      '/api/v1/p2p/calls',
      `${callsPath(project)}/x/token/y`,
      '/api/v1/projects',
    ]
    for (const path of paths) {
      await expectError(await request(path), 404, 'Not found.', 'not_found')
      await expectError(await request(path, { method: 'POST' }), 404, 'Not found.', 'not_found')
    }
  })

  it('answers paths that are no UTF-8 like any that are unknown', async () => {
    const listing = await request('/api/v1/projects/%E0%A4%A/calls', { key: project.secretKey })
    await expectError(listing, 401, 'Invalid project id or secret key.', 'invalid_secret_key')
    const minting = await request('/api/v1/p2p/calls/%ff/token', { method: 'POST', key: project.publicKey })
    await expectError(minting, 404, 'Call not found.', 'call_not_found')
  })

  it('answers HEAD like GET, without a body', async () => {
    const answer = await request(callsPath(project), { method: 'HEAD', key: project.secretKey })
    expect(answer.status).toBe(200)
    expect(await answer.text()).toBe('')
    expect((await request(`${callsPath(project)}/x/token`, { method: 'HEAD' })).status).toBe(405)
  })

  it('lets browsers of any origin use the public key, and none use the secret key', async () => {
    const preflight = { origin: 'https://customer.example', 'access-control-request-method': 'POST' }
    const open = await request(`/api/v1/p2p/calls/${crypto.randomUUID()}/token`, {
      method: 'OPTIONS',
      headers: preflight,
    })
    expect(open.status).toBe(204)
    expect(open.headers.get('access-control-allow-origin')).toBe('https://customer.example')
    expect(open.headers.get('access-control-allow-headers')?.toLowerCase()).toContain('authorization')
    const closed = await request(callsPath(project), { method: 'OPTIONS', headers: preflight })
    expect(closed.status).toBe(204)
    expect(closed.headers.get('allow')).toBe('GET, HEAD, POST, OPTIONS')
    expect(closed.headers.has('access-control-allow-origin')).toBe(false)
  })
})
