/** Keeps other web sites that a developer visits from using the sandbox in their name. */
import type { MiddlewareHandler } from 'hono'
import { StripeError } from './stripe-error.ts'

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/

/**
 * Refuses requests for another name than this machine's: a site that gave its own name the address
 * 127.0.0.1 would else count as the sandbox's own origin.
 */
export function onlyLoopbackNames(): MiddlewareHandler {
  return async (c, next) => {
    if (!LOOPBACK.test(new URL(c.req.url).hostname)) throw refused()
    await next()
  }
}

/** Refuses a form that another site's page sends. Every browser names the page's origin with a POST. */
export function sameOrigin(): MiddlewareHandler {
  return async (c, next) => {
    if (c.req.method !== 'GET' && c.req.header('origin') !== new URL(c.req.url).origin) throw refused()
    await next()
  }
}

function refused(): StripeError {
  return new StripeError({ status: 403, message: 'Not from this site.', refusedBy: 'validation' })
}
