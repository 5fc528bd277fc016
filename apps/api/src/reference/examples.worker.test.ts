/** Every example of the API's reference is sent to the Worker, and answered as the reference says. */
import { afterEach, describe, expect, it } from 'vitest'
import { app } from '../app.ts'
import { restoreTime } from '../testing/clock.ts'
import { sendIn } from '../testing/documented-requests.ts'
import { type Staged, stage } from '../testing/example-scenes.ts'
import { request } from '../testing/project-fixture.ts'
import { TestSocket } from '../testing/test-peer.ts'
import { type DocumentedParameter, documentSchema, type Endpoint, endpointsOf } from './document-shape.ts'

afterEach(restoreTime)

const document = documentSchema.parse(await (await request('/api/v1/openapi.json')).json())

function isRefusal({ operation }: Endpoint, name: string): boolean {
  return Object.values(operation.responses).some(
    ({ content }) => content !== undefined && name in content['application/json'].examples,
  )
}

/** As the document has them: an answer's example belongs to the request examples of the same name. */
const examples = endpointsOf(document)
  .filter(({ operation }) => !operation.servers)
  .flatMap((endpoint) => {
    const { responses, parameters } = endpoint.operation
    return Object.entries(responses).flatMap(([status, { content }]) => {
      const answers = content
        ? Object.entries(content['application/json'].examples)
        : [...new Set(parameters.flatMap((one) => Object.keys(one.examples)))]
            .filter((name) => name !== 'default' && !isRefusal(endpoint, name))
            .map((name) => [name, { value: undefined }] as const)
      return answers.map(([name, { value }]) => ({ endpoint, status: Number(status), name, answer: value }))
    })
  })

describe.each(examples.map((example) => ({ ...example, id: example.endpoint.operation.operationId })))(
  '$id',
  ({ endpoint, status, name, answer, id }) => {
    it(`${status}: ${name}`, async () => {
      const send = (staged: Staged, otherBody?: unknown) =>
        sendExample(endpoint, name, staged, status, otherBody)
      const staged = await stage(id, name, send)
      const answered = await staged.send()
      expect(answered.status).toBe(status)
      if (answered.webSocket) await new TestSocket(answered.webSocket).expect('connected')
      else expectLike(await answered.json(), answer, staged, '')
    })
  },
)

async function sendExample(
  { method, path, operation }: Endpoint,
  name: string,
  staged: Staged,
  status: number,
  otherBody?: unknown,
): Promise<Response> {
  const sentAs = ({ examples, required }: DocumentedParameter): string | undefined => {
    const example = examples[name] ?? (required ? examples.default : undefined)
    return example && String(substituted(example.value, staged))
  }
  const of = (place: DocumentedParameter['in']) =>
    operation.parameters.flatMap((one): [string, string][] => {
      const value = one.in === place ? sentAs(one) : undefined
      return value === undefined ? [] : [[one.name, value]]
    })
  const pathname = of('path').reduce((text, [key, value]) => text.replace(`{${key}}`, value), path)
  const query = new URLSearchParams(of('query')).toString()
  const bodies = operation.requestBody?.content['application/json'].examples ?? {}
  const documented = bodies[name] ?? (operation.requestBody?.required ? Object.values(bodies)[0] : undefined)
  const body = JSON.stringify(substituted(otherBody ?? documented?.value, staged)) ?? ''
  const isBearer = operation.security.length > 0 && staged.key !== undefined
  const headers = {
    ...Object.fromEntries(of('header')),
    ...(isBearer && { authorization: `Bearer ${staged.key}` }),
    ...(operation.responses[101] && ![403, 426].includes(status) && { upgrade: 'websocket' }),
    ...staged.headers,
    ...(await staged.sign(body + ' '.repeat(staged.padding))),
  }
  const init = {
    method: method.toUpperCase(),
    headers,
    ...(operation.requestBody && { body: body + ' '.repeat(staged.padding) }),
  }
  const target = query === '' ? pathname : `${pathname}?${query}`
  if (staged.env === null) return request(target, init)
  return sendIn(staged.env, target, init)
}

/** The documented value with what is real in place of the samples. */
const substituted = (value: unknown, { real }: Staged): unknown =>
  value === undefined
    ? undefined
    : JSON.parse(JSON.stringify(value), (_, part: unknown) =>
        typeof part === 'string' ? (real.get(part) ?? part) : part,
      )

/** What is made anew each time: another value of the same form is as good. */
const forms = [
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
  /^ct_[\w-]{54}$/,
  /^ct_[\w-]+\.[\w-]+\.[\w-]+$/,
  /^peer_[\w-]{22}$/,
  /^evt_[\w-]{22}$/,
  /^wss:\/\/[\w.-]+\/api\/v1\/sfu\/signaling\/ws$/,
  /^[\w-]{43}$/,
]

it('names every route of the Worker, or leaves it out on purpose', () => {
  const isInternal = (path: string) =>
    path.startsWith('/api/dev/') || // on developers' machines only
    /^\/api\/(auth|dashboard)\//.test(path) || // the dashboard's page asks there
    /^\/api\/v1\/sfu\/(hosts|usage)|\/(admissions|departures|presence)$/.test(path) || // hosts ask there
    path === '/docs/api' // for people
  const routes = app.routes
    .filter(({ method, path }) => method !== 'ALL' && !isInternal(path))
    .map(({ method, path }) => `${method.toLowerCase()} ${path.replaceAll(/:(\w+)/g, '{$1}')}`)
  const documented = endpointsOf(document)
    .filter(({ operation }) => !operation.servers)
    .map(({ method, path }) => `${method} ${path}`)
  expect([...new Set(routes)].sort()).toEqual(documented.sort())
})

function expectLike(actual: unknown, documented: unknown, staged: Staged, at: string): void {
  if (typeof documented === 'string') {
    const real = staged.real.get(documented)
    const form = real === undefined ? forms.find((one) => one.test(documented)) : undefined
    if (form) expect(actual, at).toMatch(form)
    else expect(actual, at).toBe(real ?? documented)
  } else if (typeof documented === 'object' && documented !== null) {
    if (typeof actual !== 'object' || actual === null) throw new Error(`${at} is ${actual}`)
    const [parts, expected] = [new Map(Object.entries(actual)), Object.entries(documented)]
    expect([...parts.keys()], at).toEqual(expected.map(([key]) => key))
    for (const [key, value] of expected) expectLike(parts.get(key), value, staged, `${at}/${key}`)
  } else expect(actual, at).toBe(documented)
}
