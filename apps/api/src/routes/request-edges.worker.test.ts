import { env } from 'cloudflare:workers'
import { listCallsAnswerSchema } from '@radist-tech/protocol'
import { beforeAll, describe, expect, it } from 'vitest'
import * as documented from '../testing/documented-requests.ts'
import { newCall, newProject, request, type TestProject } from '../testing/project-fixture.ts'

let project: TestProject
let callId: string
beforeAll(async () => {
  project = await newProject()
  callId = (await newCall(project)).callId
})

const callsPath = (rest = '') => `/api/v1/projects/${project.projectId}/calls${rest}`
const openConnections = () => env.PROJECT.getByName(project.projectId).openConnections()

async function expectError(answer: Response, status: number, code: string) {
  expect(await answer.json()).toEqual({ error: expect.any(String), code })
  expect(answer.status).toBe(status)
}

describe('page and limit', () => {
  const list = (query: string) => request(callsPath(query), { key: project.secretKey })

  const refused = [
    ...[
      '0',
      '00',
      '-0',
      '-1',
      '+1',
      '1.5',
      '1.0',
      '1e3',
      '0x10',
      '1_000',
      '1,000',
      '01',
      '1%00',
      '1%0A',
      '%201',
    ],
    ...['', '%20', 'x', 'null', 'NaN', 'Infinity', 'true', '[]', '\u0661', '%EF%BC%91', '%E0%A4%A'],
    ...['9007199254740992', '99999999999999999999', '9'.repeat(4000)],
  ]
  it.each(refused)('are not %j', async (value) => {
    await expectError(await list(`?page=${value}`), 400, 'invalid_page')
    await expectError(await list(`?limit=${value}`), 400, 'invalid_limit')
  })

  it('come once, whatever they say', async () => {
    for (const name of ['page', 'limit'])
      for (const query of [`?${name}=1&${name}=1`, `?${name}=1&${name}=2`, `?${name}&${name}=1`, `?${name}`])
        await expectError(await list(query), 400, `invalid_${name}`)
    // The page is looked at first.
    await expectError(await list('?limit=0&page=0'), 400, 'invalid_page')
    await expectError(await list('?limit=101'), 400, 'invalid_limit')
  })

  it('may be anything up to their bounds, and nothing else is a parameter', async () => {
    const queries = [
      '?',
      '?limit=1',
      '?limit=100',
      '?page=%31',
      '?page=1&',
      '?Page=0',
      '?page[]=0',
      '?x=1&x=2',
    ]
    for (const query of queries) expect((await list(query)).status).toBe(200)
    for (const page of [2, 1_000_000, Number.MAX_SAFE_INTEGER]) {
      const answer = listCallsAnswerSchema.parse(await (await list(`?page=${page}&limit=100`)).json())
      expect(answer).toEqual({ calls: [], page, limit: 100, total: 1 })
    }
  })
})

