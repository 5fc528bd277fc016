/** Usage as hosts report it, and Stripe as the ledger meets it. */
import { env } from 'cloudflare:workers'
import {
  METER_EVENT_NAME,
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

/** What Stripe does with the next meter event; after the last one told, it takes everything. */
type Answer =
  | 'take'
  | 'error'
  | 'rate-limit'
  | 'refuse'
  | 'wrong-key'
  | 'lose-request'
  | 'lose-answer'
  | { retryAfter: string }
  /** Takes it, and answers only after this. */
  | { beforeAnswer: () => Promise<void> }

export interface TakenEvent {
  identifier: string
  eventName: string
  customer: string
  value: string
  timestamp: number
}

const DAY_MS = 86_400_000
const SPAN_SECONDS = { hour: 3600, day: 86_400 }

export class TestStripe {
  readonly taken: TakenEvent[] = []
  /** Answers to come, first to last. */
  readonly script: Answer[] = []
  /** Meter events that were sent. */
  requests = 0
  /** Whether nobody answers, whatever is asked. */
  isDown = false
  /** Whether the summaries alone are out of order. */
  summariesFail = false
  /** Identifiers of taken events that the summaries do not show. */
  readonly uncounted = new Set<string>()
  /** Customers that were deleted, or never were. */
  readonly unknownCustomers = new Set<string>()
  /** What `/v2/core/events` knows, by id. */
  readonly events = new Map<string, unknown>()
  readonly #takenAt = new Map<string, number>()

  constructor() {
    serve(new URL(env.STRIPE_API_BASE_URL ?? '').origin, (request) => this.#answer(request))
  }

  /** The seconds that a customer is billed for. */
  totalOf(customer: string): number {
    return this.#sum((event) => event.customer === customer)
  }

  async #answer(request: Request): Promise<Response> {
    if (this.isDown) throw new TypeError('connection refused')
    if (request.method === 'GET') return this.#read(new URL(request.url))
    this.requests += 1
    const form = new URLSearchParams(new TextDecoder().decode(await request.arrayBuffer()))
    const next = this.script.shift() ?? 'take'
    if (typeof next === 'object' && 'beforeAnswer' in next) {
      const answer = this.#take(request, form)
      await next.beforeAnswer()
      return answer
    }
    if (typeof next === 'object')
      return failure(429, 'rate_limit_error', 'Too many requests.', { 'retry-after': next.retryAfter })
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

  #read({ pathname, searchParams }: URL): Response {
    if (pathname === '/v1/billing/meters') {
      const meter = {
        id: 'mtr_test',
        object: 'billing.meter',
        event_name: METER_EVENT_NAME,
        status: 'active',
      }
      return list(pathname, [meter])
    }
    if (pathname === '/v1/billing/meters/mtr_test/event_summaries') {
      if (this.summariesFail) return failure(500, 'api_error', 'Something went wrong.')
      return list(pathname, this.#summaries(searchParams), searchParams)
    }
    const event = this.events.get(pathname.replace('/v2/core/events/', ''))
    return event ? Response.json(event) : failure(404, 'invalid_request_error', 'Not found.')
  }

  #summaries(asked: URLSearchParams) {
    const customer = asked.get('customer')
    const [start, end] = [Number(asked.get('start_time')), Number(asked.get('end_time'))]
    const grouping = asked.get('value_grouping_window')
    const width = grouping === 'hour' || grouping === 'day' ? SPAN_SECONDS[grouping] : end - start
    const summaries = []
    for (let at = start; at < end; at += width) {
      const isIn = (event: TakenEvent) =>
        event.customer === customer &&
        event.timestamp >= at &&
        event.timestamp < at + width &&
        !this.uncounted.has(event.identifier)
      const aggregated_value = this.#sum(isIn)
      if (grouping !== null && aggregated_value === 0) continue
      summaries.unshift({ id: `mtrusg_${at}`, start_time: at, end_time: at + width, aggregated_value })
    }
    return summaries
  }

  #sum(counts: (event: TakenEvent) => boolean): number {
    return this.taken.filter(counts).reduce((sum, { value }) => sum + Number(value), 0)
  }

  #take(request: Request, form: URLSearchParams): Response {
    const identifier = form.get('identifier') ?? ''
    const customer = form.get('payload[stripe_customer_id]') ?? ''
    const timestamp = Number(form.get('timestamp'))
    const now = Date.now()
    if (now - (this.#takenAt.get(identifier) ?? 0) < DAY_MS)
      return failure(400, 'invalid_request_error', `An event already exists with identifier ${identifier}.`)
    if (new URL(request.url).pathname !== '/v1/billing/meter_events')
      return failure(404, 'api_error', 'Not found.')
    if (now - timestamp * 1000 > 35 * DAY_MS)
      return failure(400, 'invalid_request_error', 'Timestamp is more than 35 days in the past.')
    if (this.unknownCustomers.has(customer))
      return failure(400, 'invalid_request_error', `No such customer: '${customer}'`)
    this.#takenAt.set(identifier, now)
    const value = form.get('payload[value]') ?? ''
    this.taken.push({ identifier, eventName: form.get('event_name') ?? '', customer, value, timestamp })
    return Response.json({ object: 'billing.meter_event', identifier })
  }
}

/** As Stripe's lists are cut into pages. */
function list(url: string, all: { id: string }[], asked = new URLSearchParams()): Response {
  const after = all.findIndex(({ id }) => id === asked.get('starting_after')) + 1
  const limit = Number(asked.get('limit') ?? 10)
  const data = all.slice(after, after + limit)
  return Response.json({ object: 'list', url, data, has_more: after + limit < all.length })
}

const failure = (
  status: number,
  type: string,
  message: string,
  headers: Record<string, string> = {},
): Response => Response.json({ error: { type, message } }, { status, headers })
