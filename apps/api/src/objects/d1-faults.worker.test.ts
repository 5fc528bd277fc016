/** A call's life while D1 fails, in each of the ways in which it can: nothing is lost, nothing is doubled. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { listCallsAnswerSchema } from '@radist-tech/protocol'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { passTime, restoreTime } from '../testing/clock.ts'
import { d1Faults, withFailingD1 } from '../testing/failing-d1.ts'
import { newCall, newProject, request, type TestProject } from '../testing/project-fixture.ts'
import { joinCall } from '../testing/test-peer.ts'
import { withUnreachable } from '../testing/unreachable-objects.ts'

beforeEach(() => {
  vi.spyOn(console, 'warn').mockReturnValue()
  passTime(86_400_000)
})
afterEach(() => {
  vi.restoreAllMocks()
  restoreTime()
})

const callOf = (callId: string) => env.CALL.getByName(callId)

async function leave({ publicKey }: TestProject, callToken: string): Promise<void> {
  const { socket } = await joinCall(publicKey, callToken)
  socket.send({ type: 'bye' })
  await socket.closed
}

async function totalOf({ projectId }: TestProject): Promise<number> {
  const answer = await env.PROJECT.getByName(projectId).authorize(projectId, { kind: 'trusted' })
  return answer.ok ? answer.project.totals.calls : Number.NaN
}

const isTold = (callId: string) =>
  runInDurableObject(
    callOf(callId),
    (_, { storage }) => storage.sql.exec('SELECT 1 FROM outbox').toArray().length === 0,
  )

async function listOf({ projectId, secretKey }: TestProject) {
  const answer = await request(`/api/v1/projects/${projectId}/calls?limit=100`, { key: secretKey })
  return listCallsAnswerSchema.parse(await answer.json())
}

it('holds the limit exactly under 200 creates at once, though D1 fails and some die half-way, and every place comes back', async () => {
  const owner = await newProject()
  const path = `/api/v1/projects/${owner.projectId}/calls`
  const project = env.PROJECT.getByName(owner.projectId)
  await project.authorize(owner.projectId, { kind: 'trusted' })
  // Every tenth dies between its place and its call.
  vi.spyOn(console, 'error').mockReturnValue()
  let calls = 0
  const answers: Response[] = []
  await withUnreachable(
    (name) => name !== owner.projectId && ++calls % 10 === 0,
    async () => {
      const { result } = await withFailingD1('throws', () =>
        Promise.all(
          Array.from({ length: 200 }, () => request(path, { method: 'POST', key: owner.secretKey })),
        ),
      )
      answers.push(...result)
    },
  )
  const withStatus = (status: number) => answers.filter((answer) => answer.status === status)
  expect(withStatus(200)).toHaveLength(90)
  expect(withStatus(500)).toHaveLength(10)
  expect(withStatus(429)).toHaveLength(100)
  for (const answer of withStatus(429))
    expect(await answer.json()).toEqual({
      error: 'Connection limit reached.',
      code: 'connection_limit_reached',
    })
  expect(await project.openConnections()).toBe(100)
  expect(await totalOf(owner)).toBe(100)

  passTime(30_001)
  await evictDurableObject(project)
  // Each ring settles some.
  for (let i = 0; i < 10; i++) await runDurableObjectAlarm(project)
  expect(await project.openConnections()).toBe(90)

  // No create that was answered is forgotten: all live until their tokens end them, and are told of then.
  const made = await Promise.all(withStatus(200).map((answer) => answer.json<{ callId: string }>()))
  passTime(3_600_001)
  await Promise.all(made.map(({ callId }) => runDurableObjectAlarm(callOf(callId))))
  await expect.poll(() => project.openConnections(), { timeout: 20_000 }).toBe(0)
  await expect.poll(async () => (await listOf(owner)).calls.length, { timeout: 20_000 }).toBe(100)
  const list = await listOf(owner)
  expect(list.total).toBe(100)
  expect(new Set(list.calls.map(({ callId }) => callId)).size).toBe(100)
  expect(list.calls.every(({ tombstonedAt }) => tombstonedAt !== null)).toBe(true)
}, 60_000)

it.each(d1Faults)(
  'goes on while D1 %s, and the list is right afterwards',
  async (fault) => {
    const owner = await newProject()
    const before = await newCall(owner)
    const { result, met } = await withFailingD1(fault, async () => {
      const made = await newCall(owner)
      const host = await joinCall(owner.publicKey, made.callTokens[0])
      const guest = await joinCall(owner.publicKey, made.callTokens[1])
      host.socket.send({ type: 'offer', sdp: 'o' })
      await guest.socket.expect('offer')
      await leave(owner, before.callTokens[0])
      const short = await newCall(owner)
      await leave(owner, short.callTokens[0])
      expect(await totalOf(owner)).toBe(3)
      // The calls die with their deliveries under way or failed.
      await Promise.all([before, made, short].map(({ callId }) => evictDurableObject(callOf(callId))))
      return { made, short, at: Date.now() }
    })
    expect(met).toBeGreaterThan(2)
    const { made, short, at } = result
    for (const { callId } of [before, made, short]) {
      passTime(20_000)
      if (!(await isTold(callId))) await runDurableObjectAlarm(callOf(callId))
      expect(await isTold(callId)).toBe(true)
    }
    const answer = await request(`/api/v1/projects/${owner.projectId}/calls`, { key: owner.secretKey })
    const { calls, total } = listCallsAnswerSchema.parse(await answer.json())
    const ended = new Date(at).toISOString()
    expect(total).toBe(3)
    expect(calls.map(({ callId, tombstonedAt }) => [callId, tombstonedAt])).toEqual([
      [short.callId, ended],
      [made.callId, null],
      [before.callId, ended],
    ])
    await expect.poll(() => env.PROJECT.getByName(owner.projectId).openConnections()).toBe(1)
  },
  60_000,
)
