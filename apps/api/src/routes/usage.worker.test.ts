import { env } from 'cloudflare:workers'
import {
  newParticipantId,
  newRoomId,
  roomUsageReportSchema,
  type UsageBudget,
  type UsageBudgetAnswer,
  type UsageRecord,
  usageBudgetAnswerSchema,
  usageReportSchema,
} from '@radist-tech/protocol'
import Papa from 'papaparse'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { restoreTime, setTime } from '../testing/clock.ts'
import { TestHost } from '../testing/host-fixture.ts'
import { newProject, request, type TestProject } from '../testing/project-fixture.ts'
import { usageRecord } from '../testing/usage-fixture.ts'

const NOW = '2096-11-23T12:00:00Z'
const DAY = 86_400_000
const now = Date.parse(NOW)
let owner: TestProject

beforeEach(async () => {
  owner = await newProject()
  setTime(NOW)
})
afterEach(restoreTime)

const path = (rest = '') => `/api/v1/projects/${owner.projectId}/usage${rest}`
const get = (rest = '', headers = {}) => request(path(rest), { key: owner.secretKey, headers })
const use = (...records: UsageRecord[]) =>
  env.PROJECT.getByName(owner.projectId).ingestUsage(owner.projectId, records)
const used = (seconds: number, endedAt = Date.now()) => use(usageRecord(owner.projectId, seconds, endedAt))

async function expectCode(answer: Response, status: number, code: string): Promise<void> {
  expect(await answer.json()).toMatchObject({ code })
  expect(answer.status).toBe(status)
}

describe('usage', () => {
  const report = async (query = '') => usageReportSchema.parse(await (await get(query)).json())

  it('is that of the last 30 days, day by day, also of a project that used nothing', async () => {
    const nothing = await report()
    expect(nothing.buckets).toHaveLength(30)
    await use(usageRecord(owner.projectId, 5), usageRecord(owner.projectId, 7, now - 29 * DAY))
    await used(100, now - 30 * DAY)
    const { buckets, ...sums } = await report()
    expect(sums).toEqual({
      from: '2096-10-25T00:00:00.000Z',
      to: '2096-11-24T00:00:00.000Z',
      seconds: 12,
      granularity: 'day',
    })
    expect(buckets.map(({ seconds }) => seconds)).toEqual([7, ...Array(28).fill(0), 5])
    expect(buckets[0]?.start).toBe('2096-10-25T00:00:00.000Z')
  })

  it('is the same by hours as by days', async () => {
    for (let i = 0; i < 40; i += 1) await used(1000 + i, now - i * 7_919_000)
    const range = 'from=2096-11-20&to=2096-11-24'
    const [days, hours] = [await report(`?${range}`), await report(`?${range}&granularity=hour`)]
    expect(hours.seconds).toBe(days.seconds)
    expect(hours.buckets).toHaveLength(96)
    days.buckets.forEach(({ seconds }, day) => {
      const ofDay = hours.buckets.slice(24 * day, 24 * day + 24)
      expect(ofDay.reduce((sum, hour) => sum + hour.seconds, 0)).toBe(seconds)
    })
  })

  it('is CSV for whoever prefers that', async () => {
    await used(9)
    const answer = await get('?from=2096-11-22&to=2096-11-24', { accept: 'text/csv' })
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present')
    expect(answer.headers.get('vary')).toContain('Accept')
    expect(await answer.text()).toBe(
      'start,seconds\r\n2096-11-22T00:00:00.000Z,0\r\n2096-11-23T00:00:00.000Z,9\r\n',
    )
    for (const accept of ['*/*', 'application/json', 'text/html', 'application/json, text/csv;q=0.5'])
      expect((await get('', { accept })).headers.get('content-type')).toBe('application/json')
    await expectCode(await get('?from=x', { accept: 'text/csv' }), 400, 'invalid_time_range')
  })

  it('is refused for ranges that are none, and to strangers before that', async () => {
    await expectCode(await get('?from=2096-11-02&to=2096-11-02'), 400, 'invalid_time_range')
    await expectCode(await get('?from=2096-11-01&from=2096-11-02'), 400, 'invalid_time_range')
    await expectCode(await get('?granularity=week'), 400, 'invalid_granularity')
    await expectCode(await get('?granularity=day&granularity=day'), 400, 'invalid_granularity')
    const old = '?from=2025-01-01&to=2025-01-02'
    await expectCode(await get(`${old}&granularity=hour`), 400, 'usage_not_kept')
    await expectCode(await get(`/rooms${old}`), 400, 'usage_not_kept')
    await expectCode(await get('/rooms?page=0'), 400, 'invalid_page')
    const stranger = (await newProject()).secretKey
    for (const rest of ['', '?from=x', '/rooms', '/rooms?page=0', '/budget'])
      await expectCode(await request(path(rest), { key: stranger }), 401, 'invalid_secret_key')
  })
})

