import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { dashboardCallsAnswerSchema, dashboardRoomsAnswerSchema } from '@radist-tech/protocol/dashboard'
import { drizzle } from 'drizzle-orm/d1'
import { beforeAll, describe, expect, it } from 'vitest'
import { calls as callRows } from '../../../../drizzle/schema.ts'
import { eventually } from '../testing/clock.ts'
import { countingEnv, newCounts } from '../testing/counting-env.ts'
import { organizationsProject, type SignedIn, signedIn } from '../testing/dashboard-fixture.ts'
import { newCall, type TestProject } from '../testing/project-fixture.ts'
import { joinCall } from '../testing/test-peer.ts'
import { dashboardRoutes } from './dashboard.ts'

const DAY = 86_400_000
let owner: SignedIn
let project: TestProject
const listed = async (query: string) =>
  dashboardCallsAnswerSchema.parse(
    await (await owner.ask(`/projects/${project.projectId}/calls?${query}`)).json(),
  )
const idsOf = async (query: string) => (await listed(query)).calls.map(({ callId }) => callId)

beforeAll(async () => {
  owner = await signedIn('owner')
  project = await organizationsProject(owner.organizationId)
})

describe('calls', () => {
  it('are listed by state, id and day, with what became of them', async () => {
    const made = []
    for (let i = 0; i < 5; i++) made.push(await newCall(project))
    const [first, second, , fourth] = made
    if (!first || !second || !fourth) throw new Error('no calls')
    const ann = await joinCall(project.publicKey, second.callTokens[0])
    ann.socket.send({ type: 'bye' })
    await ann.socket.closed
    expect(
      (await owner.ask(`/projects/${project.projectId}/calls/${fourth.callId}`, { method: 'DELETE' })).status,
    ).toBe(200)
    const newestFirst = made.map(({ callId }) => callId).reverse()
    await eventually(async () => expect((await listed('state=ended')).total).toBe(2))
    expect(await idsOf('')).toEqual(newestFirst)
    expect(await idsOf('page=2&limit=2')).toEqual(newestFirst.slice(2, 4))
    expect(await idsOf('state=open')).toEqual(
      newestFirst.filter((id) => id !== second.callId && id !== fourth.callId),
    )
    await eventually(async () =>
      expect((await listed('state=ended')).calls).toMatchObject([
        { callId: fourth.callId, peers: 0, endedReason: 'ended-by-backend' },
        { callId: second.callId, peers: 1, endedReason: 'all-peers-left' },
      ]),
    )
    expect(await listed('state=ended&page=2&limit=1')).toMatchObject({
      calls: [{ callId: second.callId }],
      total: 2,
    })
    expect(await idsOf(`id=${first.callId.toUpperCase()}`)).toEqual([first.callId])
    expect(await idsOf(`id=${first.callId}&state=ended`)).toEqual([])
    expect(await idsOf('id=nonsense')).toEqual([])
    const today = new Date().toISOString().slice(0, 10)
    expect(await listed(`day=${today}`)).toMatchObject({ total: 5 })
    expect(await listed(`day=${today}&state=open&limit=2&page=2`)).toMatchObject({
      calls: [{ callId: first.callId }],
      total: 3,
    })
    expect(await listed('day=2020-02-29')).toMatchObject({ calls: [], total: 0 })
  })

  it('of another project are not found by their id', async () => {
    const other = await organizationsProject((await signedIn('owner')).organizationId)
    const { callId } = await newCall(other)
    expect(await idsOf(`id=${callId}`)).toEqual([])
    expect((await owner.ask(`/projects/${project.projectId}/calls/${callId}`)).status).toBe(404)
    const end = await owner.ask(`/projects/${project.projectId}/calls/${callId}`, { method: 'DELETE' })
    expect(end.status).toBe(404)
    expect(await env.CALL.getByName(callId).status()).toEqual({ state: 'open' })
  })

  it('are not listed for questions that make no sense', async () => {
    for (const [query, code] of [
      ['state=closed', 'invalid_state'],
      ['state=open&state=open', 'invalid_state'],
      ['day=2026-02-30', 'invalid_query'],
      ['day=today', 'invalid_query'],
      ['page=0', 'invalid_page'],
      ['limit=101', 'invalid_limit'],
    ]) {
      const answer = await owner.ask(`/projects/${project.projectId}/calls?${query}`)
      expect(answer.status).toBe(400)
      expect(await answer.json()).toMatchObject({ code })
    }
  })
})

describe('a long history', () => {
  const HISTORY = 3000
  const DAYS = 30
  const midnight = Math.floor(Date.now() / DAY) * DAY
  let old: TestProject
  let counts = newCounts()

  beforeAll(async () => {
    old = await organizationsProject(owner.organizationId)
    // As its calls of a month would have left it: D1's rows, and the number of the newest.
    await newCall(old)
    const rows = Array.from({ length: HISTORY }, (_, i) => {
      const createdAt = midnight - DAYS * DAY + Math.floor((i * DAYS * DAY) / HISTORY)
      return {
        callId: crypto.randomUUID(),
        projectId: old.projectId,
        sequence: i + 2,
        accessControl: 'public' as const,
        createdAt,
        tombstonedAt: createdAt + 1,
        peerCount: 2,
        endedReason: 'all-peers-left',
      }
    })
    const db = drizzle(env.DB)
    for (let i = 0; i < rows.length; i += 12) await db.insert(callRows).values(rows.slice(i, i + 12))
    await runInDurableObject(env.PROJECT.getByName(old.projectId), (_, { storage }) =>
      storage.sql.exec("UPDATE connection_counters SET value = ? WHERE name = 'call'", HISTORY + 1),
    )
  }, 60_000)

  async function page(query: string) {
    counts = newCounts()
    const { cookies, ipAddress } = owner
    const cookie = [...cookies].map((pair) => pair.join('=')).join('; ')
    const request = new Request(`https://radist.test/projects/${old.projectId}/calls?${query}`, {
      headers: { cookie, 'cf-connecting-ip': ipAddress },
    })
    const answer = await dashboardRoutes.app.fetch(
      request,
      countingEnv(env, () => counts),
    )
    return dashboardCallsAnswerSchema.parse(await answer.json())
  }

  it('costs the same on every page and by every filter', async () => {
    // The page's 20, looked up and sorted, and a few of who asks.
    const few = 100
    for (const query of ['', 'page=150', 'state=ended', 'state=ended&page=149', 'state=open']) {
      const { total } = await page(query)
      expect(total).toBe(query.includes('open') ? 1 : query.includes('ended') ? HISTORY : HISTORY + 1)
      expect(counts.rowsRead, query).toBeLessThan(few)
    }
    const day = new Date(midnight - 20 * DAY).toISOString().slice(0, 10)
    for (const query of [`day=${day}`, `day=${day}&page=5`, `day=${day}&state=ended&page=5`]) {
      const answer = await page(query)
      expect(answer.total).toBe(HISTORY / DAYS)
      expect(answer.calls).toHaveLength(20)
      expect(answer.calls.every(({ createdAt }) => createdAt.startsWith(day))).toBe(true)
      expect(counts.rowsRead, query).toBeLessThan(few)
    }
  })
})

it('shows no rooms where there are none', async () => {
  const answer = await owner.ask(`/projects/${project.projectId}/rooms?state=ended&page=3`)
  expect(dashboardRoomsAnswerSchema.parse(await answer.json())).toEqual({
    rooms: [],
    page: 3,
    limit: 20,
    total: 0,
  })
})
