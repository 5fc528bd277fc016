/** What the ledger keeps of the records, for how long, and what D1 is told of it. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import type { UsageRecord } from '@radist-tech/protocol'
import { and, asc, eq } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { usageDays } from '../../../../drizzle/schema.ts'
import { dayOf } from '../domain/usage-spread.ts'
import { restoreTime, setTime } from '../testing/clock.ts'
import { withFailingD1 } from '../testing/failing-d1.ts'
import { newProject, setBillingAccount } from '../testing/project-fixture.ts'
import { TestStripe, usageRecord } from '../testing/usage-fixture.ts'
import { ProjectObject } from './project-object.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const NOON = '2096-11-23T12:00:00Z'
const noon = Date.parse(NOON)
let projectId: string

beforeEach(async () => {
  projectId = (await newProject()).projectId
  // Without a customer the object would ask for one every minute.
  await setBillingAccount(projectId, { stripeCustomerId: `cus_${projectId}` })
  new TestStripe()
  setTime(NOON)
})
afterEach(restoreTime)

const project = () => env.PROJECT.getByName(projectId)
const report = (...records: UsageRecord[]) => project().ingestUsage(projectId, records)

/** Rows of the object's storage. */
const rows = (query: string) =>
  runInDurableObject(project(), (_, { storage }) => [...storage.sql.exec(query).raw()])

const storedSeconds = async () => (await rows('SELECT coalesce(sum(seconds), 0) FROM usage_hours'))[0]?.[0]

/** Lets alarms ring until nothing is due for an hour. */
async function settle(): Promise<void> {
  for (let i = 0; i < 1000; i += 1) {
    const alarm = await runInDurableObject(project(), (_, { storage }) => storage.getAlarm())
    if (alarm === null || alarm > Date.now() + HOUR) return
    vi.setSystemTime(Math.max(alarm, Date.now()))
    await runDurableObjectAlarm(project())
  }
  throw new Error('The alarm rings for ever')
}

/** The alarms that are set ring, until this time. */
async function passUntil(time: number): Promise<void> {
  for (;;) {
    const alarm = await runInDurableObject(project(), (_, { storage }) => storage.getAlarm())
    if (alarm === null || alarm > time) break
    vi.setSystemTime(Math.max(alarm, Date.now()))
    await runDurableObjectAlarm(project())
  }
  vi.setSystemTime(time)
}

describe('sums', () => {
  it('have a record that lasted over midnight on both days', async () => {
    const midnight = Date.parse('2096-11-23T00:00:00Z')
    await report({ ...usageRecord(projectId, 10_800, midnight + HOUR) })
    expect(await rows('SELECT hour % 24, seconds FROM usage_hours ORDER BY hour')).toEqual([
      [22, 3600],
      [23, 3600],
      [0, 3600],
    ])
    expect(await rows('SELECT seconds FROM usage_days ORDER BY day')).toEqual([[7200], [3600]])
  })

  it('have every record of many once, as they come doubled, in parts and in any order', async () => {
    const records = Array.from({ length: 500 }, (_, i) => usageRecord(projectId, 1 + i, noon - i * HOUR))
    const sum = records.reduce((total, { seconds }) => total + seconds, 0)
    const answers = await Promise.all([
      report(...records.slice(0, 300)),
      report(...records.toReversed().slice(0, 350)),
      report(...records, ...records.slice(100, 200)),
    ])
    expect(answers.flatMap(({ rejected }) => rejected)).toEqual([])
    expect(await storedSeconds()).toBe(sum)
    expect(await rows('SELECT sum(seconds) FROM usage_days')).toEqual([[sum]])
    expect(await rows('SELECT sum(seconds) FROM usage_months')).toEqual([[sum]])
    expect(await rows('SELECT sum(seconds) FROM usage_stays')).toEqual([[sum]])
    expect(await rows('SELECT sum(seconds) FROM meter_windows')).toEqual([[sum]])
    expect(await rows('SELECT sum(stays) FROM usage_days')).toEqual(
      await rows('SELECT count(*) FROM usage_stays'),
    )
  })

  it('are all there or none, when the object fails in the middle', async () => {
    const record = usageRecord(projectId, 9)
    await report(usageRecord(projectId, 1))
    await rows(
      "CREATE TRIGGER broken BEFORE UPDATE ON meter_windows BEGIN SELECT RAISE(ABORT, 'broken'); END",
    )
    // Within the object: an error that leaves it is reported to nobody's promise as well.
    const failed = await runInDurableObject(project(), async (object) =>
      object instanceof ProjectObject ? object.ingestUsage(projectId, [record]).catch(String) : null,
    )
    expect(failed).toContain('broken')
    expect(await storedSeconds()).toBe(1)
    expect(await rows('SELECT count(*) FROM usage_ids')).toEqual([[1]])
    await rows('DROP TRIGGER broken')
    expect((await report(record)).accepted).toEqual([record.recordId])
    expect(await storedSeconds()).toBe(10)
  })
})

