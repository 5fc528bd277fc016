/** Meter events over days, at the wire of Stripe's own SDK: what is lost, refused, mended and sent again. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import {
  type ListMeterEventsAnswer,
  type MeterEventAnswer,
  type MeterEventState,
  type Reconciliation,
  reconciliationSchema,
} from '@radist-tech/protocol'
import { eq } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { projects } from '../../../../drizzle/schema.ts'
import { takeMeterErrorReport } from '../meter-error-reports.ts'
import { newProject, request, setBillingAccount, type TestProject } from '../testing/project-fixture.ts'
import { TestStripe, usageRecord } from '../testing/usage-fixture.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

let stripe: TestStripe
let project: TestProject
let customer: string

beforeEach(async () => {
  stripe = new TestStripe()
  project = await payingProject()
  customer = `cus_${project.projectId}`
  vi.useFakeTimers({ toFake: ['Date'], now: Math.ceil(Date.now() / HOUR) * HOUR })
})
afterEach(() => {
  vi.useRealTimers()
})

async function payingProject(): Promise<TestProject> {
  const made = await newProject()
  await setBillingAccount(made.projectId, { stripeCustomerId: `cus_${made.projectId}` })
  return made
}

const objectOf = ({ projectId }: TestProject) => env.PROJECT.getByName(projectId)
const use = (of: TestProject, seconds: number) =>
  objectOf(of).ingestUsage(of.projectId, [usageRecord(of.projectId, seconds)])

/** Lets time pass, and the alarm ring if it is due by then. */
async function pass(ms: number, of = project): Promise<void> {
  vi.setSystemTime(Date.now() + ms)
  const due = await runInDurableObject(objectOf(of), (_, { storage }) => storage.getAlarm())
  if (due !== null && due <= Date.now()) await runDurableObjectAlarm(objectOf(of))
}

/** Rings in steps, as the alarm itself would. */
async function passInSteps(ms: number, step: number, of = project): Promise<void> {
  for (let gone = 0; gone < ms; gone += step) await pass(step, of)
}

const path = ({ projectId }: TestProject, rest: string) => `/api/v1/projects/${projectId}/billing/${rest}`

async function list(query = '', of = project): Promise<ListMeterEventsAnswer> {
  const answer = await request(path(of, `meter-events${query}`), { key: of.secretKey })
  expect(answer.status).toBe(200)
  return answer.json<ListMeterEventsAnswer>()
}
const only = async (of = project): Promise<MeterEventAnswer> => {
  const { meterEvents } = await list('', of)
  expect(meterEvents).toHaveLength(1)
  return meterEvents[0] as MeterEventAnswer
}

const resend = (identifier: string, body?: unknown, of = project) =>
  request(path(of, `meter-events/${identifier}/resend`), { method: 'POST', key: of.secretKey, body })

async function reconcile(of = project): Promise<Reconciliation> {
  const answer = await request(path(of, 'reconciliation'), { method: 'POST', key: of.secretKey })
  expect(answer.status).toBe(200)
  return reconciliationSchema.parse(await answer.json())
}

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

