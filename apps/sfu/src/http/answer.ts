/** JSON answers of uWebSockets.js. */

import type { HttpResponse } from 'uWebSockets.js'
import { STATUS_CODES } from 'node:http'
import { type ApiErrorCode, apiErrors } from '@radist-tech/protocol'

/** Answers now; only within a handler, or after it inside `cork` and when the request was not aborted. */
export function answerJson(response: HttpResponse, status: number, body: object): void {
  response
    .writeStatus(`${status} ${STATUS_CODES[status] ?? ''}`)
    .writeHeader('content-type', 'application/json')
    .writeHeader('cache-control', 'no-store')
    .end(JSON.stringify(body))
}

export function answerError(response: HttpResponse, code: ApiErrorCode): void {
  const { status, error } = apiErrors[code]
  answerJson(response, status, { error, code })
}