describe('a record that is old', () => {
  it('is known for 35 days, then refused whether it was taken or not', async () => {
    const record = usageRecord(projectId, 7, noon)
    const ahead = usageRecord(projectId, 5, noon + 3 * DAY)
    await report(record, ahead)
    await passUntil(noon + 35 * DAY)
    expect((await report(record)).accepted).toEqual([record.recordId])
    await passUntil(noon + 60 * DAY)
    expect(await rows('SELECT count(*) FROM usage_ids')).toEqual([[0]])
    const unknown = usageRecord(projectId, 7, noon)
    expect(await report(record, unknown, ahead)).toEqual({
      accepted: [],
      rejected: [record, unknown, ahead].map(({ recordId }) => ({ recordId, code: 'record_too_old' })),
    })
    expect(await storedSeconds()).toBe(12)
  })

  it('is accepted again while its id is there, though a new one of its age is refused', async () => {
    const record = usageRecord(projectId, 7, noon)
    await report(record)
    vi.setSystemTime(noon + 36 * DAY)
    expect((await report(record)).accepted).toEqual([record.recordId])
    expect((await report(usageRecord(projectId, 7, noon))).rejected).toMatchObject([
      { code: 'record_too_old' },
    ])
    expect(await storedSeconds()).toBe(7)
  })
})

describe('forgetting', () => {
  it('leaves sums by day, and ends: then the project sleeps for ever', async () => {
    // More than one turn takes of each.
    for (let i = 0; i < 13; i += 1)
      await report(...Array.from({ length: 500 }, () => usageRecord(projectId, 2, noon - 1000)))
    await passUntil(noon + 89 * DAY)
    expect(await rows('SELECT count(*) FROM usage_stays')).toEqual([[6500]])
    await passUntil(noon + 98 * DAY)
    expect(await rows('SELECT count(*) FROM usage_stays')).toEqual([[0]])
    expect(await storedSeconds()).toBe(13_000)
    await passUntil(noon + 500 * DAY)
    expect(await storedSeconds()).toBe(0)
    expect(await rows('SELECT seconds FROM usage_days')).toEqual([[13_000]])
    const alarm = await runInDurableObject(project(), (_, { storage }) => storage.getAlarm())
    expect(alarm).toBe(null)
  }, 60_000)
})

