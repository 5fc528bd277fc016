import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { newParticipantId, USAGE_PATH, type UsageAnswer, type UsageRecord } from '@radist-tech/protocol'
import fc from 'fast-check'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { TestHost } from '../testing/host-fixture.ts'
import { newProject, setBillingAccount } from '../testing/project-fixture.ts'
import { TestStripe, usageRecord } from '../testing/usage-fixture.ts'
import { UsageLedger } from './usage-ledger.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
let host: TestHost
let stripe: TestStripe
let projectId: string

beforeAll(async () => {
  host = await TestHost.enrolled()
})
beforeEach(async () => {
  stripe = new TestStripe()
  projectId = (await newProject()).projectId
  await setBillingAccount(projectId, { stripeCustomerId: `cus_${projectId}` })
  // The beginning of a minute, so that windows of a minute are easy to tell.
  vi.useFakeTimers({ toFake: ['Date'], now: Math.ceil(Date.now() / MINUTE) * MINUTE })
})
afterEach(() => {
  vi.useRealTimers()
})

async function report(...records: UsageRecord[]): Promise<UsageAnswer> {
  const response = await host.post(USAGE_PATH, { records })
  expect(response.status).toBe(200)
  return response.json<UsageAnswer>()
}

const project = () => env.PROJECT.getByName(projectId)

/** Lets time pass, and the alarm ring; false when none was set. */
async function pass(ms: number): Promise<boolean> {
  vi.setSystemTime(Date.now() + ms)
  return runDurableObjectAlarm(project())
}

/** Nothing is on its way to Stripe: what the alarm waits for is the next day's reconciliation. */
const isQuiet = async (): Promise<boolean> => {
  const alarm = await runInDurableObject(project(), (_, { storage }) => storage.getAlarm())
  return alarm === null || alarm > Date.now() + 60 * MINUTE
}

const ledger = <R>(look: (ledger: UsageLedger, sql: SqlStorage) => R): Promise<R> =>
  runInDurableObject(project(), (_, { storage }) => look(new UsageLedger(storage, env), storage.sql))

const windows = () =>
  ledger((_, sql) =>
    sql
      .exec<{ seconds: number; state: string; reason: string | null; message: string | null }>(
        'SELECT seconds, state, reason, message FROM meter_windows ORDER BY start',
      )
      .toArray(),
  )

describe('the ledger', () => {
  it('takes each record once, however often and with whatever it comes', async () => {
    const [a, b, c] = [usageRecord(projectId, 5), usageRecord(projectId, 7), usageRecord(projectId, 11)]
    expect((await report(a, b)).accepted).toEqual([a.recordId, b.recordId])
    expect((await report(b, c, c)).accepted.sort()).toEqual([b.recordId, c.recordId, c.recordId].sort())
    await Promise.all([report(a), report(b), report(c)])
    expect(await ledger((it) => it.secondsSince(0))).toBe(23)
    expect((await windows()).map(({ seconds }) => seconds)).toEqual([23])
  })

  it('rejects what no project is billed for, and writes nothing for it', async () => {
    const stray = usageRecord(crypto.randomUUID())
    const good = usageRecord(projectId)
    expect(await report(stray, good)).toEqual({
      accepted: [good.recordId],
      rejected: [{ recordId: stray.recordId, code: 'project_not_found' }],
    })
    const tables = await runInDurableObject(env.PROJECT.getByName(stray.projectId), (_, { storage }) =>
      storage.sql.exec("SELECT name FROM sqlite_master WHERE name LIKE 'usage%'").toArray(),
    )
    expect(tables).toEqual([])
  })

  it('sums up the last 30 days by hours', async () => {
    const now = Date.now()
    await report(usageRecord(projectId, 1, now), usageRecord(projectId, 2, now - 29 * DAY))
    await report(usageRecord(projectId, 4, now - 31 * DAY))
    expect(await ledger((it) => it.secondsSince(now - 30 * DAY))).toBe(3)
    expect(await ledger((it) => it.secondsSince(0))).toBe(7)
  })
})

