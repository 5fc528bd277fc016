/** Refusals as values of one table (`packages/protocol/errors.ts`), turned into answers in one place. */
import { type ApiErrorCode, apiErrors, closeCodeOf } from '@radist-tech/protocol'
import type { Context } from 'hono'

/** Thrown by routes, answered by the app's error handler. */
export class ApiError extends Error {
  readonly code: ApiErrorCode

  constructor(code: ApiErrorCode) {
    super(apiErrors[code].error)
    this.name = 'ApiError'
    this.code = code
  }
}

export const isApiErrorCode = (text: string): text is ApiErrorCode => Object.hasOwn(apiErrors, text)

export const answerError = (c: Context, code: ApiErrorCode): Response =>
  c.json({ error: apiErrors[code].error, code }, apiErrors[code].status)

/**
 * Refuses a WebSocket: accepts it and closes it at once, since browsers see no status of a failed
 * upgrade.
 */
export function refuseSocket(code: ApiErrorCode): Response {
  const { 0: client, 1: server } = new WebSocketPair()
  server.accept()
  server.close(closeCodeOf(code), apiErrors[code].error)
  return new Response(null, { status: 101, webSocket: client })
}
