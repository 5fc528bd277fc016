/** The way between the Worker and the Stripe sandbox; each customer's meter events meet faults of their own. */
import type { ServerResponse } from 'node:http'
import type { StripeFault } from './schedule.ts'
import { type WireRequest, WireServer } from './wire-server.ts'

const METER_EVENTS_PATH = '/v1/billing/meter_events'

export interface StripeWireOptions {
  sandboxUrl: string
  killWorker: () => void
}

export class StripeWire {
  requests = 0
  readonly #options: StripeWireOptions
  readonly #server: WireServer
  readonly #faults = new Map<string, StripeFault[]>()
  /** One request at a time reaches the sandbox, so that its next fault is the one that is meant. */
  #turn: Promise<unknown> = Promise.resolve()

  static async open(options: StripeWireOptions): Promise<StripeWire> {
    return new StripeWire(options, await WireServer.open())
  }

  private constructor(options: StripeWireOptions, server: WireServer) {
    this.#options = options
    this.#server = server
    server.carryBy(
      ['authorization', 'content-type', 'idempotency-key', 'stripe-version'],
      (request, response) => this.#carry(request, response),
    )
  }

  get url(): string {
    return this.#server.url
  }

  /** What befalls these customers' next meter events, in the order in which they come. */
  expect(customers: readonly string[], faults: readonly StripeFault[]): void {
    const shared = [...faults]
    for (const customer of customers) this.#faults.set(customer, shared)
  }

  async close(): Promise<void> {
    this.#server.close()
  }

  async #carry(request: WireRequest, response: ServerResponse): Promise<void> {
    const fault = this.#nextFault(request)
    switch (fault.fault) {
      case 'none':
        return relay(await this.#forward(request), response)
      case 'rate-limit':
        return relay(await this.#forward(request, { answer: 429, when: fault.when }), response)
      case 'error': {
        const answer = await this.#forward(request, { answer: 500, when: fault.when })
        if (fault.told === 'error') return relay(answer, response)
        if (fault.told === 'cut') response.destroy()
        // Else it is left without an answer until the Worker gives up.
        return
      }
      case 'worker-dies':
        if (fault.when === 'after') await this.#forward(request)
        this.#options.killWorker()
        response.destroy()
        return
      default:
        fault satisfies never
    }
  }

  #nextFault({ method, path, body }: WireRequest): StripeFault {
    if (method !== 'POST' || path !== METER_EVENTS_PATH) return { fault: 'none' }
    this.requests += 1
    const customer = new URLSearchParams(Buffer.from(body).toString()).get('payload[stripe_customer_id]')
    return this.#faults.get(customer ?? '')?.shift() ?? { fault: 'none' }
  }

  #forward(request: WireRequest, fault?: { answer: 429 | 500; when: 'before' | 'after' }): Promise<Response> {
    const { sandboxUrl } = this.#options
    const turn = this.#turn.then(async () => {
      if (fault) {
        const order = JSON.stringify({ ...fault, path: request.path, times: 1 })
        const headers = { 'content-type': 'application/json' }
        await fetch(`${sandboxUrl}/_sandbox/faults`, { method: 'POST', headers, body: order })
      }
      const { path, method, headers, body } = request
      return fetch(sandboxUrl + path, { method, headers, body: method === 'GET' ? null : body })
    })
    this.#turn = turn.catch(() => undefined)
    return turn
  }
}

async function relay(answer: Response, response: ServerResponse): Promise<void> {
  const body = Buffer.from(await answer.arrayBuffer())
  response.writeHead(answer.status, { 'content-type': 'application/json' }).end(body)
}