describe('usage by room', () => {
  const people = Array.from({ length: 7 }, () => newParticipantId())
  const [small, large] = [newRoomId(), newRoomId()]
  const inRoom = (
    roomId: typeof small,
    participantId: (typeof people)[number],
    seconds: number,
    endedAt: number,
  ) => ({
    ...usageRecord(owner.projectId, seconds, endedAt),
    roomId,
    participantId,
  })

  beforeEach(async () => {
    await use(...people.map((person, i) => inRoom(large, person, 10 + i, now)))
    await use(
      ...people.map((person, i) => inRoom(large, person, 100 + i, now)),
      ...people.slice(0, 2).map((person) => inRoom(small, person, 1, now - DAY)),
    )
  })

  it('has every participant once, with the sums of rooms, whatever the pages', async () => {
    for (const limit of [1, 2, 3, 8, 9, 100]) {
      const seen: string[] = []
      let rest: string | null = `/rooms?limit=${limit}`
      while (rest !== null) {
        const answer: Response = await get(rest)
        const page = roomUsageReportSchema.parse(await answer.json())
        expect(page).toMatchObject({ seconds: 7 * 110 + 42 + 2, total: 9, limit })
        for (const { day, roomId, seconds, participants } of page.rooms) {
          expect([day, seconds]).toEqual(roomId === large ? ['2096-11-23', 812] : ['2096-11-22', 2])
          for (const it of participants) seen.push(`${day} ${it.participantId} ${it.seconds}`)
        }
        const [, next] = /^<.*\/usage(\/rooms\?.*)>; rel="next"$/.exec(answer.headers.get('link') ?? '') ?? []
        rest = next ?? null
      }
      expect(seen.sort()).toEqual(
        [
          ...people.map((person, i) => `2096-11-23 ${person} ${110 + 2 * i}`),
          ...people.slice(0, 2).map((person) => `2096-11-22 ${person} 1`),
        ].sort(),
      )
    }
    const beyond = roomUsageReportSchema.parse(await (await get('/rooms?page=99')).json())
    expect(beyond).toMatchObject({ rooms: [], total: 9 })
  })

  it('is CSV too, with a row for each participant', async () => {
    const text = await (await get('/rooms?from=2096-11-22&to=2096-11-23', { accept: 'text/csv' })).text()
    const { data } = Papa.parse<string[]>(text.trimEnd())
    expect(data).toHaveLength(3)
    expect(data[0]).toEqual(['day', 'roomId', 'participantId', 'seconds'])
    for (const row of data.slice(1)) expect(row.toSpliced(2, 1)).toEqual(['2096-11-22', small, '1'])
  })
})

