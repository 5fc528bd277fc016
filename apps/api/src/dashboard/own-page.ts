/** Requests that change something, and sockets, are taken from the dashboard's own pages only. */
import type { Context } from 'hono'
import { ApiError } from '../api-error.ts'
import type { Env } from '../env.ts'
import { dashboardOrigin } from './auth.ts'

const READING = ['GET', 'HEAD', 'OPTIONS']

/**
 * Browsers name the page's origin in every request that is not for reading, and in every socket's; without
 * it, nobody knows whose it is. JSON alone is taken, which no page may send elsewhere without being asked
 * about first.
 * @throws {ApiError} `foreign_origin`; `invalid_body` when the body is not JSON by its content type
 */
export function requireOwnPage(c: Context<{ Bindings: Env }>): void {
  const isSocket = c.req.header('upgrade')?.toLowerCase() === 'websocket'
  const isReading = READING.includes(c.req.method)
  if (isReading && !isSocket) return
  if (c.req.header('origin') !== dashboardOrigin(c.env, c.req.raw)) throw new ApiError('foreign_origin')
  if (!isReading && !hasJsonOrNothing(c)) throw new ApiError('invalid_body')
}

function hasJsonOrNothing(c: Context): boolean {
  const type = c.req.header('content-type')
  if (type !== undefined) return /^application\/json *(;|$)/i.test(type)
  return c.req.raw.body === null || c.req.header('content-length') === '0'
}
