import { evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import {
  apiErrors,
  type BillingAnswer,
  billingAnswerSchema,
  createRoomAnswerSchema,
  generateKey,
} from '@radist-tech/protocol'
import { eq } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { billingAccounts, projects, usageDays } from '../../../../drizzle/schema.ts'
import { monthOf } from '../domain/billing-policy.ts'
import { restoreTime, setTime } from '../testing/clock.ts'
import { type Counts, countingEnv, newCounts } from '../testing/counting-env.ts'
import { sendIn } from '../testing/documented-requests.ts'
import { TestHost } from '../testing/host-fixture.ts'
import { inProduction } from '../testing/production-env.ts'
import { newProject, request, setBillingAccount, type TestProject } from '../testing/project-fixture.ts'
import { TestStripeAccount } from '../testing/stripe-fixture.ts'
import { usageRecord } from '../testing/usage-fixture.ts'

const ALLOWANCE = 600_000
/** In seconds. */
const LONGEST_RECORD = 86_400
const back = { successUrl: 'https://shop.example/done', cancelUrl: 'https://shop.example/' }
let stripe: TestStripeAccount
let host: TestHost
let project: TestProject

beforeAll(async () => {
  host = await TestHost.enrolled()
})
beforeEach(async () => {
  // Not early in a month: much of what is used in these tests would be the month before's.
  setTime('2096-11-15T12:00:00Z')
  stripe = new TestStripeAccount()
  await host.heartbeat()
  project = await newProject()
})
afterEach(restoreTime)

const path = (rest: string) => `/api/v1/projects/${project.projectId}/${rest}`
const post = (rest: string, body: unknown = {}, headers: Record<string, string> = {}) =>
  request(path(rest), { method: 'POST', key: project.secretKey, body, headers })
const object = () => env.PROJECT.getByName(project.projectId)

async function use(seconds: number, endedAt = Date.now()): Promise<void> {
  const records = []
  for (let left = seconds; left > 0; left -= LONGEST_RECORD)
    records.push(usageRecord(project.projectId, Math.min(left, LONGEST_RECORD), endedAt))
  await object().ingestUsage(project.projectId, records)
}

async function accountIs(state: Partial<typeof billingAccounts.$inferInsert>): Promise<void> {
  await setBillingAccount(project.projectId, state)
  await object().invalidateCache()
}

async function billing(): Promise<BillingAnswer> {
  const answer = await request(path('billing'), { key: project.secretKey })
  expect(answer.status).toBe(200)
  return billingAnswerSchema.parse(await answer.json())
}

async function expectRefused(answer: Response, code: 'payment_required' | 'payment_overdue'): Promise<void> {
  expect(answer.status).toBe(402)
  expect(await answer.json()).toEqual({ error: apiErrors[code].error, code })
}

const allAccounts = () => drizzle(env.DB).select().from(billingAccounts)

describe('creating', () => {
  it('is free up to the allowance, to the second', async () => {
    await use(ALLOWANCE - 1)
    expect((await post('rooms')).status).toBe(200)
    expect((await billing()).month.remainingSeconds).toBe(1)
    await use(1)
    await expectRefused(await post('rooms'), 'payment_required')
    // The tests' Worker is configured to refuse calls too.
    await expectRefused(await post('calls'), 'payment_required')
    expect(await billing()).toMatchObject({
      mayCreate: { calls: false, rooms: false },
      refusal: { code: 'payment_required' },
      month: { usedSeconds: ALLOWANCE, allowanceSeconds: ALLOWANCE, remainingSeconds: 0 },
    })
  })

  it('counts this calendar month, and begins anew with the next', async () => {
    const { start, end } = monthOf(Date.now())
    await use(ALLOWANCE, start - 1000)
    expect((await post('rooms')).status).toBe(200)
    await use(ALLOWANCE)
    await expectRefused(await post('calls'), 'payment_required')
    vi.useFakeTimers({ toFake: ['Date'], now: end })
    expect((await post('calls')).status).toBe(200)
    expect((await billing()).month).toMatchObject({ usedSeconds: 0, start: new Date(end).toISOString() })
  })

  it('counts what the account’s other projects used, and nobody else’s', async () => {
    const [sibling, stranger] = [await newProject(), await newProject()]
    const db = drizzle(env.DB)
    await accountIs({ name: 'Test' })
    await db
      .update(projects)
      .set({ billingAccountId: project.projectId })
      .where(eq(projects.id, sibling.projectId))
    const today = Math.floor(Date.now() / 86_400_000)
    const firstDay = monthOf(Date.now()).start / 86_400_000
    await db.insert(usageDays).values([
      { projectId: sibling.projectId, day: today, seconds: 100 },
      { projectId: sibling.projectId, day: firstDay - 1, seconds: 1_000_000 },
      { projectId: stranger.projectId, day: today, seconds: 1_000_000 },
      // Its own are in its ledger already.
      { projectId: project.projectId, day: today, seconds: 1_000_000 },
    ])
    await object().invalidateCache()
    await use(7)
    expect((await billing()).month.usedSeconds).toBe(107)
    await use(ALLOWANCE - 107)
    await expectRefused(await post('rooms'), 'payment_required')
  })

  it('goes on with an active subscription, whatever is used', async () => {
    await use(ALLOWANCE)
    await accountIs({ subscriptionStatus: 'active' })
    expect((await post('rooms')).status).toBe(200)
    expect((await post('calls')).status).toBe(200)
  })

  it('goes on for the days of grace, and not after', async () => {
    const since = Date.now() - 7 * 86_400_000 + 60_000
    await accountIs({ subscriptionStatus: 'past_due', pastDueSince: since })
    expect((await post('rooms')).status).toBe(200)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 })
    await host.heartbeat()
    await expectRefused(await post('rooms'), 'payment_overdue')
    const { refusal, subscription } = await billing()
    expect(refusal?.code).toBe('payment_overdue')
    expect(Date.parse(subscription.graceEndsAt ?? '')).toBe(since + 7 * 86_400_000)
  })

  it('is refused for unpaid accounts; what is open goes on, and people join it', async () => {
    const room = createRoomAnswerSchema.parse(await (await post('rooms')).json())
    const call = await (await post('calls')).json<{ callId: string }>()
    await accountIs({ subscriptionStatus: 'unpaid' })
    await expectRefused(await post('rooms'), 'payment_overdue')
    expect((await post(`rooms/${room.roomId}/token`)).status).toBe(200)
    expect((await post(`calls/${call.callId}/token`)).status).toBe(200)
    expect((await host.admit(room.roomId, room.roomTokens[0])).status).toBe(200)
  })

  it('repeated with its idempotency key is answered as at first', async () => {
    const key = { 'idempotency-key': 'order-1' }
    const first = await (await post('rooms', {}, key)).json()
    await accountIs({ subscriptionStatus: 'unpaid' })
    expect(await (await post('rooms', {}, key)).json()).toEqual(first)
    await expectRefused(await post('rooms', {}, { 'idempotency-key': 'order-2' }), 'payment_overdue')
    await accountIs({ subscriptionStatus: 'active' })
    // The refusal has claimed nothing.
    expect((await post('rooms', {}, { 'idempotency-key': 'order-2' })).status).toBe(200)
  })

  it('refused takes no number, and no place', async () => {
    await accountIs({ subscriptionStatus: 'unpaid' })
    await expectRefused(await post('rooms'), 'payment_overdue')
    expect(await object().openConnections()).toBe(0)
    const list = await (await request(path('rooms'), { key: project.secretKey })).json<{ total: number }>()
    expect(list.total).toBe(0)
  })

  it('asks D1 nothing about it while the facts are fresh', async () => {
    await accountIs({ subscriptionStatus: 'unpaid' })
    await billing()
    let counts: Counts = newCounts()
    const counted = countingEnv(env, () => counts)
    const { DB } = env
    Object.assign(env, { DB: counted.DB })
    try {
      await evictDurableObject(object())
      await billing()
      expect(counts.queries).toBeGreaterThan(0)
      counts = newCounts()
      await expectRefused(await post('rooms'), 'payment_overdue')
      expect(counts.queries).toBe(0)
    } finally {
      Object.assign(env, { DB })
    }
  })
})

