import { once } from 'node:events'
import { get } from 'node:http'
import { expect, test } from 'vitest'
import {
  meterAndCustomer,
  meteredPrice,
  refusal,
  report,
  startedSandbox,
  submit,
} from '../testing/started-sandbox.ts'
import { webhookReceiver } from '../testing/webhook-receiver.ts'

const FAULT = {
  action: 'fault',
  path: '/v1/customers',
  method: 'POST',
  times: '2',
  when: 'before',
  answer: '429',
}

test('the page shows customers, subscriptions, usage, and webhooks with their answers', async () => {
  const { sandbox, stripe } = await startedSandbox()
  const receiver = await webhookReceiver((response) => response.writeHead(418).end('<script>teapot</script>'))
  await stripe.webhookEndpoints.create({
    url: receiver.url,
    enabled_events: ['customer.subscription.created'],
  })
  const { meter, customer } = await meterAndCustomer(stripe)
  const price = await meteredPrice(stripe, meter.id)
  const { id } = await stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] })
  await report(stripe, customer.id, '4242')
  await expect
    .poll(async () => (await fetch(sandbox.url)).text())
    .toContain('418 &lt;script&gt;teapot&lt;/script&gt;')
  const page = await (await fetch(sandbox.url)).text()
  for (const shown of [customer.id, id, 'active', '4242', receiver.url, 'customer.subscription.created']) {
    expect(page).toContain(shown)
  }
  expect(page).not.toContain('<script')
})

test('faults are injected and forgotten on the page', async () => {
  const { sandbox, stripe } = await startedSandbox()
  expect((await submit(sandbox.url, FAULT)).status).toBe(303)
  expect(await refusal(stripe.customers.create({}))).toMatchObject({ status: 429 })
  expect(await (await fetch(sandbox.url)).text()).toContain('1 × POST /v1/customers: 429, before')
  await submit(sandbox.url, { action: 'clear-faults' })
  await stripe.customers.create({})
  for (const wrong of [
    { times: '0' },
    { times: 'x' },
    { path: '/health' },
    { answer: '503' },
    { action: 'x' },
  ]) {
    const answer = await submit(sandbox.url, { ...FAULT, ...wrong })
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('role="alert"')])
  }
  await stripe.customers.create({})
})

test('cards and the clock are set on the page, and an event is sent again', async () => {
  const { sandbox, stripe, clock } = await startedSandbox()
  const receiver = await webhookReceiver()
  const endpoint = await stripe.webhookEndpoints.create({
    url: receiver.url,
    enabled_events: ['customer.created'],
  })
  const customer = await stripe.customers.create({})
  await submit(sandbox.url, { action: 'card', customer: customer.id, card: 'works' })
  expect(await stripe.customers.retrieve(customer.id)).toMatchObject({
    invoice_settings: { default_payment_method: expect.stringMatching(/^pm_/) },
  })
  expect((await submit(sandbox.url, { action: 'card', customer: 'cus_none', card: 'works' })).status).toBe(
    400,
  )
  await submit(sandbox.url, { action: 'clock', hours: '24' })
  expect((await stripe.customers.create({})).created).toBe(clock.seconds + 24 * 60 * 60)
  const [first] = await receiver.of('customer.created')
  const event = JSON.parse(first?.body ?? '{}').id
  await submit(sandbox.url, { action: 'send-again', event, endpoint: endpoint.id })
  const deliveries = await receiver.of('customer.created', 3)
  expect(deliveries.filter(({ body }) => JSON.parse(body).id === event)).toHaveLength(2)
})

test('no other site can use the page', async () => {
  const { sandbox, stripe } = await startedSandbox()
  const body = new URLSearchParams(FAULT)
  for (const headers of [{}, { origin: 'https://evil.example' }, { origin: 'null' }]) {
    expect((await fetch(sandbox.url, { method: 'POST', headers, body })).status).toBe(403)
  }
  // A site that gave its own name this machine's address.
  const host = `evil.example:${sandbox.port}`
  expect(await statusOf(sandbox.port, { host })).toBe(403)
  expect(await statusOf(sandbox.port, { host: `localhost:${sandbox.port}` })).toBe(200)
  await stripe.customers.create({})
  const policy = (await fetch(sandbox.url)).headers.get('content-security-policy')
  expect(policy).toContain("form-action 'self'")
  expect(policy).toContain("frame-ancestors 'none'")
})

/** Node's fetch sets `Host` itself. */
async function statusOf(port: number, headers: Record<string, string>): Promise<number | undefined> {
  const request = get({ host: '127.0.0.1', port, headers })
  const [response] = await once(request, 'response')
  response.resume()
  return response.statusCode
}
