/** What stands between a guesser and an account, beside the limits per address and path in `auth.ts`. */
import { APIError, createAuthMiddleware, getSessionFromCtx, isAPIError } from 'better-auth/api'
import { holderOf } from '../domain/failed-attempts.ts'
import type { Env } from '../env.ts'
import { countAttempt, forgetAttempt, forgetAttempts } from './attempts.ts'

/** Wrong passwords for one account, from wherever; a right one takes them back. */
const OF_AN_ACCOUNT = { window: 900, max: 10 }
/** Wrong passwords from one address, for whichever account. */
const OF_AN_ADDRESS = { window: 900, max: 30 }
/** Longer than a code is taken, which is for 90 s, as the one before and after are taken too. */
const OF_A_CODE = { window: 180, max: 1 }

export const guessingHooks = (env: Env) => ({
  before: createAuthMiddleware(async (ctx) => {
    if (ctx.path === '/sign-in/email') {
      // Counted before the password is looked at: many at the same time are not fewer.
      for (const [key, rule] of signInKeys(ctx.body, ctx.headers)) {
        const attempt = await countAttempt(env, key, rule)
        if (!attempt.allowed)
          throw new APIError(
            'TOO_MANY_REQUESTS',
            { message: 'Too many requests. Please try again later.' },
            { 'X-Retry-After': String(attempt.retryAfter) },
          )
      }
    }
    if (ctx.path === '/two-factor/verify-totp') {
      const userId = await challengedUser(ctx)
      const code: unknown = ctx.body?.code
      if (userId === null || typeof code !== 'string') return
      // A code is good once (RFC 6238, section 5.2).
      const attempt = await countAttempt(env, `code|${userId}|${await digest(code)}`, OF_A_CODE)
      if (!attempt.allowed)
        throw new APIError('UNAUTHORIZED', { code: 'INVALID_CODE', message: 'Invalid code' })
    }
  }),
  after: createAuthMiddleware(async (ctx) => {
    if (ctx.path !== '/sign-in/email' || isAPIError(ctx.context.returned)) return
    const [[ofAccount], [ofAddress]] = signInKeys(ctx.body, ctx.headers)
    await Promise.all([forgetAttempts(env, ofAccount), forgetAttempt(env, ofAddress)])
  }),
})

/** Who has got a new password by mail may try it at once. */
export const forgetWrongPasswords = (env: Env, email: string): Promise<void> =>
  forgetAttempts(env, accountKey(email))

/** No address is longer (RFC 5321, section 4.5.3.1): what is sent in its place is not stored whole. */
const MOST_CHARACTERS = 320

const accountKey = (email: string): string => `account|${email.toLowerCase().slice(0, MOST_CHARACTERS)}`

type Context = Parameters<Parameters<typeof createAuthMiddleware>[0]>[0]

function signInKeys(body: unknown, headers: Headers | undefined) {
  const email = typeof body === 'object' && body !== null && 'email' in body ? String(body.email) : ''
  const address = holderOf(headers?.get('cf-connecting-ip') ?? '') ?? 'unknown'
  return [
    [accountKey(email), OF_AN_ACCOUNT],
    [`sign-in|${address}`, OF_AN_ADDRESS],
  ] as const
}

/** Whose code is asked for: of the session, or of the sign-in that waits for it. */
async function challengedUser(ctx: Context): Promise<string | null> {
  const session = await getSessionFromCtx(ctx)
  if (session) return session.user.id
  const { name } = ctx.context.createAuthCookie('two_factor')
  const challenge = await ctx.getSignedCookie(name, ctx.context.secret)
  if (!challenge) return null
  return (await ctx.context.internalAdapter.findVerificationValue(challenge))?.value ?? null
}

async function digest(code: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(code))
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