describe('the budget', () => {
  const put = (body: unknown) => request(path('/budget'), { method: 'PUT', key: owner.secretKey, body })
  const set = async (monthlyLimitSeconds: number | null, stopsAtLimit = false): Promise<UsageBudgetAnswer> =>
    usageBudgetAnswerSchema.parse(
      await (await put({ monthlyLimitSeconds, stopsAtLimit } satisfies UsageBudget)).json(),
    )
  const budget = async () => usageBudgetAnswerSchema.parse(await (await get('/budget')).json())
  const told = async () =>
    (await budget()).events.map(({ data }) => `${data.month} ${data.percent}`).reverse()

  it('tells 80 and 100 per cent once in a month, however the usage comes', async () => {
    await set(1000)
    await used(799)
    expect(await told()).toEqual([])
    const record = usageRecord(owner.projectId, 1)
    await Promise.all([use(record), use(record), use(record)])
    expect(await told()).toEqual(['2096-11 80'])
    await used(150)
    await used(100)
    await used(100)
    expect(await told()).toEqual(['2096-11 80', '2096-11 100'])
    expect(await budget()).toMatchObject({ usedSeconds: 1150, usedPercent: 115, monthlyLimitSeconds: 1000 })
    setTime('2096-12-03T00:00:00Z')
    expect(await budget()).toMatchObject({ usedSeconds: 0, month: { start: '2096-12-01T00:00:00.000Z' } })
    await used(5000)
    expect(await told()).toEqual(['2096-11 80', '2096-11 100', '2096-12 80', '2096-12 100'])
  })

  it('counts a record that ends after the month for both', async () => {
    await set(100)
    const turn = Date.parse('2096-12-01T00:00:00Z')
    setTime('2096-12-01T00:01:00Z')
    await used(120, turn + 40_000)
    expect(await told()).toEqual(['2096-11 80'])
    expect((await budget()).usedSeconds).toBe(40)
  })

  it('tells at once what a new limit has reached already, and again what it was raised above', async () => {
    await used(900)
    expect((await set(1000)).events.map(({ data }) => data.percent)).toEqual([80])
    expect((await set(1000)).events).toHaveLength(1)
    expect((await set(2000)).events).toHaveLength(1)
    await used(700)
    expect(await told()).toEqual(['2096-11 80', '2096-11 80'])
    expect((await set(null)).thresholds).toEqual([])
  })

  it('stops new rooms at the limit when it is to, calls and open rooms never', async () => {
    const host = await TestHost.enrolled()
    const create = (kind: string) =>
      request(`/api/v1/projects/${owner.projectId}/${kind}`, {
        method: 'POST',
        key: owner.secretKey,
        body: {},
      })
    const first = await create('rooms')
    const { roomId, roomTokens } = await first.json<{ roomId: string; roomTokens: [string, string] }>()
    await set(100, true)
    await used(99)
    expect((await create('rooms')).status).toBe(200)
    await used(1)
    await expectCode(await create('rooms'), 402, 'usage_limit_reached')
    expect((await create('calls')).status).toBe(200)
    expect((await host.admit(roomId, roomTokens[0])).status).toBe(200)
    const billing = await request(`/api/v1/projects/${owner.projectId}/billing`, { key: owner.secretKey })
    expect(await billing.json()).toMatchObject({
      mayCreate: { calls: true, rooms: false },
      refusal: { code: 'usage_limit_reached' },
    })
    await set(100, false)
    expect((await create('rooms')).status).toBe(200)
    await set(100, true)
    await expectCode(await create('rooms'), 402, 'usage_limit_reached')
    setTime('2096-12-01T00:00:00Z')
    await host.heartbeat()
    expect((await create('rooms')).status).toBe(200)
  })

  it('refuses limits that are none', async () => {
    for (const monthlyLimitSeconds of [0, -1, 1.5, 1e13, '100', undefined])
      await expectCode(await put({ monthlyLimitSeconds, stopsAtLimit: false }), 400, 'invalid_body')
    await expectCode(await put({ monthlyLimitSeconds: 5, stopsAtLimit: false, more: 1 }), 400, 'invalid_body')
  })
})
