/**
 * `/api/auth`: better-auth's own endpoints, as far as the dashboard uses them. Others are not there:
 * whatever a plugin brings, now or in a later version, is reached by nobody until it is named here.
 */
import { Hono } from 'hono'
import { readBytes } from '../bounded-body.ts'
import type { Env } from '../env.ts'
import { authOf } from './auth.ts'
import { requireOwnPage } from './own-page.ts'

const MAX_BODY_BYTES = 16_384

export const authEndpoints = {
  get: [
    '/get-session',
    '/list-sessions',
    '/list-accounts',
    '/verify-email',
    '/reset-password/:token',
    '/callback/github',
    '/error',
  ],
  post: [
    '/sign-up/email',
    '/sign-in/email',
    '/sign-in/social',
    '/sign-out',
    '/send-verification-email',
    '/request-password-reset',
    '/reset-password',
    '/change-password',
    '/update-user',
    '/revoke-session',
    '/revoke-other-sessions',
    '/two-factor/enable',
    '/two-factor/disable',
    '/two-factor/verify-totp',
    '/two-factor/verify-backup-code',
    '/two-factor/generate-backup-codes',
  ],
} as const

export const auth = new Hono<{ Bindings: Env }>()

for (const path of authEndpoints.get) auth.get(path, (c) => authOf(c.env, c.req.raw).handler(c.req.raw))
for (const path of authEndpoints.post)
  auth.post(path, async (c) => {
    requireOwnPage(c)
    const body = await readBytes(c.req.raw, MAX_BODY_BYTES)
    return authOf(c.env, c.req.raw).handler(new Request(c.req.raw, { body }))
  })
