import { expect, test } from 'vitest'
import { startSandbox } from './sandbox.ts'
import {
  EVENT_NAME,
  MIDNIGHT,
  meterAndCustomer,
  refusal,
  report,
  SECRET_KEY,
  startedSandbox,
  temporaryFile,
} from './testing/started-sandbox.ts'

test('it is healthy', async () => {
  const { sandbox } = await startedSandbox()
  const response = await fetch(`${sandbox.url}/health`)
  expect([response.status, await response.json()]).toEqual([200, { ok: true }])
})

test('what was sent is there after a restart: objects, events, identifiers and answers', async () => {
  const dataFile = temporaryFile()
  const before = await startedSandbox(dataFile)
  const { meter, customer } = await meterAndCustomer(before.stripe)
  const kept = await before.stripe.customers.create({ name: 'Bob' }, { idempotencyKey: 'k1' })
  await report(before.stripe, customer.id, '42', { identifier: 'w1', timestamp: MIDNIGHT - 1 })
  await before.sandbox.close()

  const { stripe } = await startedSandbox(dataFile)
  expect(await stripe.customers.retrieve(customer.id)).toEqual(customer)
  expect(await stripe.billing.meters.retrieve(meter.id)).toEqual(meter)
  expect((await stripe.customers.create({ name: 'Bob' }, { idempotencyKey: 'k1' })).id).toBe(kept.id)
  expect(await refusal(report(stripe, customer.id, '42', { identifier: 'w1' }))).toMatchObject({
    status: 400,
  })
  const { data } = await stripe.billing.meters.listEventSummaries(meter.id, {
    customer: customer.id,
    start_time: MIDNIGHT - 60,
    end_time: MIDNIGHT,
  })
  expect(data[0]?.aggregated_value).toBe(42)
})

test('every answer of the API has a request id; errors name it in their log address', async () => {
  const { sandbox } = await startedSandbox()
  const headers = { authorization: `Bearer ${SECRET_KEY}`, 'stripe-version': '2026-10-28.endive' }
  const good = await fetch(`${sandbox.url}/v1/customers`, { headers })
  expect(good.headers.get('request-id')).toMatch(/^req_\w{14}$/)
  expect(good.headers.get('stripe-version')).toBe('2026-10-28.endive')
  const bad = await fetch(`${sandbox.url}/v1/customers/cus_none`, { headers })
  expect(await bad.json()).toEqual({
    error: {
      code: 'resource_missing',
      doc_url: 'https://stripe.com/docs/error-codes/resource-missing',
      message: "No such customer: 'cus_none'",
      param: 'id',
      request_log_url: `https://dashboard.stripe.com/test/logs/${bad.headers.get('request-id')}`,
      type: 'invalid_request_error',
    },
  })
})

test.each([
  ['GET', '/v1/charges'],
  ['DELETE', '/v1/billing/meters/mtr_1'],
  ['GET', '/elsewhere'],
])('%s %s is not there, and says so as Stripe does', async (method, path) => {
  const { sandbox } = await startedSandbox()
  const response = await fetch(sandbox.url + path, {
    method,
    headers: { authorization: `Bearer ${SECRET_KEY}` },
  })
  expect([response.status, await response.json()]).toMatchObject([
    404,
    {
      error: {
        type: 'invalid_request_error',
        message: expect.stringContaining(`Unrecognized request URL (${method}: ${path})`),
      },
    },
  ])
})

test('a refusal tells the SDK not to try again', async () => {
  const { sandbox } = await startedSandbox()
  const response = await fetch(`${sandbox.url}/v1/customers?limit=0`, {
    headers: { authorization: `Bearer ${SECRET_KEY}` },
  })
  expect([response.status, response.headers.get('stripe-should-retry')]).toEqual([400, 'false'])
})

test('a body of more than a megabyte is refused', async () => {
  const { sandbox } = await startedSandbox()
  const response = await fetch(`${sandbox.url}/v1/customers`, {
    method: 'POST',
    headers: { authorization: `Bearer ${SECRET_KEY}` },
    body: `name=${'x'.repeat(1024 * 1024)}`,
  })
  expect([response.status, await response.json()]).toMatchObject([
    413,
    { error: { type: 'invalid_request_error' } },
  ])
})

test('the page shows meters, totals, customers and events, and escapes them', async () => {
  const { sandbox, stripe } = await startedSandbox()
  const { customer } = await meterAndCustomer(stripe)
  await stripe.customers.create({ name: '<script>alert(1)</script>', metadata: { '<b>': '"x"' } })
  await report(stripe, customer.id, '40', { identifier: '<i>w1</i>' })
  await report(stripe, customer.id, '2')
  const response = await fetch(sandbox.url)
  const page = await response.text()
  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(page).toContain(EVENT_NAME)
  expect(page).toContain(customer.id)
  expect(page).toContain('<td class="number">42</td>')
  expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
  expect(page).toContain('&lt;i&gt;w1&lt;/i&gt;')
  expect(page).not.toMatch(/<script|<i>|<b>/)
})

test('the page of an empty account is a page', async () => {
  const { sandbox } = await startedSandbox()
  expect(await (await fetch(sandbox.url)).text()).toContain('None yet.')
})

test('a taken port is an error, and leaves nothing open', async () => {
  const { sandbox } = await startedSandbox()
  const second = startSandbox({ host: '127.0.0.1', port: sandbox.port, dataFile: ':memory:' })
  await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE' })
})