describe('an error report', () => {
  let events = 0
  /** The webhook's thin event, and what it stands for. */
  async function report(identifiers: (string | null)[], errorCount = identifiers.length): Promise<void> {
    events += 1
    const id = `evt_${events}`
    const samples = identifiers.map((identifier) => ({
      error_message: 'The customer was not found.',
      request: identifier === null ? {} : { identifier },
    }))
    const type = { code: 'meter_event_customer_not_found', error_count: errorCount, sample_errors: samples }
    stripe.events.set(id, {
      id,
      object: 'v2.core.event',
      type: 'v1.billing.meter.error_report_triggered',
      data: { reason: { error_count: errorCount, error_types: [type] } },
    })
    await takeMeterErrorReport(env, { id })
  }
  /** Stripe took 9 seconds, and says later that it does not count them. */
  async function uncounted(): Promise<MeterEventAnswer> {
    await use(project, 9)
    await pass(MINUTE + 10_000)
    const event = await only()
    expect(event.state).toBe('delivered')
    stripe.uncounted.add(event.identifier)
    return event
  }

  it('sets aside what was delivered, once; sent again, it has a new identifier', async () => {
    const { identifier } = await uncounted()
    await report([identifier])
    expect(await only()).toMatchObject({
      identifier,
      state: 'refused',
      reason: 'stripe',
      message: 'The customer was not found.',
    })
    const answer = await (await resend(identifier)).json<MeterEventAnswer>()
    expect(answer).toMatchObject({ identifier: `${identifier}-1`, state: 'pending' })
    await pass(0)
    await report([identifier])
    expect(await only()).toMatchObject({ identifier: `${identifier}-1`, state: 'delivered' })
    expect(stripe.taken.filter((event) => !stripe.uncounted.has(event.identifier))).toMatchObject([
      { value: '9' },
    ])
    expect((await resend(identifier)).status).toBe(404)
  })

  it('leaves what it does not know: others’ identifiers, projects that do not exist, windows never sent', async () => {
    const { identifier } = await uncounted()
    await use(project, 1)
    const { meterEvents } = await list('?state=open')
    const stranger = crypto.randomUUID()
    await report([
      null,
      'somebody-elses',
      identifier.replace(project.projectId, stranger),
      `${identifier}-7`,
      meterEvents[0]?.identifier ?? '',
    ])
    expect((await list()).meterEvents.map(({ state }) => state)).toEqual(['open', 'delivered'])
    const tables = await runInDurableObject(env.PROJECT.getByName(stranger), (_, { storage }) =>
      storage.sql.exec("SELECT name FROM sqlite_master WHERE name LIKE 'meter%'").toArray(),
    )
    expect(tables).toEqual([])
  })

  it('that names only some lets the ledger be compared', async () => {
    await uncounted()
    await report([], 3)
    await passInSteps(3 * HOUR, HOUR)
    const answer = await request(path(project, 'reconciliation'), { key: project.secretKey })
    expect(await answer.json()).toMatchObject({ state: 'different', ledgerSeconds: 9, stripeSeconds: 0 })
  })

  it('that comes before the answer of the attempt itself is not overwritten by it', async () => {
    await use(project, 9)
    const { identifier } = await only()
    stripe.script.push({ beforeAnswer: () => report([identifier]) })
    await pass(MINUTE + 10_000)
    expect(stripe.taken).toHaveLength(1)
    expect(await only()).toMatchObject({ state: 'refused', reason: 'stripe' })
  })

  it('nor one that was sent again meanwhile', async () => {
    await use(project, 9)
    const { identifier } = await only()
    const reportedAndResent = async () => {
      await report([identifier])
      await resend(identifier)
    }
    stripe.script.push({ beforeAnswer: reportedAndResent })
    await pass(MINUTE + 10_000)
    expect(await only()).toMatchObject({ identifier: `${identifier}-1`, state: 'pending' })
    await pass(0)
    expect(stripe.taken.map((event) => event.identifier)).toEqual([identifier, `${identifier}-1`])
  })

  it('settles what was open', async () => {
    stripe.script.push('lose-answer')
    await use(project, 9)
    await pass(MINUTE + 10_000)
    const { identifier } = await only()
    await report([identifier])
    await pass(MINUTE)
    expect(await only()).toMatchObject({ state: 'refused', reason: 'stripe' })
    expect(stripe.requests).toBe(1)
  })
})

