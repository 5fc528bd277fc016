/**
 * Who is signed in: better-auth on D1 (docs/accounts.md). Passwords are hashed with scrypt, N = 16,384,
 * r = 16, p = 1, which its workerd build takes from `node:crypto`: some 50 ms of processor time natively,
 * against a second in JavaScript. Weaker parameters would suit the 10 ms of Cloudflare's free plan, and
 * whoever steals the table.
 */
import { waitUntil } from 'cloudflare:workers'
import { PASSWORD_LENGTH } from '@radist-tech/protocol/dashboard'
import { drizzleAdapter } from 'better-auth/adapters/drizzle'
import { betterAuth } from 'better-auth/minimal'
import { twoFactor } from 'better-auth/plugins/two-factor'
import { drizzle } from 'drizzle-orm/d1'
import * as tables from '../../../../drizzle/auth-schema.ts'
import { configOf, type Env } from '../env.ts'
import { errorText } from '../error-text.ts'
import { countAttempt } from './attempts.ts'
import { forgetWrongPasswords, guessingHooks } from './guessing.ts'
import { type Mail, sendMail } from './mail.ts'
import { alreadyRegisteredMail, passwordChangedMail, resetMail, verificationMail } from './mail-texts.ts'
import { ensureOrganization } from './new-organization.ts'

const HOUR_SECONDS = 3600
const DAY_SECONDS = 24 * HOUR_SECONDS

export type Auth = ReturnType<typeof makeAuth>

const made = new WeakMap<Env, Map<string, Auth>>()
/** Of origins that requests of one Worker come to; beyond it, the one that was made first goes. */
const MOST_ORIGINS = 16

/** The dashboard's own origin, of which alone it takes requests that change something. */
export const dashboardOrigin = (env: Env, request: Request): string =>
  configOf(env).RADIST_DASHBOARD_URL ?? new URL(request.url).origin

export function authOf(env: Env, request: Request): Auth {
  const origin = dashboardOrigin(env, request)
  const ofEnv = made.get(env) ?? new Map<string, Auth>()
  made.set(env, ofEnv)
  const known = ofEnv.get(origin)
  if (known) return known
  const [first] = ofEnv.keys()
  if (first !== undefined && ofEnv.size >= MOST_ORIGINS) ofEnv.delete(first)
  const auth = makeAuth(env, origin)
  ofEnv.set(origin, auth)
  return auth
}

function makeAuth(env: Env, origin: string) {
  const config = configOf(env)
  const { RADIST_GITHUB_CLIENT_ID: clientId, RADIST_GITHUB_CLIENT_SECRET: clientSecret } = config
  // An answer does not wait for it: how long it takes would say whether there is an account.
  const send = async (mail: Mail): Promise<void> => waitUntil(sendMail(env, mail))
  const isProduction = config.RADIST_ENVIRONMENT === 'production'
  return betterAuth({
    appName: 'Radist',
    baseURL: origin,
    basePath: '/api/auth',
    secret: config.RADIST_AUTH_SECRET,
    trustedOrigins: [origin],
    database: drizzleAdapter(drizzle(env.DB), { provider: 'sqlite', usePlural: true, schema: tables }),
    emailAndPassword: {
      enabled: true,
      requireEmailVerification: true,
      minPasswordLength: PASSWORD_LENGTH.least,
      maxPasswordLength: PASSWORD_LENGTH.most,
      resetPasswordTokenExpiresIn: HOUR_SECONDS,
      revokeSessionsOnPasswordReset: true,
      sendResetPassword: ({ user, url }) => send(resetMail(user.email, url)),
      onExistingUserSignUp: ({ user }) => send(alreadyRegisteredMail(user.email, origin)),
      onPasswordReset: async ({ user }) => {
        await forgetWrongPasswords(env, user.email)
        await send(passwordChangedMail(user.email, origin))
      },
    },
    emailVerification: {
      sendOnSignUp: true,
      sendOnSignIn: true,
      // Whoever opens a link that another person sent would be signed in as that person.
      autoSignInAfterVerification: false,
      expiresIn: HOUR_SECONDS,
      sendVerificationEmail: ({ user, url }) => send(verificationMail(user.email, url)),
    },
    socialProviders:
      clientId !== undefined && clientSecret !== undefined ? { github: { clientId, clientSecret } } : {},
    // A reader of the database learns no token of a link.
    verification: { storeIdentifier: 'hashed' },
    session: {
      expiresIn: 7 * DAY_SECONDS,
      updateAge: DAY_SECONDS,
      freshAge: DAY_SECONDS,
      // A session that was ended is over at once, so each request asks D1.
      cookieCache: { enabled: false },
    },
    databaseHooks: {
      user: {
        create: { before: async (user) => ({ data: { ...user, name: nameOf(user) } }) },
        update: {
          before: async ({ name, ...user }) => ({
            data: { ...user, ...(typeof name === 'string' && { name: nameOf({ name, email: '' }) }) },
          }),
        },
      },
      session: { create: { before: async ({ userId }) => ensureOrganization(env, userId) } },
    },
    hooks: guessingHooks(env),
    plugins: [twoFactor({ issuer: 'Radist' })],
    rateLimit: {
      enabled: true,
      window: 60,
      max: 100,
      customStorage: {
        consume: async (key, rule) => {
          const attempt = await countAttempt(env, `address|${key}`, rule)
          return { allowed: attempt.allowed, retryAfter: attempt.allowed ? null : attempt.retryAfter }
        },
      },
      customRules: {
        // Asked for by every page, and nothing can be guessed by it.
        '/get-session': false,
        '/sign-in/email': { window: 60, max: 60 },
        '/sign-up/email': { window: 600, max: 30 },
        '/request-password-reset': { window: 600, max: 20 },
        '/send-verification-email': { window: 600, max: 20 },
        '/reset-password': { window: 600, max: 20 },
        '/change-password': { window: 600, max: 20 },
        '/two-factor/*': { window: 60, max: 20 },
      },
    },
    advanced: {
      cookiePrefix: 'radist',
      useSecureCookies: isProduction || origin.startsWith('https:'),
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax' },
      disableCSRFCheck: false,
      disableOriginCheck: false,
      // Cloudflare's own word for it, which no client can set.
      ipAddress: { ipAddressHeaders: ['cf-connecting-ip'] },
      backgroundTasks: { handler: (task) => waitUntil(task) },
    },
    telemetry: { enabled: false },
    logger: {
      log: (level, message, ...details: unknown[]) => {
        const error = [message, ...details.map(errorText)].join(' ')
        if (level === 'error') console.error(JSON.stringify({ message: 'accounts', error }))
      },
    },
  })
}

/** One line of at most 64 characters, as others see it in lists and mails; GitHub's may be empty. */
const nameOf = ({ name, email }: { name: string; email: string }): string =>
  name.replaceAll(/\s+/g, ' ').trim().slice(0, 64) || email.replace(/@.*$/, '').slice(0, 64) || 'Somebody'
