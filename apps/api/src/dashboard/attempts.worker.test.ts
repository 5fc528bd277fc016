import { env } from 'cloudflare:workers'
import { like } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { afterEach, expect, test, vi } from 'vitest'
import { rateLimits } from '../../../../drizzle/auth-schema.ts'
import { countingEnv, newCounts } from '../testing/counting-env.ts'
import { countAttempt, forgetAttempt, forgetAttempts, LONGEST_WINDOW_SECONDS } from './attempts.ts'

const rule = { window: 60, max: 3 }
const newKey = () => `test|${crypto.randomUUID()}`

afterEach(() => {
  vi.useRealTimers()
})

test('as many are allowed as the rule says, however many come at once', async () => {
  const key = newKey()
  const attempts = await Promise.all(Array.from({ length: 10 }, () => countAttempt(env, key, rule)))
  expect(attempts.filter(({ allowed }) => allowed)).toHaveLength(3)
})

test('a window begins with its first attempt, and is not made longer by more', async () => {
  const began = Date.now()
  const at = (seconds: number) => vi.useFakeTimers({ toFake: ['Date'], now: began + seconds * 1000 })
  const key = newKey()
  at(0)
  for (let n = 0; n < 3; n += 1) expect(await countAttempt(env, key, rule)).toEqual({ allowed: true })
  at(59)
  expect(await countAttempt(env, key, rule)).toEqual({ allowed: false, retryAfter: 1 })
  at(60)
  expect(await countAttempt(env, key, rule)).toEqual({ allowed: true })
})

test('one can be taken back, or all', async () => {
  const key = newKey()
  for (let n = 0; n < 3; n += 1) await countAttempt(env, key, rule)
  await forgetAttempt(env, key)
  expect(await countAttempt(env, key, rule)).toEqual({ allowed: true })
  expect(await countAttempt(env, key, rule)).toMatchObject({ allowed: false })
  await forgetAttempts(env, key)
  expect(await countAttempt(env, key, rule)).toEqual({ allowed: true })
})

test('what is over is forgotten, at a cost that does not grow with how much there is', async () => {
  const db = drizzle(env.DB)
  const old = Date.now() - LONGEST_WINDOW_SECONDS * 1000 - 1
  for (let batch = 0; batch < 100; batch += 1)
    await db.insert(rateLimits).values(
      Array.from({ length: 20 }, () => {
        const id = crypto.randomUUID()
        return { id, key: `old|${id}`, count: 1, lastRequest: old }
      }),
    )
  const counts = newCounts()
  const counted = countingEnv(env, () => counts)
  const kept = newKey()
  await countAttempt(counted, kept, rule)
  expect(counts.rowsRead).toBeLessThan(100)
  for (let n = 0; n < 300; n += 1) await countAttempt(env, newKey(), rule)
  const left = await db.select({ key: rateLimits.key }).from(rateLimits).where(like(rateLimits.key, 'old|%'))
  expect(left.length).toBeLessThan(1000)
  const remembered = await db.select().from(rateLimits).where(like(rateLimits.key, 'test|%'))
  expect(remembered.length).toBeGreaterThan(300)
})
