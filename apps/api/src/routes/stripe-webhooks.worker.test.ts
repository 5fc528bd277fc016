import { env } from 'cloudflare:workers'
import type { SubscriptionStatus } from '@radist-tech/protocol'
import { eq } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { billingAccounts, projects, stripeEvents } from '../../../../drizzle/schema.ts'
import { passTime, restoreTime } from '../testing/clock.ts'
import { send, sendIn } from '../testing/documented-requests.ts'
import { withFailingD1 } from '../testing/failing-d1.ts'
import { newProject, request, setBillingAccount, type TestProject } from '../testing/project-fixture.ts'
import { signedEvent, TestStripeAccount } from '../testing/stripe-fixture.ts'

const PATH = '/api/v1/stripe/webhooks'
const patience = { timeout: 20_000, interval: 5 }
let stripe: TestStripeAccount
let project: TestProject
let customer: string

beforeEach(async () => {
  await drizzle(env.DB).delete(stripeEvents)
  stripe = new TestStripeAccount()
  project = await newProject()
  customer = `cus_${project.projectId}`
  await setBillingAccount(project.projectId, { stripeCustomerId: customer })
})
afterEach(restoreTime)

const eventOf = (type = 'customer.subscription.updated', object: object = { customer }) => ({
  id: `evt_${crypto.randomUUID()}`,
  object: 'event',
  type,
  data: { object },
})

async function deliver(event: object, signing: Parameters<typeof signedEvent>[1] = {}): Promise<number> {
  const answer = await send(PATH, { method: 'POST', ...(await signedEvent(event, signing)) })
  return answer.status
}

async function account() {
  const [row] = await drizzle(env.DB)
    .select()
    .from(billingAccounts)
    .where(eq(billingAccounts.id, project.projectId))
  if (!row) throw new Error('There is no account')
  return row
}

const databaseTime = () =>
  env.DB.prepare("SELECT cast(unixepoch('subsec') * 1000 AS integer) AS now").first<number>('now')

/** As the project's backend sees it, by way of the Project object. */
async function shownStatus(): Promise<string | null> {
  const answer = await request(`/api/v1/projects/${project.projectId}/billing`, { key: project.secretKey })
  return (await answer.json<{ subscription: { status: string | null } }>()).subscription.status
}

const noted = () => drizzle(env.DB).select().from(stripeEvents)

describe('a webhook is taken from Stripe alone', () => {
  const refused = { error: 'Invalid Stripe-Signature header.', code: 'invalid_stripe_signature' }

  it.each([
    ['with another secret', async () => signedEvent(eventOf(), { secret: 'whsec_somebody_else_s' })],
    ['too long ago', async () => signedEvent(eventOf(), { at: Date.now() - 302_000 })],
    [
      'for another body',
      async () => ({ ...(await signedEvent(eventOf())), body: JSON.stringify(eventOf()) }),
    ],
    ['not at all', async () => ({ body: JSON.stringify(eventOf()) })],
    ['by nonsense', async () => ({ body: '{}', headers: { 'stripe-signature': 't=1,v1=' } })],
  ])('signed %s, it is refused', async (_, make) => {
    const answer = await send(PATH, { method: 'POST', ...(await make()) })
    expect(answer.status).toBe(400)
    expect(await answer.json()).toEqual(refused)
    expect(stripe.requests).toEqual([])
    expect(await noted()).toEqual([])
  })

  it('is taken with each of two secrets, while one replaces the other', async () => {
    const [old, next] = ['whsec_0123456789abcdef', 'whsec_fedcba9876543210']
    const environment = { ...env, STRIPE_WEBHOOK_SECRET: `${old},${next}` }
    for (const [secret, status] of [
      [old, 200],
      [next, 200],
      ['whsec_of_neither_of_them', 400],
    ] as const) {
      const answer = await sendIn(environment, PATH, {
        method: 'POST',
        ...(await signedEvent(eventOf(), { secret })),
      })
      expect(answer.status).toBe(status)
    }
  })

  it('fails while no secret is set, so that Stripe keeps it', async () => {
    const { STRIPE_WEBHOOK_SECRET: _, ...environment } = env
    const answer = await sendIn(environment, PATH, { method: 'POST', ...(await signedEvent(eventOf())) })
    expect(answer.status).toBe(500)
  })

  it('is read no further than its bound', async () => {
    const answer = await send(PATH, { method: 'POST', body: 'x'.repeat(262_145) })
    expect(answer.status).toBe(413)
  })
})

