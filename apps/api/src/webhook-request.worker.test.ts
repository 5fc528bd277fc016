import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import type { Env } from './env.ts'
import { serve, serveFrom } from './testing/far-end.ts'
import { inProduction } from './testing/production-env.ts'
import { TestReceiver } from './testing/webhook-receiver.ts'
import { sendWebhook } from './webhook-request.ts'

const RESOLVER = 'https://resolver.test'
const production: Env = {
  ...inProduction,
  RADIST_DNS_QUERY_URL: `${RESOLVER}/dns-query`,
}
const secrets = ['whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD']
const message = { id: 'evt_1', body: '{}' }
const send = (url: string) => sendWebhook(production, { url, secrets }, message)

/** What the resolver answers for each name and type. */
function resolving(records: Record<string, { type: number; data: string }[]>): string[] {
  const asked: string[] = []
  serve(RESOLVER, async (request) => {
    const query = new URL(request.url).searchParams
    asked.push(`${query.get('name')} ${query.get('type')}`)
    const answers = records[`${query.get('name')} ${query.get('type')}`]
    return Response.json(answers ? { Status: 0, Answer: answers } : { Status: 3 })
  })
  return asked
}

it.each([
  ['private', [{ type: 1, data: '10.0.0.7' }], []],
  ['loopback in IPv6', [], [{ type: 28, data: '::1' }]],
  [
    'both public and private',
    [
      { type: 1, data: '93.184.215.14' },
      { type: 1, data: '169.254.169.254' },
    ],
    [],
  ],
  [
    'public in IPv4 and private in IPv6',
    [{ type: 1, data: '93.184.215.14' }],
    [{ type: 28, data: 'fd00::1' }],
  ],
  [
    'private behind an alias',
    [
      { type: 5, data: 'db.internal.' },
      { type: 1, data: '192.168.0.9' },
    ],
    [],
  ],
])('sends nothing in production to a name that is %s', async (_, v4, v6) => {
  const asked = resolving({ 'hooks.test 1': v4, 'hooks.test 28': v6 })
  let requests = 0
  serve('https://hooks.test', async () => {
    requests += 1
    return new Response()
  })
  expect(await send('https://hooks.test/')).toMatchObject({
    status: null,
    error: 'The address is not one of the public internet.',
  })
  expect(asked.sort()).toEqual(['hooks.test 1', 'hooks.test 28'])
  expect(requests).toBe(0)
})

it('sends in production to a name of the public internet', async () => {
  resolving({ 'hooks.test 1': [{ type: 1, data: '93.184.215.14' }] })
  serve('https://hooks.test', async () => new Response('Thanks.'))
  expect(await send('https://hooks.test/')).toMatchObject({ status: 200, error: null, answer: 'Thanks.' })
})

it('sends nothing to a name that is none, or when the resolver is out of order', async () => {
  resolving({})
  expect(await send('https://hooks.test/')).toMatchObject({
    status: null,
    error: 'The name does not resolve to an address.',
  })
  serve(RESOLVER, async () => new Response(null, { status: 502 }))
  expect(await send('https://hooks.test/')).toMatchObject({ status: null, error: 'The connection failed.' })
})

it('sends nothing in production to an address that was let in before', async () => {
  const receiver = new TestReceiver()
  const { origin } = new URL(receiver.url)
  serveFrom(origin, origin)
  expect(await send(receiver.url)).toMatchObject({ status: null })
  expect(await receiver.received()).toEqual([])
  expect(await sendWebhook(env, { url: receiver.url, secrets }, message)).toMatchObject({ status: 200 })
})