describe('delivery to Stripe', () => {
  it('sends one event for a window, after it has ended', async () => {
    await report(usageRecord(projectId, 5), usageRecord(projectId, 7))
    await pass(30_000)
    await report(usageRecord(projectId, 30))
    expect(stripe.taken).toEqual([])
    const end = (Date.now() - 30_000 + MINUTE) / 1000
    await pass(40_000)
    expect(stripe.taken).toEqual([
      {
        identifier: `radist-${projectId}-${end - 60}`,
        eventName: 'radist_sfu_participant_seconds',
        customer: `cus_${projectId}`,
        value: '42',
        timestamp: end,
      },
    ])
    await pass(MINUTE)
    await pass(MINUTE)
    expect(stripe.requests).toBe(1)
    expect(await isQuiet()).toBe(true)
  })

  it('puts what comes after a window has ended into the next', async () => {
    await report(usageRecord(projectId, 5))
    await pass(MINUTE + 10_000)
    await report(usageRecord(projectId, 6))
    await pass(MINUTE)
    expect(stripe.taken.map(({ value }) => value)).toEqual(['5', '6'])
  })

  for (const outcomes of [
    ['error'],
    ['rate-limit', 'rate-limit'],
    ['lose-request'],
    ['lose-answer'],
    ['wrong-key'],
    ['lose-answer', 'error', 'lose-answer', 'rate-limit'],
  ] as const)
    it(`ends with one event and the whole sum after: ${outcomes.join(', ')}`, async () => {
      stripe.script.push(...outcomes)
      await report(usageRecord(projectId, 9))
      await pass(MINUTE + 10_000)
      await report(usageRecord(projectId, 4))
      for (let i = 0; i <= outcomes.length + 1; i++) await pass(MINUTE)
      // In no order: while one window waits for its next attempt, another may be sent.
      expect(stripe.taken.map(({ value }) => value).sort()).toEqual(['4', '9'])
      expect((await windows()).map(({ state }) => state)).toEqual(['delivered', 'delivered'])
      expect(await isQuiet()).toBe(true)
    })

  it('waits longer while Stripe fails, and asks for one window at a time', async () => {
    stripe.script.push('error', 'error', 'error')
    for (let i = 0; i < 3; i++) {
      await report(usageRecord(projectId, 1))
      vi.setSystemTime(Date.now() + MINUTE)
    }
    await pass(10_000)
    expect(stripe.requests).toBe(1)
    await pass(500)
    expect(stripe.requests).toBe(1)
    await pass(600)
    expect(stripe.requests).toBe(2)
    for (let i = 0; i < 3; i++) await pass(MINUTE)
    expect(stripe.taken).toHaveLength(3)
  })

  it('sets a refused event aside with its reason, and goes on', async () => {
    stripe.script.push('refuse')
    await report(usageRecord(projectId, 5))
    await pass(MINUTE + 10_000)
    await report(usageRecord(projectId, 6))
    await pass(MINUTE)
    expect(await windows()).toEqual([
      { seconds: 5, state: 'refused', reason: 'stripe', message: 'No active meter found for this event.' },
      { seconds: 6, state: 'delivered', reason: null, message: null },
    ])
    expect(stripe.taken.map(({ value }) => value)).toEqual(['6'])
  })

  it('accumulates until the project has a Stripe customer, within what Stripe takes', async () => {
    await setBillingAccount(projectId, { stripeCustomerId: null })
    await report(usageRecord(projectId, 5))
    await pass(MINUTE + 10_000)
    vi.setSystemTime(Date.now() + 20 * DAY)
    await report(usageRecord(projectId, 6))
    await pass(MINUTE + 10_000)
    expect(stripe.requests).toBe(0)
    vi.setSystemTime(Date.now() + 16 * DAY)
    await setBillingAccount(projectId, { stripeCustomerId: 'cus_late' })
    await pass(2 * MINUTE)
    expect(stripe.taken.map(({ value, customer }) => [value, customer])).toEqual([['6', 'cus_late']])
    expect((await windows())[0]).toMatchObject({ seconds: 5, state: 'refused', reason: 'too-old' })
  })

  it('ends with exactly what was accepted at Stripe, whatever happens on the way', async () => {
    const troubles = ['error', 'rate-limit', 'lose-request', 'lose-answer', 'wrong-key', 'take'] as const
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('report' as const),
        who: fc.nat({ max: 2 }),
        ms: fc.integer({ min: 1, max: 9999 }),
      }),
      fc.record({ kind: fc.constant('repeat' as const), which: fc.nat() }),
      fc.record({
        kind: fc.constant('pass' as const),
        ms: fc.integer({ min: 1, max: 3 * MINUTE }),
        trouble: fc.array(fc.constantFrom(...troubles), { maxLength: 3 }),
      }),
      fc.record({ kind: fc.constant('evict' as const) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
        stripe = new TestStripe()
        projectId = (await newProject()).projectId
        await setBillingAccount(projectId, { stripeCustomerId: `cus_${projectId}` })
        const records: UsageRecord[] = []
        const people = [newParticipantId(), newParticipantId(), newParticipantId()]
        const ingest = (record: UsageRecord) => project().ingestUsage(projectId, [record])
        for (const it of steps)
          switch (it.kind) {
            case 'report': {
              const [seconds, remainderMs] = [Math.floor(it.ms / 1000), it.ms % 1000]
              const participantId = people[it.who] ?? newParticipantId()
              const record = { ...usageRecord(projectId), participantId, seconds, remainderMs }
              records.push(record)
              await ingest(record)
              break
            }
            case 'repeat': {
              const record = records[it.which % Math.max(1, records.length)]
              if (record) await ingest(record)
              break
            }
            case 'pass':
              stripe.script.push(...it.trouble)
              await pass(it.ms)
              break
            case 'evict':
              // Only what runs can be evicted.
              await project().openConnections()
              await evictDurableObject(project())
          }
        // What is still to come of trouble passes.
        for (let i = 0; i < 100 && !(await isQuiet()); i++) await pass(10 * MINUTE)
        const sum = (values: number[]) => values.reduce((a, b) => a + b, 0)
        const completed = people.map((who) => {
          const own = records.filter(({ participantId }) => participantId === who)
          return Math.floor(sum(own.map(({ seconds, remainderMs }) => seconds * 1000 + remainderMs)) / 1000)
        })
        expect(sum(stripe.taken.map(({ value }) => Number(value)))).toBe(sum(completed))
      }),
      { numRuns: 20 },
    )
  }, 60_000)
})
