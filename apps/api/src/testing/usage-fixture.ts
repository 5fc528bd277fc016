/** Usage as hosts report it, and Stripe as the ledger meets it. */
import { env } from 'cloudflare:workers'
import {
  newParticipantId,
  newUsageRecordId,
  type UsageRecord,
  usageRecordSchema,
} from '@radist-tech/protocol'
import { serve } from './far-end.ts'

export function usageRecord(projectId: string, seconds = 5, endedAt = Date.now()): UsageRecord {
  return usageRecordSchema.parse({
    recordId: newUsageRecordId(),
    projectId,
    roomId: crypto.randomUUID(),
    participantId: newParticipantId(),
    seconds,
    startedAt: new Date(endedAt - seconds * 1000).toISOString(),
    endedAt: new Date(endedAt).toISOString(),
  })
}

/** What Stripe does with the next request; after the last one told, it takes everything. */
type Answer = 'take' | 'error' | 'rate-limit' | 'refuse' | 'wrong-key' | 'lose-request' | 'lose-answer'

export interface TakenEvent {
  identifier: string
  eventName: string
  customer: string
  value: string
  timestamp: number
}

export class TestStripe {
  readonly taken: TakenEvent[] = []
  /** Answers to come, first to last. */
  readonly script: Answer[] = []
  requests = 0

  constructor() {
    serve(new URL(env.STRIPE_API_BASE_URL ?? '').origin, (request) => this.#answer(request))
  }

  async #answer(request: Request): Promise<Response> {
    this.requests += 1
    const form = new URLSearchParams(new TextDecoder().decode(await request.arrayBuffer()))
    const next = this.script.shift() ?? 'take'
    switch (next) {
      case 'error':
        return failure(500, 'api_error', 'Something went wrong.')
      case 'rate-limit':
        return failure(429, 'rate_limit_error', 'Too many requests.')
      case 'refuse':
        return failure(400, 'invalid_request_error', 'No active meter found for this event.')
      case 'wrong-key':
        return failure(401, 'invalid_request_error', 'Invalid API Key provided.')
      case 'lose-request':
        throw new TypeError('connection refused')
      case 'take':
        return this.#take(request, form)
      case 'lose-answer':
        this.#take(request, form)
        throw new TypeError('connection reset')
    }
  }

  #take(request: Request, form: URLSearchParams): Response {
    const identifier = form.get('identifier') ?? ''
    if (this.taken.some((event) => event.identifier === identifier))
      return failure(400, 'invalid_request_error', `An event already exists with identifier ${identifier}.`)
    if (new URL(request.url).pathname !== '/v1/billing/meter_events')
      return failure(404, 'api_error', 'Not found.')
    this.taken.push({
      identifier,
      eventName: form.get('event_name') ?? '',
      customer: form.get('payload[stripe_customer_id]') ?? '',
      value: form.get('payload[value]') ?? '',
      timestamp: Number(form.get('timestamp')),
    })
    return Response.json({ object: 'billing.meter_event', identifier })
  }
}

const failure = (status: number, type: string, message: string): Response =>
  Response.json({ error: { type, message } }, { status })
