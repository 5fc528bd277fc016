import { expect, test } from 'vitest'
import { refusal, startedSandbox, stripeFor } from './testing/started-sandbox.ts'

async function ask(url: string, authorization?: string) {
  const response = await fetch(`${url}/v1/customers`, authorization ? { headers: { authorization } } : {})
  return { status: response.status, headers: response.headers, body: await response.json() }
}

const basic = (user: string): string => `Basic ${Buffer.from(`${user}:`).toString('base64')}`

test.each(['Bearer sk_test_abc', 'bearer  sk_test_abc', basic('sk_test_abc')])(
  '%s is let in',
  async (header) => {
    const { sandbox } = await startedSandbox()
    expect(await ask(sandbox.url, header)).toMatchObject({ status: 200, body: { object: 'list' } })
  },
)

test.each(['Bearer sk_live_abcdefghijkl', 'Bearer pk_test_abc', 'Bearer sk_test_', basic('x')])(
  '%s is refused',
  async (header) => {
    const { sandbox } = await startedSandbox()
    const { status, headers, body } = await ask(sandbox.url, header)
    expect([status, body]).toMatchObject([
      401,
      {
        error: {
          type: 'invalid_request_error',
          message: expect.stringMatching(/^Invalid API Key provided: /),
        },
      },
    ])
    expect(headers.get('www-authenticate')).toBe('Basic realm="Stripe"')
    expect(headers.get('request-id')).toMatch(/^req_\w{14}$/)
    expect(JSON.stringify(body)).not.toContain('abcdefgh')
  },
)

test('no key is refused', async () => {
  const { sandbox } = await startedSandbox()
  expect(await ask(sandbox.url)).toMatchObject({
    status: 401,
    body: { error: { message: expect.stringMatching(/^You did not provide an API key\./) } },
  })
})

test('the SDK knows the refusal for what it is', async () => {
  const { sandbox } = await startedSandbox()
  expect(await refusal(stripeFor(sandbox, 'sk_live_x').customers.list())).toMatchObject({ status: 401 })
})
