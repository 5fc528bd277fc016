/** Meter events over days, at the wire of Stripe's own SDK: what is lost, refused, mended and sent again. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import type { ListMeterEventsAnswer, MeterEventState } from '@radist-tech/protocol'
import { eq } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { projects } from '../../../../drizzle/schema.ts'
import {
  begin,
  beginEach,
  customer,
  DAY,
  HOUR,
  list,
  MINUTE,
  objectOf,
  only,
  pass,
  passInSteps,
  payingProject,
  project,
  reconcile,
  resend,
  stripe,
  use,
} from '../testing/metered-project.ts'
import { newProject, setBillingAccount } from '../testing/project-fixture.ts'

beginEach()

/** One window of 9 seconds whose event Stripe took, without saying so. */
async function lostAnswer(): Promise<void> {
  stripe.script.push('lose-answer')
  await use(project, 9)
  await pass(MINUTE + 10_000)
  expect(stripe.taken).toHaveLength(1)
}
/** One window of 9 seconds whose event never reached Stripe, as far as nobody knows. */
async function lostRequest(): Promise<void> {
  stripe.script.push('lose-request')
  await use(project, 9)
  await pass(MINUTE + 10_000)
  expect(stripe.taken).toHaveLength(0)
}

describe('an open outcome', () => {
  it('is settled by the summaries when the identifier protects no more: taken', async () => {
    await lostAnswer()
    stripe.isDown = true
    await passInSteps(30 * HOUR, HOUR)
    expect(await only()).toMatchObject({ state: 'pending' })
    stripe.isDown = false
    await pass(HOUR)
    expect(await only()).toMatchObject({ state: 'delivered' })
    expect(stripe.requests).toBe(1)
    expect(stripe.totalOf(customer)).toBe(9)
  })

  it('is settled by the summaries when the identifier protects no more: not taken, so it is sent', async () => {
    await lostRequest()
    stripe.isDown = true
    await passInSteps(30 * HOUR, HOUR)
    stripe.isDown = false
    await passInSteps(2 * HOUR, HOUR)
    expect(await only()).toMatchObject({ state: 'delivered' })
    expect(stripe.totalOf(customer)).toBe(9)
  })

  it('is settled by the summaries within the identifier window, when only they answer', async () => {
    await lostAnswer()
    stripe.script.push(...Array.from({ length: 100 }, () => 'error' as const))
    await passInSteps(19 * HOUR, HOUR)
    expect(await only()).toMatchObject({ state: 'pending' })
    await passInSteps(2 * HOUR, HOUR)
    expect(await only()).toMatchObject({ state: 'delivered' })
  })

  it('is sent under its identifier before then, when the summaries do not answer', async () => {
    await lostAnswer()
    stripe.isDown = true
    await passInSteps(21 * HOUR, HOUR)
    stripe.isDown = false
    stripe.summariesFail = true
    await pass(HOUR)
    expect(stripe.requests).toBe(2)
    expect(await only()).toMatchObject({ state: 'delivered' })
    expect(stripe.totalOf(customer)).toBe(9)
  })

  it('is not taken for missing before the summaries must show it', async () => {
    await lostAnswer()
    const [event] = stripe.taken
    if (!event) throw new Error('Nothing was taken')
    stripe.uncounted.add(event.identifier)
    stripe.isDown = true
    await passInSteps(22 * HOUR, 10 * MINUTE)
    // The last attempt before the identifier protects no more, and then the sums alone.
    stripe.isDown = false
    stripe.script.push('lose-answer')
    vi.setSystemTime(Date.now() + 90 * MINUTE)
    await pass(0)
    expect(await only()).toMatchObject({ state: 'pending' })
    stripe.uncounted.clear()
    await passInSteps(8 * HOUR, HOUR)
    expect(await only()).toMatchObject({ state: 'delivered' })
    expect(stripe.totalOf(customer)).toBe(9)
  })

  it('is set aside when another of the customer’s windows may explain the sum as well', async () => {
    const other = await newProject()
    await drizzle(env.DB)
      .update(projects)
      .set({ billingAccountId: project.projectId })
      .where(eq(projects.id, other.projectId))
    for (const one of [project, other]) await use(one, 9)
    stripe.script.push('lose-answer', 'lose-request')
    vi.setSystemTime(Date.now() + MINUTE + 10_000)
    for (const one of [project, other]) await runDurableObjectAlarm(objectOf(one))
    stripe.isDown = true
    for (const one of [project, other]) await passInSteps(30 * HOUR, HOUR, one)
    stripe.isDown = false
    for (const one of [project, other]) await passInSteps(8 * HOUR, HOUR, one)
    for (const one of [project, other])
      expect(await only(one)).toMatchObject({ state: 'refused', reason: 'outcome-unknown' })
    expect(stripe.totalOf(customer)).toBe(9)
    // Somebody finds out whose it is: the other one's is missing.
    const { identifier } = await only(other)
    expect((await resend(identifier, {}, other)).status).toBe(200)
    await pass(HOUR, other)
    expect(await only(other)).toMatchObject({ state: 'refused', reason: 'outcome-unknown' })
    expect((await resend(identifier, { confirmNotDelivered: true }, other)).status).toBe(200)
    await pass(HOUR, other)
    expect(await only(other)).toMatchObject({ state: 'delivered' })
    expect(stripe.totalOf(customer)).toBe(18)
    // With that, this one's is the only explanation of the rest.
    expect((await resend((await only()).identifier)).status).toBe(200)
    await passInSteps(8 * HOUR, HOUR)
    expect(await only()).toMatchObject({ state: 'delivered' })
    expect(stripe.totalOf(customer)).toBe(18)
  })
})

