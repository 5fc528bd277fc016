import type { Context } from 'hono'
import { ApiError } from './api-error.ts'

/** The token of `Authorization: Bearer <token>` (RFC 6750); the scheme's case does not matter. */
export function bearerToken(c: Context): string {
  const match = /^bearer +([^ ]+) *$/i.exec(c.req.header('authorization') ?? '')
  if (!match?.[1]) throw new ApiError('missing_bearer_token')
  return match[1]
}
