/** Keeps other web sites that a developer visits from using the sandbox's pages in their name. */
import type { MiddlewareHandler } from 'hono'
import { StripeError } from './stripe-error.ts'

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/

/**
 * Refuses a request that another site could have caused:
 *
 * - a form whose `Origin` is not the page's own. Every browser sends it with a POST.
 * - of a sandbox on the loopback interface, a `Host` that is not of this machine: a site that gave its
 *   own name the address 127.0.0.1 would else count as the same origin.
 *
 * @param isLocal Whether the sandbox listens on the loopback interface.
 */
export function sameOrigin(isLocal: boolean): MiddlewareHandler {
  return async (c, next) => {
    const host = c.req.header('host') ?? ''
    if (isLocal && !LOOPBACK.test(host)) throw refused()
    if (c.req.method !== 'GET' && c.req.header('origin') !== `http://${host}`) throw refused()
    await next()
  }
}

function refused(): StripeError {
  return new StripeError({ status: 403, message: 'The page is only for this site.', refusedBy: 'validation' })
}