describe('a refused event', () => {
  it('is sent again under its identifier once the cause is mended, once', async () => {
    stripe.unknownCustomers.add(customer)
    await use(project, 9)
    await pass(MINUTE + 10_000)
    const refused = await only()
    expect(refused).toMatchObject({
      state: 'refused',
      reason: 'stripe',
      message: `No such customer: '${customer}'`,
    })
    stripe.unknownCustomers.clear()
    const answer = await resend(refused.identifier)
    expect(await answer.json()).toMatchObject({
      identifier: refused.identifier,
      state: 'pending',
      reason: null,
    })
    expect(await (await resend(refused.identifier)).json()).toMatchObject({ code: 'meter_event_not_refused' })
    await pass(0)
    expect(await (await resend(refused.identifier)).json()).toMatchObject({ code: 'meter_event_not_refused' })
    expect(await only()).toMatchObject({
      state: 'delivered',
      timestamp: refused.end,
      reason: null,
      message: null,
    })
    expect(stripe.taken.map(({ identifier }) => identifier)).toEqual([refused.identifier])
  })

  it('is billed with the time of now when it is older than Stripe takes', async () => {
    stripe.script.push('refuse')
    await use(project, 9)
    await pass(MINUTE + 10_000)
    vi.setSystemTime(Date.now() + 40 * DAY)
    const { identifier } = await only()
    await resend(identifier)
    await pass(0)
    const now = Math.floor(Date.now() / 1000)
    expect(stripe.taken).toMatchObject([{ identifier, value: '9', timestamp: now }])
    expect(await only()).toMatchObject({ state: 'delivered', timestamp: new Date(now * 1000).toISOString() })
  })

  it('may have been taken before: the identifier tells', async () => {
    await lostAnswer()
    stripe.script.push('refuse')
    await pass(MINUTE)
    const { identifier, reason } = await only()
    expect(reason).toBe('outcome-unknown')
    await resend(identifier)
    await pass(0)
    expect(await only()).toMatchObject({ state: 'delivered' })
    expect(stripe.totalOf(customer)).toBe(9)
  })

  it('is not found under another project, nor under a name that never was', async () => {
    stripe.script.push('refuse')
    await use(project, 9)
    await pass(MINUTE + 10_000)
    const other = await payingProject()
    await use(other, 1)
    const { identifier } = await only()
    for (const wrong of [identifier.replace(project.projectId, other.projectId), 'x', `${identifier}-1`])
      expect((await resend(wrong)).status).toBe(404)
    expect((await resend(identifier, {}, other)).status).toBe(404)
    expect((await only()).state).toBe('refused')
  })
})

it('lists by state, newest first, in pages', async () => {
  expect(await list()).toEqual({ meterEvents: [], page: 1, limit: 20, total: 0 })
  stripe.script.push('take', 'refuse')
  for (const seconds of [1, 2, 3, 4]) {
    await use(project, seconds)
    await pass(MINUTE + 10_000)
  }
  await use(project, 5)
  const seconds = ({ meterEvents }: ListMeterEventsAnswer) => meterEvents.map((event) => event.seconds)
  expect(seconds(await list())).toEqual([5, 4, 3, 2, 1])
  expect(seconds(await list('?page=2&limit=2'))).toEqual([3, 2])
  const byState: Record<MeterEventState, number[]> = {
    open: [5],
    pending: [],
    delivered: [4, 3, 1],
    refused: [2],
  }
  for (const [state, expected] of Object.entries(byState)) {
    const answer = await list(`?state=${state}`)
    expect([seconds(answer), answer.total]).toEqual([expected, expected.length])
  }
  expect(await list(`?page=${Number.MAX_SAFE_INTEGER}&limit=100`)).toMatchObject({
    meterEvents: [],
    total: 5,
  })
  expect(await list('?state=delivered&page=2&limit=2')).toMatchObject({ page: 2, limit: 2, total: 3 })
})

