/**
 * Idempotent requests. Source: docs.stripe.com/api/idempotent_requests.
 *
 * The first answer that an endpoint gives under a key is kept, errors included, and given again to the
 * same request. Requests that fail validation never reach an endpoint, and keep nothing.
 */
import { createHash } from 'node:crypto'
import type { Context, MiddlewareHandler } from 'hono'
import { z } from 'zod'
import type { Account } from './account.ts'
import { StripeError } from './stripe-error.ts'

/** Stripe: keys can be removed "after they're at least 24 hours old". */
const KEPT_MS = 24 * 60 * 60 * 1000
const MAX_KEY_LENGTH = 255

const keptAnswer = z.object({ request: z.string(), status: z.number(), body: z.string() })

export function idempotency(account: Account): MiddlewareHandler {
  const underWay = new Set<string>()

  return async (c, next) => {
    const key = c.req.header('idempotency-key')
    if (c.req.method !== 'POST' || key === undefined) return next()
    if (key.length > MAX_KEY_LENGTH) {
      throw idempotencyError(400, `Idempotency keys are at most ${MAX_KEY_LENGTH} characters long.`)
    }
    const request = await fingerprint(c)

    const kept = find(account, key)
    if (kept) {
      if (kept.request !== request) {
        throw idempotencyError(
          400,
          'Keys for idempotent requests can only be used with the same parameters they were first used ' +
            `with. Try using a key other than '${key}' if you meant to execute a different request.`,
        )
      }
      return new Response(kept.body, {
        status: kept.status,
        headers: {
          'content-type': 'application/json',
          'idempotency-key': key,
          'idempotent-replayed': 'true',
        },
      })
    }
    if (underWay.has(key)) {
      throw idempotencyError(
        409,
        'There is currently another in-progress request using this Idempotent Key. Please try again later.',
        'idempotency_key_in_use',
      )
    }

    underWay.add(key)
    try {
      await next()
      c.res.headers.set('idempotency-key', key)
      const failedValidation = c.error instanceof StripeError && c.error.refusedBy === 'validation'
      if (!failedValidation) keep(account, key, request, c.res.status, await c.res.clone().text())
    } finally {
      underWay.delete(key)
    }
  }
}

async function fingerprint(c: Context): Promise<string> {
  const body = await c.req.text()
  return createHash('sha256').update(`${c.req.method} ${c.req.path}\n${body}`).digest('hex')
}

function find(account: Account, key: string): z.infer<typeof keptAnswer> | undefined {
  const row = account.database
    .prepare('SELECT request, status, body FROM idempotent_answers WHERE key = ? AND answered_at_ms > ?')
    .get(key, account.now() - KEPT_MS)
  return row && keptAnswer.parse(row)
}

function keep(account: Account, key: string, request: string, status: number, body: string): void {
  const now = account.now()
  account.database.prepare('DELETE FROM idempotent_answers WHERE answered_at_ms <= ?').run(now - KEPT_MS)
  account.database
    .prepare('INSERT OR REPLACE INTO idempotent_answers VALUES (?, ?, ?, ?, ?)')
    .run(key, request, status, body, now)
}

function idempotencyError(status: 400 | 409, message: string, code?: string): StripeError {
  return new StripeError({
    status,
    type: 'idempotency_error',
    message,
    ...(code !== undefined && { code }),
    refusedBy: 'validation',
  })
}
