/** API keys. Source: docs.stripe.com/api/authentication: as a Bearer token, or as Basic's user name. */
import type { MiddlewareHandler } from 'hono'
import { StripeError } from './stripe-error.ts'

/** Refuses requests without a secret test key. Any key of that form will do: there is one account. */
export function authentication(): MiddlewareHandler {
  return async (c, next) => {
    const key = keyOf(c.req.header('authorization') ?? '')
    if (key === '') {
      throw unauthorized(
        'You did not provide an API key. You need to provide your API key in the Authorization header, ' +
          "using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). " +
          'See https://stripe.com/docs/api#authentication for details.',
      )
    }
    if (!/^sk_test_\w+$/.test(key)) throw unauthorized(`Invalid API Key provided: ${masked(key)}`)
    await next()
  }
}

function keyOf(header: string): string {
  const [scheme = '', credentials = ''] = header.trim().split(/\s+/, 2)
  switch (scheme.toLowerCase()) {
    case 'bearer':
      return credentials
    case 'basic':
      return Buffer.from(credentials, 'base64').toString('utf8').split(':', 1)[0] ?? ''
    default:
      return ''
  }
}

/** The key's kind and last characters only: an answer must not repeat a secret into a log. */
function masked(key: string): string {
  return key.length <= 12
    ? '*'.repeat(key.length)
    : `${key.slice(0, 8)}${'*'.repeat(key.length - 12)}${key.slice(-4)}`
}

function unauthorized(message: string): StripeError {
  return new StripeError({ status: 401, message, refusedBy: 'validation' })
}
