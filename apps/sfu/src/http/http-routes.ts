/** The host's HTTP endpoints. */

import type { HttpRequest, HttpResponse, TemplatedApp } from 'uWebSockets.js'
import { ASSIGNMENTS_PATH, closeRoomPath, SIGNATURE_HEADER } from '@radist-tech/protocol'
import { answerError, answerJson } from './answer.ts'
import { readBody } from './body.ts'
import type { ControlAnswer, ControlRequest, ControlRequests } from './control-requests.ts'

const MAX_BODY_BYTES = 65_536

export interface Health {
  hostId: string
  bootId: string
  state: string
  enrolled: boolean
  rooms: number
  participants: number
  version: string
  /** What waits in the journal, and what the ledger refused. */
  journal: { usage: number; rejectedUsage: number; departures: number }
}

export interface RouteOptions {
  control: ControlRequests
  health: () => Health
  /** Whether the host takes rooms now: enrolled, not draining, not impaired. */
  ready: () => boolean
}

/** Adds the routes. Those of WebSockets must have been added before: the last one here answers anything. */
export function addHttpRoutes(app: TemplatedApp, { control, health, ready }: RouteOptions): void {
  app.get('/health', (response) => answerJson(response, 200, health()))
  app.get('/ready', (response) => answerJson(response, ready() ? 200 : 503, { ready: ready() }))
  app.post(ASSIGNMENTS_PATH, (response, request) => {
    void answerSigned(response, request, (signed) => control.assign(signed))
  })
  app.post(closeRoomPath(':roomId'), (response, request) => {
    const roomId = request.getParameter(0) ?? ''
    void answerSigned(response, request, (signed) => control.close(signed, roomId))
  })
  for (const path of ['/health', '/ready', ASSIGNMENTS_PATH, closeRoomPath(':roomId')]) {
    app.any(path, (response) => answerError(response, 'method_not_allowed'))
  }
  app.any('/*', (response) => answerError(response, 'not_found'))
}

/** Reads the request at once, since uWebSockets.js forgets it when the handler returns. */
async function answerSigned(
  response: HttpResponse,
  request: HttpRequest,
  answer: (request: ControlRequest) => Promise<ControlAnswer>,
): Promise<void> {
  const query = request.getQuery()
  const parts = {
    method: request.getCaseSensitiveMethod(),
    path: query ? `${request.getUrl()}?${query}` : request.getUrl(),
    signature: request.getHeader(SIGNATURE_HEADER),
  }
  const { body, aborted } = readBody(response, MAX_BODY_BYTES)
  const read = await body
  const answered: ControlAnswer =
    read.is === 'whole' ? await answer({ ...parts, body: read.bytes }) : { ok: false, code: 'body_too_large' }
  if (aborted()) return
  response.cork(() => {
    if (answered.ok) answerJson(response, 200, answered.body)
    else answerError(response, answered.code)
  })
}