describe('the subscription', () => {
  it('is read from Stripe, whatever the event says of it', async () => {
    const id = stripe.subscribe(customer, 'active')
    const lie = { customer, id: 'sub_other', status: 'canceled' }
    expect(await deliver(eventOf('customer.subscription.updated', lie))).toBe(200)
    expect(await account()).toMatchObject({
      subscriptionId: id,
      subscriptionStatus: 'active',
      pastDueSince: null,
    })
    expect(await shownStatus()).toBe('active')
  })

  it.each([
    'checkout.session.completed',
    'checkout.session.async_payment_succeeded',
    'customer.subscription.created',
    'customer.subscription.deleted',
    'customer.subscription.paused',
    'customer.subscription.resumed',
    'invoice.paid',
    'invoice.payment_failed',
    'invoice.voided',
  ])('is followed at %s', async (type) => {
    stripe.subscribe(customer, 'active')
    expect(await deliver(eventOf(type))).toBe(200)
    expect(await shownStatus()).toBe('active')
  })

  it('is overdue since its oldest open invoice, and not any more once that is paid', async () => {
    const subscription = stripe.subscribe(customer, 'past_due')
    stripe.invoices = [
      { subscription, status: 'open', created: 1_792_000_000 },
      { subscription, status: 'open', created: 1_791_000_000 },
      { subscription, status: 'paid', created: 1_790_000_000 },
    ]
    await deliver(eventOf('invoice.payment_failed'))
    expect((await account()).pastDueSince).toBe(1_791_003_600_000)
    stripe.subscriptions = []
    stripe.subscribe(customer, 'active')
    await deliver(eventOf('invoice.paid'))
    expect(await account()).toMatchObject({ subscriptionStatus: 'active', pastDueSince: null })
  })

  it('that a later read has stored is not overwritten by an earlier one', async () => {
    // Flags, as workerd lets no request wait for a promise that another one resolves.
    let isHeld = false
    let isReleased = false
    stripe.subscribe(customer, 'past_due')
    stripe.held = async () => {
      stripe.held = null
      isHeld = true
      await vi.waitUntil(() => isReleased, patience)
    }
    const late = deliver(eventOf())
    await vi.waitUntil(() => isHeld, patience)
    stripe.subscriptions = []
    stripe.subscribe(customer, 'active')
    const readAt = await databaseTime()
    while ((await databaseTime()) === readAt);
    await deliver(eventOf())
    isReleased = true
    expect(await late).toBe(200)
    expect(await account()).toMatchObject({ subscriptionStatus: 'active', pastDueSince: null })
    expect(await shownStatus()).toBe('active')
  })

  it('of another product, or of a customer who is none of ours, changes nothing', async () => {
    stripe.subscribe(customer, 'active')
    for (const one of stripe.subscriptions) one.meter = 'mtr_other'
    expect(await deliver(eventOf())).toBe(200)
    expect(await shownStatus()).toBe(null)
    const before = stripe.requests.length
    expect(await deliver(eventOf('customer.subscription.updated', { customer: 'cus_of_others' }))).toBe(200)
    expect(await deliver(eventOf('checkout.session.completed', { customer: null }))).toBe(200)
    expect(stripe.requests.length).toBe(before)
  })

  it('ends as Stripe has it, whatever the order, the repetitions and the failures', async () => {
    const statuses: SubscriptionStatus[] = ['active', 'past_due', 'unpaid', 'canceled']
    const step = fc.record({
      status: fc.constantFrom(...statuses),
      failures: fc.nat(2),
      repetitions: fc.integer({ min: 1, max: 3 }),
    })
    const some = fc.array(step, { minLength: 1, maxLength: 4 }).chain((steps) =>
      fc.record({
        steps: fc.constant(steps),
        // All that were sent, once more, in any order.
        again: fc.shuffledSubarray(steps.map((_, index) => index)),
      }),
    )
    await fc.assert(
      fc.asyncProperty(some, async ({ steps, again }) => {
        const sent: object[] = []
        stripe.subscriptions = []
        for (const { status, failures, repetitions } of steps) {
          stripe.subscriptions = []
          stripe.subscribe(customer, status)
          const event = eventOf()
          sent.push(event)
          stripe.troubles.set('GET /v1/subscriptions', Array(failures).fill('error'))
          for (let i = 0; i < failures; i++) expect(await deliver(event)).toBe(500)
          await Promise.all(Array.from({ length: repetitions }, () => deliver(event)))
        }
        for (const index of again) await deliver(sent[index] ?? {})
        const { subscriptionStatus } = await account()
        expect(subscriptionStatus).toBe(steps.at(-1)?.status)
        expect(await shownStatus()).toBe(subscriptionStatus)
      }),
      { numRuns: 10 },
    )
  })
})