describe('reconciliation', () => {
  it('is made daily while there is usage, and not for ever', async () => {
    /** Later there are the ledger's weekly turns of forgetting. */
    const isDueWithinADay = async () => {
      const alarm = await runInDurableObject(objectOf(project), (_, { storage }) => storage.getAlarm())
      return alarm !== null && alarm <= Date.now() + DAY
    }
    await use(project, 9)
    await pass(MINUTE + 10_000)
    for (let day = 1; day <= 40 && (await isDueWithinADay()); day++) {
      await pass(DAY)
      const last = await request(path(project, 'reconciliation'), { key: project.secretKey })
      expect(await last.json()).toMatchObject({
        at: new Date().toISOString(),
        stripeSeconds: day <= 35 ? 9 : 0,
      })
    }
    expect(await isDueWithinADay()).toBe(false)
  })

  it('shows the minute that Stripe lacks, with its windows, and mends nothing', async () => {
    for (const seconds of [5, 6, 7]) {
      await use(project, seconds)
      await pass(MINUTE + 10_000)
    }
    const [, event] = stripe.taken
    if (!event) throw new Error('Nothing was taken')
    stripe.uncounted.add(event.identifier)
    const start = event.timestamp * 1000
    await pass(3 * HOUR)
    const expected = {
      state: 'different',
      ledgerSeconds: 18,
      stripeSeconds: 12,
      differences: [
        {
          start: new Date(start).toISOString(),
          end: new Date(start + MINUTE).toISOString(),
          ledgerSeconds: 6,
          stripeSeconds: 0,
          windows: [event.identifier],
        },
      ],
    }
    expect(await reconcile()).toMatchObject(expected)
    expect(stripe.requests).toBe(3)
    stripe.uncounted.clear()
    await pass(MINUTE)
    expect(await reconcile()).toMatchObject({ state: 'equal', differences: [], stripeSeconds: 18 })
  })

  it('shows what Stripe has too much', async () => {
    await use(project, 5)
    await pass(MINUTE + 10_000)
    const [event] = stripe.taken
    if (!event) throw new Error('Nothing was taken')
    stripe.taken.push({ ...event, identifier: 'foreign', value: '2', timestamp: event.timestamp + 120 })
    await pass(3 * HOUR)
    expect(await reconcile()).toMatchObject({
      state: 'different',
      ledgerSeconds: 5,
      stripeSeconds: 7,
      differences: [{ ledgerSeconds: 0, stripeSeconds: 2, windows: [] }],
    })
  })

  it('adds up the projects that one customer pays for', async () => {
    const other = await newProject()
    await drizzle(env.DB)
      .update(projects)
      .set({ billingAccountId: project.projectId })
      .where(eq(projects.id, other.projectId))
    for (const one of [project, other]) {
      await use(one, 9)
      await pass(MINUTE + 10_000, one)
    }
    await pass(3 * HOUR)
    for (const one of [project, other])
      expect(await reconcile(one)).toMatchObject({ state: 'equal', ledgerSeconds: 18, stripeSeconds: 18 })
  })

  it('goes by the hour where too many differ to look into each', async () => {
    for (let hour = 0; hour < 7; hour++) {
      await use(project, 5)
      await pass(HOUR)
    }
    for (const { identifier } of stripe.taken) stripe.uncounted.add(identifier)
    await pass(3 * HOUR)
    const { differences } = await reconcile()
    const widths = differences.map(({ start, end }) => Date.parse(end) - Date.parse(start))
    expect(widths).toEqual([HOUR, HOUR, MINUTE, MINUTE, MINUTE, MINUTE, MINUTE])
    expect(differences.map(({ windows }) => windows.length)).toEqual([1, 1, 1, 1, 1, 1, 1])
  })

  it('leaves out what was sent too lately to show in the sums', async () => {
    stripe.isDown = true
    await use(project, 5)
    await passInSteps(5 * HOUR, HOUR)
    stripe.isDown = false
    await pass(5 * MINUTE)
    const [event] = stripe.taken
    if (!event) throw new Error('Nothing was taken')
    stripe.uncounted.add(event.identifier)
    expect(await reconcile()).toMatchObject({ state: 'equal', ledgerSeconds: 0 })
    await pass(HOUR)
    expect(await reconcile()).toMatchObject({ state: 'different', ledgerSeconds: 5 })
  })

  it('says so when Stripe does not answer, and when it knows no customer', async () => {
    await use(project, 5)
    await pass(MINUTE + 10_000)
    stripe.summariesFail = true
    await pass(3 * HOUR)
    expect(await reconcile()).toMatchObject({ state: 'failed' })
    // The daily one is made up for within the hour after.
    await passInSteps(DAY, HOUR)
    stripe.summariesFail = false
    await pass(HOUR)
    const last = await request(path(project, 'reconciliation'), { key: project.secretKey })
    expect(await last.json()).toMatchObject({ state: 'equal', at: new Date().toISOString() })
    const unpaid = await newProject()
    expect(await reconcile(unpaid)).toMatchObject({ state: 'none', at: null })
    await use(unpaid, 5)
    await pass(MINUTE + 10_000, unpaid)
    expect(await reconcile(unpaid)).toMatchObject({ state: 'no-customer', differences: [] })
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
      stripe = new TestStripe()
      project = await payingProject()
      customer = `cus_${project.projectId}`
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
