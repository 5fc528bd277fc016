/** What the ends of stays leave of a second, on its way through the ledger. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import {
  newParticipantId,
  type ParticipantId,
  USAGE_PATH,
  type UsageAnswer,
  type UsageRecord,
} from '@radist-tech/protocol'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { dayOf } from '../domain/usage-spread.ts'
import { restoreTime, setTime } from '../testing/clock.ts'
import { TestHost } from '../testing/host-fixture.ts'
import { newProject, setBillingAccount } from '../testing/project-fixture.ts'
import { TestStripe, usageRecord } from '../testing/usage-fixture.ts'
import { ProjectObject } from './project-object.ts'

const DAY = 86_400_000
let hosts: [TestHost, TestHost]
let projectId: string
let ann: ParticipantId

beforeAll(async () => {
  hosts = [await TestHost.enrolled(), await TestHost.enrolled()]
})
beforeEach(async () => {
  projectId = (await newProject()).projectId
  await setBillingAccount(projectId, { stripeCustomerId: `cus_${projectId}` })
  ann = newParticipantId()
  new TestStripe()
  setTime('2096-11-23T12:00:00Z')
})
afterEach(restoreTime)

const project = () => env.PROJECT.getByName(projectId)

/** The last record of a stay of so many milliseconds that ends now. */
const stayOf = (participantId: ParticipantId, ms: number): UsageRecord => ({
  ...usageRecord(projectId),
  participantId,
  seconds: Math.floor(ms / 1000),
  remainderMs: ms % 1000,
  startedAt: new Date(Date.now() - ms).toISOString(),
})

async function report(host: TestHost, ...records: UsageRecord[]): Promise<void> {
  const response = await host.post(USAGE_PATH, { records })
  expect(response.status).toBe(200)
  const accepted = records.map(({ recordId }) => recordId)
  expect(await response.json<UsageAnswer>()).toEqual({ accepted, rejected: [] })
}

const rows = (query: string) =>
  runInDurableObject(project(), (_, { storage }) => [...storage.sql.exec(query).raw()])

/** Rings the alarms that are due within this time. */
async function pass(ms: number): Promise<void> {
  const until = Date.now() + ms
  for (;;) {
    const alarm = await runInDurableObject(project(), (_, { storage }) => storage.getAlarm())
    if (alarm === null || alarm > until) break
    vi.setSystemTime(Math.max(alarm, Date.now()))
    await runDurableObjectAlarm(project())
  }
  vi.setSystemTime(until)
}

const sums = ['usage_hours', 'usage_days', 'usage_months', 'usage_stays', 'meter_windows']
/** What each of the ledger's sums says: the same. */
async function billed(): Promise<unknown> {
  const all = await Promise.all(sums.map((table) => rows(`SELECT coalesce(sum(seconds), 0) FROM ${table}`)))
  expect(new Set(all.map(([row]) => row?.[0])).size).toBe(1)
  return all[0]?.[0]?.[0]
}

describe('a participant that moves', () => {
  it('pays for the completed seconds of all its stays, whichever host reports late, again or after an eviction', async () => {
    const [first, second] = hosts
    const cutOff = stayOf(ann, 3_700)
    const later = stayOf(ann, 2_200)
    await report(second, later)
    expect(await billed()).toBe(2)
    await evictDurableObject(project())
    // The first host was cut off when the room moved, and is back.
    await report(first, cutOff)
    await report(first, cutOff)
    await report(second, later)
    expect(await billed()).toBe(5)
    await report(second, stayOf(ann, 150))
    expect(await billed()).toBe(6)
    await report(first, stayOf(ann, 949))
    expect(await billed()).toBe(6)
    expect(await rows('SELECT ms FROM usage_remainders')).toEqual([[999]])
  })

  it('makes seconds within one batch, each participant its own', async () => {
    const bob = newParticipantId()
    const stays = [900, 900, 900].flatMap((ms) => [stayOf(ann, ms), stayOf(bob, ms - 200)])
    await report(hosts[0], ...stays)
    expect(await billed()).toBe(4)
  })

  it('costs nothing, no window either, before a second is complete', async () => {
    await report(hosts[0], stayOf(ann, 999))
    expect(await billed()).toBe(0)
    expect(await rows('SELECT count(*) FROM meter_windows')).toEqual([[0]])
    expect(await rows('SELECT count(*) FROM usage_stays')).toEqual([[0]])
    await report(hosts[1], stayOf(ann, 1))
    expect(await billed()).toBe(1)
  })
})

