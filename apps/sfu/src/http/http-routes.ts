/** The host's HTTP endpoints. */

import type { HttpRequest, HttpResponse, TemplatedApp } from 'uWebSockets.js'
import {
  ASSIGNMENTS_PATH,
  closeRoomPath,
  mutePath,
  removePath,
  rosterPath,
  SIGNATURE_HEADER,
} from '@radist-tech/protocol'
import type { HostState, NotReady } from '../domain/host-state.ts'
import { type MetricsGuard, mayReadMetrics } from '../domain/metrics-access.ts'
import type { JournalDepth } from '../journal/journal.ts'
import { type HostMetrics, METRICS_CONTENT_TYPE } from '../metrics/host-metrics.ts'
import { answerError, answerJson } from './answer.ts'
import { readBody } from './body.ts'
import type { ControlAnswer, ControlRequest, ControlRequests } from './control-requests.ts'

const MAX_BODY_BYTES = 65_536

export interface Health {
  hostId: string
  bootId: string
  /** What the control plane is told. */
  state: HostState
  /** Why the host takes no new rooms; empty when it does. */
  reasons: NotReady[]
  enrolled: boolean
  rooms: number
  participants: number
  version: string
  /** What waits, what the ledger refused, and why the disk does not take it, if so. */
  journal: JournalDepth & { damaged: number; failure: string | null }
}

export interface RouteOptions {
  control: ControlRequests
  health: () => Health
  metrics: HostMetrics
  metricsGuard: MetricsGuard
}

/** Adds the routes. Those of WebSockets must have been added before: the last one here answers anything. */
export function addHttpRoutes(
  app: TemplatedApp,
  { control, health, metrics, metricsGuard }: RouteOptions,
): void {
  addHealthRoutes(app, health)
  app.get('/metrics', (response, request) => {
    const reader = {
      remoteAddress: Buffer.from(response.getRemoteAddressAsText()).toString(),
      authorization: request.getHeader('authorization'),
      forwarded: PROXY_HEADERS.some((header) => request.getHeader(header) !== ''),
    }
    if (mayReadMetrics(reader, metricsGuard)) void answerMetrics(response, metrics)
    else answerError(response, 'not_found')
  })
  app.post(ASSIGNMENTS_PATH, (response, request) => {
    void answerSigned(response, request, (signed) => control.assign(signed))
  })
  app.post(closeRoomPath(':roomId'), (response, request) => {
    const roomId = request.getParameter(0) ?? ''
    void answerSigned(response, request, (signed) => control.close(signed, roomId))
  })
  app.post(rosterPath(':roomId'), (response, request) => {
    const roomId = request.getParameter(0) ?? ''
    void answerSigned(response, request, (signed) => control.roster(signed, roomId))
  })
  const about = [':roomId', ':participantId'] as const
  for (const [path, ask] of [
    [removePath(...about), 'remove'],
    [mutePath(...about), 'mute'],
  ] as const) {
    app.post(path, (response, request) => {
      const [roomId, participantId] = [request.getParameter(0) ?? '', request.getParameter(1) ?? '']
      void answerSigned(response, request, (signed) => control[ask](signed, roomId, participantId))
    })
  }
  refuseOthers(app, [
    ...HEALTH_PATHS,
    '/metrics',
    ASSIGNMENTS_PATH,
    closeRoomPath(':roomId'),
    rosterPath(':roomId'),
    removePath(...about),
    mutePath(...about),
  ])
}

/** What a port of its own for operators serves: nobody is asked for a token there. */
export function addOperatorRoutes(
  app: TemplatedApp,
  { health, metrics }: Pick<RouteOptions, 'health' | 'metrics'>,
): void {
  addHealthRoutes(app, health)
  app.get('/metrics', (response) => void answerMetrics(response, metrics))
  refuseOthers(app, [...HEALTH_PATHS, '/metrics'])
}

const HEALTH_PATHS = ['/health', '/ready']
const PROXY_HEADERS = ['x-forwarded-for', 'x-forwarded-proto', 'x-real-ip', 'forwarded', 'via']

function addHealthRoutes(app: TemplatedApp, health: () => Health): void {
  app.get('/health', (response) => answerJson(response, 200, health()))
  app.get('/ready', (response) => {
    const { reasons } = health()
    const ready = reasons.length === 0
    answerJson(response, ready ? 200 : 503, { ready, reasons })
  })
}

function refuseOthers(app: TemplatedApp, paths: readonly string[]): void {
  for (const path of paths) app.any(path, (response) => answerError(response, 'method_not_allowed'))
  app.any('/*', (response) => answerError(response, 'not_found'))
}

async function answerMetrics(response: HttpResponse, { registry }: HostMetrics): Promise<void> {
  let aborted = false
  response.onAborted(() => {
    aborted = true
  })
  const text = await registry.metrics()
  if (aborted) return
  response.cork(() => response.writeHeader('content-type', METRICS_CONTENT_TYPE).end(text))
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
