/** What browsers may do: use public keys, from pages that the project allows, and never a secret key. */
import { cors } from 'hono/cors'
import { createMiddleware } from 'hono/factory'
import { ApiError, refuseSocket } from './api-error.ts'

/** Says nothing of any project: a preflight carries no key, and an answer only repeats who asks. */
const corsForAnyPage = cors({
  origin: (origin) => origin,
  allowMethods: ['POST'],
  allowHeaders: ['authorization', 'content-type'],
  exposeHeaders: ['retry-after'],
  maxAge: 86_400,
})

/**
 * CORS for endpoints that take a public key. Pages may read every answer, also that their key is wrong,
 * but for one: a page whose origin the project does not allow learns no more than that.
 */
export const corsForPublicKeys = createMiddleware(async (c, next) => {
  const preflight = await corsForAnyPage(c, next)
  if (c.error instanceof ApiError && c.error.code === 'origin_not_allowed')
    c.header('access-control-allow-origin', undefined)
  return preflight
})

/**
 * A secret key that comes from a browser is in a page, where anybody can read it: whoever built the page
 * is told so before anything else is looked at, whether the key is good or not.
 */
export const refuseSecretKeysOfBrowsers = createMiddleware(async (c, next) => {
  if (c.req.header('origin') === undefined) return next()
  const isKeyInHeader = /(^|\s)rad_sk_/i.test(c.req.header('authorization') ?? '')
  const isKeyInQuery = c.req.queries('publicKey')?.some((key) => key.startsWith('rad_sk_')) ?? false
  if (!isKeyInHeader && !isKeyInQuery) return next()
  if (c.req.header('upgrade')?.toLowerCase() === 'websocket') return refuseSocket('secret_key_in_browser')
  throw new ApiError('secret_key_in_browser')
})