describe('a ledger of the first version', () => {
  const tables = `
    CREATE TABLE usage_ledger (project_id TEXT NOT NULL);
    CREATE TABLE usage_records (record_id TEXT PRIMARY KEY, room_id TEXT NOT NULL, participant_id TEXT NOT NULL,
      seconds INTEGER NOT NULL, started_at INTEGER NOT NULL, ended_at INTEGER NOT NULL,
      received_at INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE usage_hours (hour INTEGER PRIMARY KEY, seconds INTEGER NOT NULL);
    CREATE TABLE meter_windows (start INTEGER PRIMARY KEY, end INTEGER NOT NULL, seconds INTEGER NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('open', 'pending', 'delivered', 'refused')), due_at INTEGER,
      failures INTEGER NOT NULL DEFAULT 0, unsettled_since INTEGER, settled_at INTEGER, reason TEXT, message TEXT);
    CREATE INDEX meter_windows_due ON meter_windows (due_at) WHERE due_at IS NOT NULL;`

  it('becomes today’s where it is: nothing is counted anew, and the sums go on', async () => {
    const records = Array.from({ length: 1500 }, (_, i) => usageRecord(projectId, 2, noon - i * HOUR))
    await runInDurableObject(project(), (_, { storage: { sql } }) => {
      sql.exec(tables)
      sql.exec('INSERT INTO usage_ledger VALUES (?)', projectId)
      for (const it of records) {
        const [start, end] = [Date.parse(it.startedAt), Date.parse(it.endedAt)]
        const { recordId, roomId, participantId, seconds } = it
        sql.exec(
          'INSERT INTO usage_records VALUES (?, ?, ?, ?, ?, ?, ?)',
          recordId,
          roomId,
          participantId,
          seconds,
          start,
          end,
          end,
        )
        sql.exec(
          'INSERT INTO usage_hours VALUES (?, ?) ON CONFLICT DO UPDATE SET seconds = seconds + excluded.seconds',
          Math.floor(end / HOUR),
          seconds,
        )
      }
    })
    await evictDurableObject(project())
    const repeated = records.slice(400, 800)
    const fresh = usageRecord(projectId, 5)
    const answer = await report(...repeated, fresh)
    expect(answer.accepted).toHaveLength(401)
    expect(await storedSeconds()).toBe(3005)
    await settle()
    await report(...records.slice(0, 500))
    expect(await storedSeconds()).toBe(3005)
    expect(await rows('SELECT sum(seconds), sum(stays) FROM usage_days')).toEqual([[3005, 1501]])
    expect(await rows('SELECT sum(seconds) FROM usage_months')).toEqual([[3005]])
    expect(await rows('SELECT sum(seconds), count(*) FROM usage_stays')).toEqual([[3005, 1501]])
    expect(await rows("SELECT 1 FROM sqlite_master WHERE name = 'usage_records'")).toEqual([])
    // Those that are too old to be taken again need no id.
    const ids = await rows('SELECT count(*) FROM usage_ids')
    expect(ids).toEqual([
      [1 + records.filter(({ endedAt }) => dayOf(Date.parse(endedAt)) + 35 >= dayOf(noon)).length],
    ])
  })
})

describe('D1’s copy of the days', () => {
  const copied = () =>
    drizzle(env.DB)
      .select({ day: usageDays.day, seconds: usageDays.seconds })
      .from(usageDays)
      .where(eq(usageDays.projectId, projectId))
      .orderBy(asc(usageDays.day))

  it('is written once a minute, however much comes', async () => {
    const seen = new Set<number>()
    for (let second = 0; second < 240; second += 4) {
      await report(usageRecord(projectId, 1))
      await passUntil(noon + (second + 4) * 1000)
      for (const { seconds } of await copied()) seen.add(seconds)
    }
    expect([...seen]).toEqual([15, 30, 45, 60])
  })

  it('never falls, and gets everything in the end, though D1 fails', async () => {
    const quiet = [vi.spyOn(console, 'warn').mockReturnValue(), vi.spyOn(console, 'error').mockReturnValue()]
    await report(usageRecord(projectId, 5), usageRecord(projectId, 7, noon - 34 * DAY))
    await drizzle(env.DB)
      .insert(usageDays)
      .values({ projectId, day: dayOf(noon), seconds: 6 })
    const { met } = await withFailingD1('throws', () => passUntil(noon + 5 * 60_000))
    expect(met).toBeGreaterThan(1)
    expect(await copied()).toHaveLength(1)
    await withFailingD1('fails after writing', () => passUntil(noon + 10 * 60_000))
    for (const spy of quiet) spy.mockRestore()
    await settle()
    expect(await copied()).toEqual([
      { day: dayOf(noon - 34 * DAY), seconds: 7 },
      { day: dayOf(noon), seconds: 6 },
    ])
    await report(...Array.from({ length: 70 }, (_, i) => usageRecord(projectId, 1, noon - (i % 34) * DAY)))
    await settle()
    const today = and(eq(usageDays.projectId, projectId), eq(usageDays.day, dayOf(noon)))
    expect(await drizzle(env.DB).select().from(usageDays).where(today)).toMatchObject([{ seconds: 8 }])
    expect((await copied()).reduce((sum, { seconds }) => sum + seconds, 0)).toBe(82)
  })
})