describe("Stripe's wishes", () => {
  it('is left alone for as long as it asks', async () => {
    stripe.script.push({ retryAfter: '600' })
    await use(project, 9)
    await pass(MINUTE + 10_000)
    await use(project, 4)
    await passInSteps(9 * MINUTE, MINUTE)
    expect(stripe.requests).toBe(1)
    await pass(2 * MINUTE)
    expect(stripe.requests).toBe(3)
  })

  it('delivers at once when the account gets its customer', async () => {
    await setBillingAccount(project.projectId, { stripeCustomerId: null })
    await use(project, 9)
    await pass(MINUTE + 10_000)
    await setBillingAccount(project.projectId, { stripeCustomerId: customer })
    await pass(1000)
    expect(stripe.requests).toBe(0)
    await objectOf(project).invalidateCache()
    await pass(0)
    expect(stripe.totalOf(customer)).toBe(9)
  })

  it('sends what one customer may have been billed for to no other', async () => {
    await lostRequest()
    await setBillingAccount(project.projectId, { stripeCustomerId: 'cus_other' })
    await pass(MINUTE)
    await use(project, 4)
    await pass(MINUTE + 10_000)
    expect(stripe.taken.map((event) => [event.customer, event.value])).toEqual([
      [customer, '9'],
      ['cus_other', '4'],
    ])
  })
})

it('keeps what an earlier version has stored', async () => {
  await runInDurableObject(objectOf(project), (_, { storage }) => {
    storage.sql.exec(`
      CREATE TABLE usage_ledger (project_id TEXT NOT NULL);
      INSERT INTO usage_ledger VALUES ('${project.projectId}');
      CREATE TABLE usage_hours (hour INTEGER PRIMARY KEY, seconds INTEGER NOT NULL);
      CREATE TABLE meter_windows (start INTEGER PRIMARY KEY, end INTEGER NOT NULL, seconds INTEGER NOT NULL,
        state TEXT NOT NULL, due_at INTEGER, failures INTEGER NOT NULL DEFAULT 0, unsettled_since INTEGER,
        settled_at INTEGER, reason TEXT, message TEXT);
      INSERT INTO meter_windows (start, end, seconds, state, due_at) VALUES (${Date.now() - MINUTE}, ${Date.now()}, 9, 'open', ${Date.now()});
    `)
  })
  await evictDurableObject(objectOf(project))
  expect(await only()).toMatchObject({ seconds: 9, state: 'open' })
})

it('ends with exactly the ledger at Stripe, whatever is lost, refused and mended over days', async () => {
  const troubles = [
    'error',
    'rate-limit',
    'lose-request',
    'lose-answer',
    'wrong-key',
    'refuse',
    'take',
  ] as const
  const step = fc.oneof(
    fc.record({ kind: fc.constant('use' as const), seconds: fc.integer({ min: 1, max: 99 }) }),
    fc.record({
      kind: fc.constant('pass' as const),
      ms: fc.oneof(fc.integer({ min: 1, max: 10 * MINUTE }), fc.integer({ min: HOUR, max: 30 * HOUR })),
      trouble: fc.array(fc.constantFrom(...troubles), { maxLength: 3 }),
    }),
    fc.record({ kind: fc.constant('down' as const), isDown: fc.boolean() }),
    fc.record({ kind: fc.constant('resend' as const) }),
    fc.record({ kind: fc.constant('evict' as const) }),
  )
  const resendAll = async () => {
    const { meterEvents } = await list('?state=refused&limit=100')
    for (const { identifier } of meterEvents) await resend(identifier)
    return meterEvents.length
  }
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      await begin()
      let used = 0
      for (const it of steps)
        switch (it.kind) {
          case 'use':
            used += it.seconds
            await use(project, it.seconds)
            break
          case 'pass':
            stripe.script.push(...it.trouble)
            await pass(it.ms)
            break
          case 'down':
            stripe.isDown = it.isDown
            break
          case 'resend':
            await resendAll()
            break
          case 'evict':
            // Only what runs can be evicted.
            await objectOf(project).openConnections()
            await evictDurableObject(objectOf(project))
        }
      stripe.isDown = false
      stripe.script.length = 0
      for (let i = 0; i < 20; i++) {
        await pass(7 * HOUR)
        const under = (await list('?state=pending')).total + (await list('?state=open')).total
        if ((await resendAll()) + under === 0) break
      }
      expect((await list('?state=delivered')).total).toBe((await list()).total)
      expect(stripe.totalOf(customer)).toBe(used)
      await pass(3 * HOUR)
      if (used > 0) expect(await reconcile()).toMatchObject({ state: 'equal', ledgerSeconds: used })
    }),
    { numRuns: 20 },
  )
}, 120_000)