describe('Checkout', () => {
  const checkout = (body: unknown = back) => post('billing/checkout', body)

  it('makes account, customer and page, and the project knows them at once', async () => {
    expect((await billing()).account).toBe(null)
    const answer = await checkout()
    expect(await answer.json()).toEqual({ url: 'https://checkout.stripe.test/cs_1' })
    const [[customerId, customer] = []] = [...stripe.customers]
    const account = (await allAccounts()).find(({ stripeCustomerId }) => stripeCustomerId === customerId)
    expect(customer).toEqual({ name: 'Test', accountId: account?.id, deleted: false })
    expect(stripe.sessions).toMatchObject([
      {
        customer: customerId,
        price: 'price_1',
        client_reference_id: account?.id,
        success_url: back.successUrl,
        cancel_url: back.cancelUrl,
      },
    ])
    expect((await billing()).account).toEqual({ accountId: account?.id, name: 'Test' })
  })

  it('gives a project that its account was taken from one of its own, whatever became of the former', async () => {
    await accountIs({ stripeCustomerId: `cus_${project.projectId}` })
    const former = project.projectId
    await drizzle(env.DB)
      .update(projects)
      .set({ billingAccountId: null })
      .where(eq(projects.id, project.projectId))
    await object().invalidateCache()
    expect((await checkout()).status).toBe(200)
    expect((await billing()).account?.accountId).not.toBe(former)
    expect(stripe.sessions.map(({ customer }) => customer)).not.toContain(`cus_${former}`)
  })

  it.each(['error', 'lose-request', 'lose-answer'] as const)(
    'makes one customer, also after Stripe met it with: %s',
    async (trouble) => {
      stripe.troubles.set('POST /v1/customers', [trouble])
      const answer = await checkout()
      expect(answer.status).toBe(503)
      expect(await answer.json()).toMatchObject({ code: 'payments_unavailable' })
      expect((await checkout()).status).toBe(200)
      expect(stripe.customers.size).toBe(1)
      expect(stripe.sessions[0]?.customer).toBe([...stripe.customers.keys()][0])
    },
  )

  it('asked for by many at once, is one page of one customer', async () => {
    const before = (await allAccounts()).length
    const answers = await Promise.all(Array.from({ length: 5 }, () => checkout()))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    expect(stripe.customers.size).toBe(1)
    expect(stripe.sessions.length).toBe(1)
    expect((await allAccounts()).length).toBe(before + 1)
  })

  it('hands out the open page again, and closes one that leads elsewhere', async () => {
    const first = await (await checkout()).json()
    expect(await (await checkout()).json()).toEqual(first)
    const elsewhere = await (await checkout({ ...back, successUrl: 'https://shop.example/other' })).json()
    expect(elsewhere).not.toEqual(first)
    expect(stripe.sessions.map(({ status }) => status)).toEqual(['expired', 'open'])
  })

  it('is not for an account that pays already, even if no webhook has said so yet', async () => {
    await checkout()
    const [customer = ''] = stripe.customers.keys()
    stripe.subscribe(customer, 'active')
    const answer = await checkout()
    expect(answer.status).toBe(409)
    expect(await answer.json()).toMatchObject({ code: 'already_subscribed' })
    expect((await billing()).subscription.status).toBe('active')
  })

  it('waits until stripe:setup has made the price', async () => {
    stripe.hasPrice = false
    expect((await checkout()).status).toBe(503)
    stripe.hasPrice = true
    expect((await checkout()).status).toBe(200)
  })

  it('gives an account whose customer was deleted another one', async () => {
    await accountIs({ stripeCustomerId: null, subscriptionReadAt: 1 })
    expect((await checkout()).status).toBe(200)
    await accountIs({ stripeCustomerId: null, subscriptionReadAt: 2 })
    expect((await checkout()).status).toBe(200)
    expect(stripe.customers.size).toBe(2)
  })
})

