/**
 * Failed attempts per address, counted by Cloudflare's rate limiter. Beyond the limit a wrong credential
 * is no longer told apart from others: it is 429. What is right is answered as ever, so that nobody is
 * locked out by others behind the same address. Nothing of it is stored.
 */
import type { ApiErrorCode } from '@radist-tech/protocol'
import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { ApiError, answerError } from './api-error.ts'
import { holderOf, isFailedAttempt } from './domain/failed-attempts.ts'
import type { Env } from './env.ts'

/** The period of the binding in `wrangler.toml`, after which an address has all its attempts again. */
const PERIOD_SECONDS = 60

/** For routes that take this credential. */
export const countFailedAttempts = (credential: 'secret' | 'public') =>
  createMiddleware<{ Bindings: Env }>(async (c, next) => {
    await next()
    if (!(c.error instanceof ApiError) || !(await isBeyondLimit(c, c.error.code, credential))) return
    c.res = answerError(c, 'too_many_requests')
    c.header('retry-after', String(PERIOD_SECONDS))
  })

/**
 * Counts the refusal if it is a failed attempt, and says whether the address has had too many. Without
 * the binding, when the limiter fails or the address is not known (Cloudflare always gives it), none is.
 */
export async function isBeyondLimit(
  c: Context<{ Bindings: Env }>,
  code: ApiErrorCode,
  credential: 'secret' | 'public',
): Promise<boolean> {
  const holder = holderOf(c.req.header('cf-connecting-ip') ?? '')
  if (holder === null || !isFailedAttempt(code, credential)) return false
  try {
    const counted = await c.env.FAILED_ATTEMPTS?.limit({ key: holder })
    return counted?.success === false
  } catch (error) {
    console.warn(JSON.stringify({ message: 'failed attempt not counted', error: String(error) }))
    return false
  }
}