describe('an event', () => {
  it('is acted upon once, and told again until that succeeds', async () => {
    stripe.subscribe(customer, 'active')
    const event = eventOf()
    stripe.troubles.set('GET /v1/subscriptions', ['error', 'lose-request'])
    expect(await deliver(event)).toBe(500)
    expect(await deliver(event)).toBe(500)
    expect(await noted()).toMatchObject([{ id: event.id, processedAt: null }])
    expect(await deliver(event)).toBe(200)
    const requests = stripe.requests.length
    expect(await deliver(event)).toBe(200)
    expect(stripe.requests.length).toBe(requests)
    expect(await shownStatus()).toBe('active')
  })

  it.each(['throws', 'fails after writing'] as const)('is told again when D1 %s', async (fault) => {
    stripe.subscribe(customer, 'active')
    const event = eventOf()
    const { result } = await withFailingD1(fault, () => deliver(event))
    expect(result).toBe(500)
    expect(await deliver(event)).toBe(200)
    expect(await shownStatus()).toBe('active')
  })

  it('of a type that nobody waits for is taken, and leaves nothing', async () => {
    for (const type of ['plan.created', 'toString', '__proto__'])
      expect(await deliver(eventOf(type))).toBe(200)
    expect(stripe.requests).toEqual([])
    expect(await noted()).toEqual([])
  })

  it('may be a thin one', async () => {
    const thin = { id: 'evt_thin', object: 'v2.core.event', type: 'v2.core.event_destination.ping' }
    expect(await deliver(thin)).toBe(200)
  })

  it('is forgotten after 30 days', async () => {
    stripe.subscribe(customer, 'active')
    const [first, second] = [eventOf(), eventOf()]
    await deliver(first)
    passTime(30 * 86_400_000 + 1000)
    await deliver(second)
    expect((await noted()).map(({ id }) => id)).toEqual([second.id])
  })
})

it('a customer who was deleted is given up, and only then', async () => {
  stripe.customers.set(customer, { name: '', accountId: project.projectId, deleted: false })
  stripe.subscribe(customer, 'active')
  await deliver(eventOf())
  await deliver(eventOf('customer.deleted', { id: customer }))
  expect((await account()).stripeCustomerId).toBe(customer)
  const known = stripe.customers.get(customer)
  if (known) known.deleted = true
  await deliver(eventOf('customer.deleted', { id: customer }))
  expect(await account()).toMatchObject({ stripeCustomerId: null, subscriptionStatus: null })
  expect(await shownStatus()).toBe(null)
})

it('every project of the account hears of the change at once', async () => {
  const second = await newProject()
  await drizzle(env.DB)
    .update(projects)
    .set({ billingAccountId: project.projectId })
    .where(eq(projects.id, second.projectId))
  const statusOf = async ({ projectId, secretKey }: TestProject) => {
    const answer = await request(`/api/v1/projects/${projectId}/billing`, { key: secretKey })
    return (await answer.json<{ subscription: { status: string | null } }>()).subscription.status
  }
  expect([await statusOf(project), await statusOf(second)]).toEqual([null, null])
  stripe.subscribe(customer, 'active')
  await deliver(eventOf())
  expect([await statusOf(project), await statusOf(second)]).toEqual(['active', 'active'])
})