it('the portal belongs to the account’s customer', async () => {
  const answer = await post('billing/portal', { returnUrl: 'https://shop.example/' })
  const [customer] = stripe.customers.keys()
  expect(await answer.json()).toEqual({ url: `https://portal.stripe.test/${customer}` })
})

describe('an address to come back to', () => {
  it.each([
    '/billing',
    'javascript:alert(1)',
    'ftp://shop.example/',
    'shop.example',
    '',
    7,
    'https://',
    'https:shop.example',
    'https://shop.example/a b',
  ])('is not %j', async (address) => {
    for (const [rest, body] of [
      ['billing/checkout', { ...back, successUrl: address }],
      ['billing/checkout', { ...back, cancelUrl: address }],
      ['billing/portal', { returnUrl: address }],
    ] as const)
      expect((await post(rest, body)).status).toBe(400)
    expect(stripe.requests).toEqual([])
  })

  it('has no TLS in development only', async () => {
    const plain = { returnUrl: 'http://localhost:3000/' }
    expect((await post('billing/portal', plain)).status).toBe(200)
    const init = {
      method: 'POST',
      headers: { authorization: `Bearer ${project.secretKey}` },
      body: JSON.stringify(plain),
    }
    expect((await sendIn(inProduction, path('billing/portal'), init)).status).toBe(400)
  })
})

it('nobody but the project’s backend is answered', async () => {
  const asks = [
    ['GET', 'billing', undefined],
    ['POST', 'billing/checkout', back],
    ['POST', 'billing/portal', { returnUrl: back.cancelUrl }],
  ] as const
  const other = await newProject()
  for (const [method, rest, body] of asks) {
    for (const key of [generateKey('secret'), other.secretKey, project.publicKey])
      expect((await request(path(rest), { method, key, body })).status).toBe(401)
    const headers = { origin: 'https://shop.example' }
    const inBrowser = await request(path(rest), { method, key: project.secretKey, body, headers })
    expect(inBrowser.status).toBe(403)
  }
  expect(stripe.requests).toEqual([])
})
