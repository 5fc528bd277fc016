/** Stripe as the billing routes and webhooks meet it: what it answers is whatever a test has put there. */
import { env } from 'cloudflare:workers'
import type { SubscriptionStatus } from '@radist-tech/protocol'
import Stripe from 'stripe'
import { serve } from './far-end.ts'

const TEST_PRICE = 'price_1'
const TEST_METER = 'mtr_1'
const WEBHOOK_SECRET = 'whsec_of_the_worker_tests_only'

interface Session {
  id: string
  customer: string
  url: string
  status: 'open' | 'expired' | 'complete'
  success_url: string
  cancel_url: string
  price: string | null
  client_reference_id: string | null
}

interface Subscription {
  id: string
  customer: string
  status: SubscriptionStatus
  created: number
  meter: string
}

interface Invoice {
  subscription: string
  status: 'draft' | 'open' | 'paid'
  created: number
  customer?: string
  id?: string
  number?: string | null
  /** In the currency's smallest unit. */
  total?: number
  currency?: string
  hosted_invoice_url?: string | null
}

interface Answer {
  status: number
  body: string
}

/** What happens to the next requests to a path; after the last one told, they are answered. */
type Trouble = 'error' | 'lose-request' | 'lose-answer'

export class TestStripeAccount {
  readonly customers = new Map<string, { name: string; accountId: string; deleted: boolean }>()
  readonly sessions: Session[] = []
  subscriptions: Subscription[] = []
  invoices: Invoice[] = []
  hasPrice = true
  /** What the price is, where that matters. */
  priced: object = {}
  /** Method and path of each request, in order. */
  readonly requests: string[] = []
  /** By method and path. */
  readonly troubles = new Map<string, Trouble[]>()
  /** Awaited before a list of subscriptions is answered, and after it was made. */
  held: (() => Promise<void>) | null = null
  readonly #replays = new Map<string, Answer>()

  constructor() {
    serve(new URL(env.STRIPE_API_BASE_URL ?? '').origin, (request) => this.#answer(request))
  }

  subscribe(customer: string, status: SubscriptionStatus, created = 1_790_000_000): string {
    const id = `sub_${this.subscriptions.length + 1}`
    this.subscriptions.push({ id, customer, status, created, meter: TEST_METER })
    return id
  }

  count(request: string): number {
    return this.requests.filter((one) => one === request).length
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url)
    const form = new URLSearchParams(await request.text())
    const name = `${request.method} ${pathname}`
    this.requests.push(name)
    const key = request.headers.get('idempotency-key')
    const replay = key === null ? undefined : this.#replays.get(key)
    if (replay)
      return new Response(replay.body, { status: replay.status, headers: { 'idempotent-replayed': 'true' } })
    const trouble = this.troubles.get(name)?.shift()
    if (trouble === 'lose-request') throw new TypeError('connection refused')
    const answer = trouble === 'error' ? failure(500, 'api_error') : this.#carryOut(name, form, searchParams)
    // With nothing between: of two requests with one key at once, one is carried out.
    if (key !== null) this.#replays.set(key, answer)
    if (trouble === 'lose-answer') throw new TypeError('connection reset')
    if (name === 'GET /v1/subscriptions') await this.held?.()
    return new Response(answer.body, { status: answer.status })
  }

  #carryOut(name: string, form: URLSearchParams, query: URLSearchParams): Answer {
    switch (name) {
      case 'POST /v1/customers': {
        const id = `cus_${crypto.randomUUID()}`
        const accountId = form.get('metadata[radist_account_id]') ?? ''
        this.customers.set(id, { name: form.get('name') ?? '', accountId, deleted: false })
        return ok({ id, object: 'customer' })
      }
      case 'GET /v1/prices': {
        const price = { id: TEST_PRICE, recurring: { meter: TEST_METER }, ...this.priced }
        const isOurs = query.get('lookup_keys[0]') === 'radist_sfu_participant_seconds'
        return list(this.hasPrice && isOurs ? [price] : [])
      }
      case 'GET /v1/subscriptions':
        return list(
          this.subscriptions
            .filter(({ customer }) => customer === query.get('customer'))
            .map(({ meter, ...one }) => ({ ...one, items: { data: [{ price: { recurring: { meter } } }] } })),
        )
      case 'GET /v1/invoices':
        return list(
          this.invoices
            .filter((one) =>
              (['subscription', 'customer', 'status'] as const).every(
                (name) => (query.get(name) ?? one[name]) === one[name],
              ),
            )
            .slice(0, Number(query.get('limit') ?? 10))
            .map((one) => ({
              ...one,
              due_date: null,
              status_transitions: { finalized_at: one.created + 3600 },
            })),
        )
      case 'GET /v1/checkout/sessions':
        return list(
          this.sessions
            .filter((one) => one.customer === query.get('customer'))
            .filter((one) => (query.get('status') ?? one.status) === one.status)
            .reverse(),
        )
      case 'POST /v1/checkout/sessions': {
        const id = `cs_${this.sessions.length + 1}`
        const session: Session = {
          id,
          customer: form.get('customer') ?? '',
          url: `https://checkout.stripe.test/${id}`,
          status: 'open',
          success_url: form.get('success_url') ?? '',
          cancel_url: form.get('cancel_url') ?? '',
          price: form.get('line_items[0][price]'),
          client_reference_id: form.get('client_reference_id'),
        }
        this.sessions.push(session)
        return ok(session)
      }
      case 'POST /v1/billing_portal/sessions':
        return ok({ url: `https://portal.stripe.test/${form.get('customer')}` })
    }
    const [, customerId] = /^GET \/v1\/customers\/(\w+.*)$/.exec(name) ?? []
    const customer = customerId && this.customers.get(customerId)
    if (customer) return ok({ id: customerId, ...(customer.deleted && { deleted: true }) })
    const [, sessionId] = /^POST \/v1\/checkout\/sessions\/(\w+)\/expire$/.exec(name) ?? []
    const session = this.sessions.find(({ id }) => id === sessionId)
    if (!session) return failure(404, 'invalid_request_error')
    session.status = 'expired'
    return ok(session)
  }
}

const ok = (value: object, status = 200): Answer => ({ status, body: JSON.stringify(value) })

const list = (data: object[]): Answer => ok({ object: 'list', data, has_more: false })

const failure = (status: number, type: string): Answer =>
  ok({ error: { type, message: 'Something went wrong.' } }, status)

/** A webhook as Stripe sends it. `at`: when it was signed, in milliseconds since 1970. */
export async function signedEvent(
  event: object,
  { secret = WEBHOOK_SECRET, at = Date.now() } = {},
): Promise<{ body: string; headers: Record<string, string> }> {
  const body = JSON.stringify(event)
  return { body, headers: { 'stripe-signature': await signatureOf(body, secret, at) } }
}

export const signatureOf = (payload: string, secret = WEBHOOK_SECRET, at = Date.now()): Promise<string> =>
  Stripe.webhooks.generateTestHeaderStringAsync({
    payload,
    secret,
    timestamp: Math.floor(at / 1000),
    cryptoProvider: Stripe.createSubtleCryptoProvider(),
  })
