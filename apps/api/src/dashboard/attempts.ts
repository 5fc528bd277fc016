/** Attempts at something, counted in D1 in windows of fixed length: of an address, of an account, of a code. */
import { eq, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { rateLimits } from '../../../../drizzle/auth-schema.ts'
import type { Env } from '../env.ts'

export interface AttemptRule {
  /** Length of the window, in seconds: at most {@link LONGEST_WINDOW_SECONDS}. */
  window: number
  /** How many attempts there are in one. */
  max: number
}

/** After it an attempt counts for nothing, and is forgotten. */
export const LONGEST_WINDOW_SECONDS = 3600

export type Attempt = { allowed: true } | { allowed: false; retryAfter: number }

/** Counts one attempt, in one statement, so that many at the same time are not fewer. */
export async function countAttempt(env: Env, key: string, { window, max }: AttemptRule): Promise<Attempt> {
  const db = drizzle(env.DB)
  const now = Date.now()
  const windowBegan = now - window * 1000
  const isOver = sql`${rateLimits.lastRequest} <= ${windowBegan}`
  const [counted] = await db
    .insert(rateLimits)
    .values({ id: crypto.randomUUID(), key, count: 1, lastRequest: now })
    .onConflictDoUpdate({
      target: rateLimits.key,
      set: {
        count: sql`CASE WHEN ${isOver} THEN 1 ELSE ${rateLimits.count} + 1 END`,
        lastRequest: sql`CASE WHEN ${isOver} THEN ${now} ELSE ${rateLimits.lastRequest} END`,
      },
    })
    .returning({ count: rateLimits.count, began: rateLimits.lastRequest })
  if (!counted) throw new Error('An attempt was not counted')
  if (counted.count === 1) await db.run(forgetOld(now))
  if (counted.count <= max) return { allowed: true }
  return { allowed: false, retryAfter: Math.max(1, Math.ceil((counted.began - windowBegan) / 1000)) }
}

/**
 * Forgets what is over among some rows from anywhere in the table: more than the one that is new, and as
 * few however many there are, since somebody who tries many names makes many.
 */
const forgetOld = (now: number) => sql`
  DELETE FROM ${rateLimits}
  WHERE ${rateLimits.lastRequest} < ${now - LONGEST_WINDOW_SECONDS * 1000}
    AND rowid IN (
      SELECT rowid FROM ${rateLimits}
      WHERE rowid >= (SELECT abs(random() % (SELECT max(rowid) FROM ${rateLimits})))
      ORDER BY rowid LIMIT ${ROWS_LOOKED_AT}
    )`
const ROWS_LOOKED_AT = 20

/** Takes back all of them. */
export async function forgetAttempts(env: Env, key: string): Promise<void> {
  await drizzle(env.DB).delete(rateLimits).where(eq(rateLimits.key, key))
}

/** Takes back one of them. */
export async function forgetAttempt(env: Env, key: string): Promise<void> {
  await drizzle(env.DB)
    .update(rateLimits)
    .set({ count: sql`max(0, ${rateLimits.count} - 1)` })
    .where(eq(rateLimits.key, key))
}
