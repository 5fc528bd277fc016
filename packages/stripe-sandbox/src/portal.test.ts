import { expect, test } from 'vitest'
import {
  ask,
  meterAndCustomer,
  meteredPrice,
  refusal,
  report,
  startedSandbox,
  submit,
} from './testing/started-sandbox.ts'

test('the portal cancels, resumes, changes the card and pays, for its own customer only', async () => {
  const { stripe, sandbox } = await startedSandbox()
  const { meter } = await meterAndCustomer(stripe)
  const price = await meteredPrice(stripe, meter.id)
  const start = Date.UTC(2026, 10, 1) / 1000
  const clock = await stripe.testHelpers.testClocks.create({ frozen_time: start })
  const subscribe = async (name: string) => {
    const customer = await stripe.customers.create({ name, test_clock: clock.id })
    await ask(sandbox, `/_sandbox/customers/${customer.id}/card`, { card: 'declines' })
    const subscription = await stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: price.id }],
    })
    const { url } = await stripe.billingPortal.sessions.create({
      customer: customer.id,
      return_url: 'https://example.com/account?a="<b>',
    })
    return { customer, subscription, url }
  }
  const { customer, subscription, url } = await subscribe('Ada')
  const other = await subscribe('Bea')
  const state = () => stripe.subscriptions.retrieve(subscription.id)

  expect(url.startsWith(`${sandbox.url}/portal/`)).toBe(true)
  const page = await (await fetch(url)).text()
  expect(page).toContain('Participant seconds: active')
  expect(page).toContain('href="https://example.com/account?a=&quot;&lt;b&gt;"')

  expect((await submit(url, { action: 'cancel', subscription: subscription.id })).status).toBe(303)
  expect(await state()).toMatchObject({ cancel_at_period_end: true })
  expect(await (await fetch(url)).text()).toContain('Resume')
  await submit(url, { action: 'resume', subscription: subscription.id })
  expect(await state()).toMatchObject({ cancel_at_period_end: false, cancel_at: null })
  expect((await submit(url, { action: 'cancel', subscription: other.subscription.id })).status).toBe(400)
  expect(await stripe.subscriptions.retrieve(other.subscription.id)).toMatchObject({
    cancel_at_period_end: false,
  })

  for (const id of [customer.id, other.customer.id]) await report(stripe, id, '5000', { timestamp: start })
  await stripe.testHelpers.testClocks.advance(clock.id, { frozen_time: Date.UTC(2026, 11, 1, 1) / 1000 })
  expect(await state()).toMatchObject({ status: 'past_due' })
  const openInvoice = async (id: string) =>
    (await stripe.invoices.list({ customer: id, status: 'open' })).data[0]?.id ?? ''
  const invoice = await openInvoice(customer.id)
  const declined = await submit(url, { action: 'pay', invoice })
  expect([declined.status, await declined.text()]).toEqual([
    400,
    expect.stringContaining('Your card was declined.'),
  ])
  await submit(url, { action: 'card', card: 'works' })
  const foreign = await openInvoice(other.customer.id)
  expect((await submit(url, { action: 'pay', invoice: foreign })).status).toBe(400)
  expect(await stripe.invoices.retrieve(foreign)).toMatchObject({ status: 'open', attempt_count: 1 })
  expect((await submit(url, { action: 'pay', invoice })).status).toBe(303)
  expect(await state()).toMatchObject({ status: 'active' })
  expect(await stripe.subscriptions.retrieve(other.subscription.id)).toMatchObject({ status: 'past_due' })
  expect(await (await fetch(url)).text()).toContain('10.00 USD')
})

test('a portal session needs a customer, a web address to return to, and its secret', async () => {
  const { stripe, sandbox } = await startedSandbox()
  const { customer } = await meterAndCustomer(stripe)
  const create = (parameters: { customer: string; return_url?: string }) =>
    stripe.billingPortal.sessions.create(parameters)
  expect(await refusal(create({ customer: 'cus_none' }))).toMatchObject({ status: 400, param: 'customer' })
  expect(await refusal(create({ customer: customer.id, return_url: 'javascript:alert(1)' }))).toMatchObject({
    param: 'return_url',
  })
  const { id } = await create({ customer: customer.id })
  expect((await fetch(`${sandbox.url}/portal/${id}`)).status).toBe(404)
})