describe('bodies', () => {
  const bodies: [string, BodyInit][] = [
    ['no JSON', 'accessControl=private'],
    ['half of it', '{"accessControl":"private"'],
    ['two values', '{}{}'],
    ['a list', '[{}]'],
    ['a string', '"{}"'],
    ['null', 'null'],
    ['a number', '0'],
    ['single quotes', "{'accessControl':'private'}"],
    ['a comment', '{} // call'],
    ['a foreign member', '{"accessControl":"private","ttl":60}'],
    ['__proto__', '{"__proto__":{"accessControl":"private"}}'],
    ['constructor', '{"constructor":{}}'],
    ['a wrong case', '{"accesscontrol":"private"}'],
    ['null in a member', '{"accessControl":null}'],
    ['a number as text', '{"tokenTtlSeconds":"60"}'],
    ['a number beyond all', '{"tokenTtlSeconds":1e400}'],
    ['a deep list', '['.repeat(8000) + ']'.repeat(8000)],
    ['no UTF-8', new Uint8Array([0x7b, 0xff, 0x7d])],
    ['UTF-16', new Uint8Array([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00])],
    ['a form', new URLSearchParams({ accessControl: 'private' })],
  ]
  const send = (path: string, body: BodyInit, contentType?: string) =>
    documented.send(path, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${project.secretKey}`,
        ...(contentType === undefined ? {} : { 'content-type': contentType }),
      },
      body,
    })

  it.each(bodies)('are refused: %s', async (_, body) => {
    const before = await openConnections()
    await expectError(await send(callsPath(), body), 400, 'invalid_body')
    await expectError(await send(callsPath(`/${callId}/token`), body), 400, 'invalid_body')
    const rooms = `/api/v1/projects/${project.projectId}/rooms`
    await expectError(await send(rooms, body), 400, 'invalid_body')
    expect(await openConnections()).toBe(before)
  })

  it('are JSON whatever their type says, and may be left out', async () => {
    const types = [undefined, 'application/json; charset=utf-8', 'text/plain', 'application/xml', 'x']
    for (const type of types)
      for (const body of ['', ' \n', '{}', '\ufeff{}', '{"tokenTtlSeconds":6e1}'])
        expect((await send(callsPath(`/${callId}/token`), body, type)).status).toBe(200)
  })

  it('are read no further than 16 KiB, announced or not', async () => {
    const text = JSON.stringify({ accessControl: 'ü'.repeat(8200) })
    expect(text.length).toBeLessThan(16_384)
    await expectError(await send(callsPath(), text), 413, 'body_too_large')
    let pulled = 0
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled += 1
        controller.enqueue(new Uint8Array(4096).fill(0x20))
      },
    })
    await expectError(await send(callsPath(), endless), 413, 'body_too_large')
    expect(pulled).toBeLessThan(20)
  })
})

describe('ids in a path', () => {
  it('may be in capitals, and are nothing else than UUIDs', async () => {
    const shouted = `/api/v1/projects/${project.projectId.toUpperCase()}/calls/${callId.toUpperCase()}`
    expect((await request(shouted, { key: project.secretKey })).status).toBe(200)
    const wrong = (id: string) => [`{${id}}`, `%7B${id}%7D`, id.replaceAll('-', ''), id.slice(1), `${id}%20`]
    for (const id of wrong(callId)) {
      await expectError(
        await request(callsPath(`/${id}/token`), { method: 'POST', key: project.secretKey }),
        404,
        'call_not_found',
      )
      const open = `/api/v1/p2p/calls/${id}/token`
      await expectError(
        await request(open, { method: 'POST', key: project.publicKey }),
        404,
        'call_not_found',
      )
    }
    for (const id of wrong(project.projectId))
      await expectError(
        await request(`/api/v1/projects/${id}/calls`, { key: project.secretKey }),
        401,
        'invalid_secret_key',
      )
  })
})

describe('methods', () => {
  const paths = () =>
    [
      ['', 'GET, HEAD, POST, OPTIONS'],
      [`/${callId}`, 'GET, HEAD, DELETE, OPTIONS'],
      [`/${callId}/token`, 'POST, OPTIONS'],
    ] as const

  it('that a path has not are 405, with those that it has', async () => {
    for (const [rest, allow] of paths())
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'PROPFIND']) {
        if (allow.includes(method)) continue
        const answer = await request(callsPath(rest), { method, key: project.secretKey })
        expect(answer.headers.get('allow')).toBe(allow)
        if (method === 'HEAD') expect(answer.status).toBe(405)
        else await expectError(answer, 405, 'method_not_allowed')
      }
  })

  it('OPTIONS says which there are; HEAD is GET without a body', async () => {
    for (const [rest, allow] of paths()) {
      const options = await request(callsPath(rest), { method: 'OPTIONS' })
      expect([options.status, options.headers.get('allow')]).toEqual([204, allow])
    }
    for (const rest of ['', `/${callId}`]) {
      const head = await request(callsPath(rest), { method: 'HEAD', key: project.secretKey })
      expect([head.status, await head.text()]).toEqual([200, ''])
      expect((await request(callsPath(rest), { method: 'HEAD' })).status).toBe(401)
    }
    const gone = await request(callsPath(`/${crypto.randomUUID()}`), {
      method: 'HEAD',
      key: project.secretKey,
    })
    expect(gone.status).toBe(404)
  })
})

describe('paths', () => {
  it('with a slash more, another case or a part more are not there', async () => {
    const wrong = [
      callsPath('/'),
      callsPath(`/${callId}/`),
      callsPath(`/${callId}/token/`),
      callsPath(`//${callId}`),
      callsPath(`/${callId}/tokens`),
      `/${callsPath()}`,
      callsPath().replace('calls', 'Calls'),
      callsPath().replace('v1', 'v2'),
      '/api/v1/p2p/signaling',
      '/api/v1/p2p/signaling/ws/',
    ]
    for (const path of wrong)
      for (const method of ['GET', 'POST', 'DELETE', 'OPTIONS'])
        await expectError(await request(path, { method, key: project.secretKey }), 404, 'not_found')
  })
})