describe('a remainder', () => {
  it('of more than a second, of less than nothing, or of a record without any time is refused', async () => {
    const good = stayOf(ann, 5_400)
    const bad = [
      { ...good, remainderMs: 1000 },
      { ...good, remainderMs: -1 },
      { ...good, remainderMs: 0.5 },
      { ...good, remainderMs: '400' },
      { ...good, remainderMs: null },
      { ...good, seconds: 0, remainderMs: 0 },
      { ...good, seconds: -1 },
    ]
    for (const record of bad) {
      const response = await hosts[0].post(USAGE_PATH, { records: [record] })
      expect(await response.json()).toMatchObject({ code: 'invalid_body' })
    }
    expect(await rows("SELECT name FROM sqlite_master WHERE name = 'usage_ledger'")).toEqual([])
  })

  it('that a host of an earlier version does not tell is none', async () => {
    const { remainderMs: _, ...record } = stayOf(ann, 5_000)
    const response = await hosts[0].post(USAGE_PATH, { records: [record] })
    expect(await response.json()).toEqual({ accepted: [record.recordId], rejected: [] })
    expect(await billed()).toBe(5)
  })

  it('is taken with its record or not at all', async () => {
    await report(hosts[0], stayOf(ann, 1_600))
    await rows(
      "CREATE TRIGGER broken BEFORE UPDATE ON meter_windows BEGIN SELECT RAISE(ABORT, 'broken'); END",
    )
    const record = stayOf(ann, 500)
    // Within the object: an error that leaves it is reported to nobody's promise as well.
    const failed = await runInDurableObject(project(), async (object) =>
      object instanceof ProjectObject ? object.ingestUsage(projectId, [record]).catch(String) : null,
    )
    expect(failed).toContain('broken')
    expect(await rows('SELECT ms FROM usage_remainders')).toEqual([[600]])
    await rows('DROP TRIGGER broken')
    await report(hosts[0], record)
    expect(await billed()).toBe(2)
    expect(await rows('SELECT ms FROM usage_remainders')).toEqual([[100]])
  })

  it('is kept while its participant is heard of, and 35 days beyond; then the project sleeps', async () => {
    await report(hosts[0], stayOf(ann, 600))
    for (let week = 0; week < 8; week++) {
      await pass(7 * DAY)
      await report(hosts[0], stayOf(ann, 10_000))
    }
    await report(hosts[1], stayOf(ann, 400))
    expect(await billed()).toBe(81)
    await report(hosts[1], stayOf(ann, 300))
    await pass(43 * DAY)
    expect(await rows('SELECT count(*) FROM usage_remainders')).toEqual([[0]])
    await pass(500 * DAY)
    expect(await runInDurableObject(project(), (_, { storage }) => storage.getAlarm())).toBe(null)
  }, 60_000)

  it('waits for its day to be over, not for a turn of forgetting', async () => {
    await report(hosts[0], stayOf(ann, 600))
    expect(await rows('SELECT until FROM usage_remainders')).toEqual([[dayOf(Date.now()) + 35]])
    await pass(35 * DAY)
    await report(hosts[0], stayOf(ann, 400))
    expect(await billed()).toBe(1)
  })
})

it('a ledger of the second version becomes today’s, and its sums go on', async () => {
  await report(hosts[0], stayOf(ann, 5_000))
  await rows('DROP TABLE usage_remainders')
  await rows('UPDATE usage_ledger SET version = 2')
  await evictDurableObject(project())
  await report(hosts[0], stayOf(ann, 700), stayOf(ann, 300))
  expect(await billed()).toBe(6)
  expect(await rows('SELECT version FROM usage_ledger')).toEqual([[3]])
})
