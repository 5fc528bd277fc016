/** The way between the Worker and the Stripe sandbox; each customer's meter events meet faults of their own. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { StripeFault } from './schedule.ts'

const METER_EVENTS_PATH = '/v1/billing/meter_events'

export interface StripeWireOptions {
  sandboxUrl: string
  killWorker: () => void
}

interface Request {
  method: string
  path: string
  headers: Record<string, string>
  body: Uint8Array<ArrayBuffer>
}

export class StripeWire {
  requests = 0
  readonly #options: StripeWireOptions
  readonly #server: Server
  readonly #faults = new Map<string, StripeFault[]>()
  /** One request at a time reaches the sandbox, so that its next fault is the one that is meant. */
  #turn: Promise<unknown> = Promise.resolve()

  static async open(options: StripeWireOptions): Promise<StripeWire> {
    const wire = new StripeWire(options)
    wire.#server.listen(0, '127.0.0.1')
    await once(wire.#server, 'listening')
    return wire
  }

  private constructor(options: StripeWireOptions) {
    this.#options = options
    this.#server = createServer((request, response) => {
      this.#carry(request, response).catch(() => response.destroy())
    })
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo
    return `http://127.0.0.1:${port}`
  }

  /** What befalls these customers' next meter events, in the order in which they come. */
  expect(customers: readonly string[], faults: readonly StripeFault[]): void {
    const shared = [...faults]
    for (const customer of customers) this.#faults.set(customer, shared)
  }

  async close(): Promise<void> {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  async #carry(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await readRequest(incoming)
    const fault = this.#nextFault(request)
    switch (fault.fault) {
      case 'none':
        return relay(await this.#forward(request), response)
      case 'rate-limit':
        return relay(await this.#forward(request, { answer: 429, when: 'before' }), response)
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

  #nextFault({ method, path, body }: Request): StripeFault {
    if (method !== 'POST' || path !== METER_EVENTS_PATH) return { fault: 'none' }
    this.requests += 1
    const customer = new URLSearchParams(Buffer.from(body).toString()).get('payload[stripe_customer_id]')
    return this.#faults.get(customer ?? '')?.shift() ?? { fault: 'none' }
  }

  #forward(request: Request, fault?: { answer: 429 | 500; when: 'before' | 'after' }): Promise<Response> {
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

async function readRequest(incoming: IncomingMessage): Promise<Request> {
  const headers: Record<string, string> = {}
  for (const name of ['authorization', 'content-type', 'idempotency-key', 'stripe-version']) {
    const value = incoming.headers[name]
    if (typeof value === 'string') headers[name] = value
  }
  const { method = 'GET', url = '' } = incoming
  return { method, path: url, headers, body: new Uint8Array(await buffer(incoming)) }
}

async function relay(answer: Response, response: ServerResponse): Promise<void> {
  const body = Buffer.from(await answer.arrayBuffer())
  response.writeHead(answer.status, { 'content-type': 'application/json' }).end(body)
}
