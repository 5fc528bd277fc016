import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import Stripe from 'stripe'
import { onTestFinished } from 'vitest'

export interface Received {
  body: string
  signature: string
  type: string
}

/** Takes the place of whoever Stripe tells of events. */
export class WebhookReceiver {
  readonly url: string
  readonly received: Received[] = []
  #waiting: (() => void)[] = []

  constructor(url: string) {
    this.url = url
  }

  take(received: Received): void {
    this.received.push(received)
    for (const wake of this.#waiting.splice(0)) wake()
  }

  /** The deliveries of a type, once there are as many. */
  async of(type: string, count = 1): Promise<Received[]> {
    for (;;) {
      const found = this.received.filter((delivery) => delivery.type === type)
      if (found.length >= count) return found
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }
}

/** @param answer Answers a delivery, the nth; with 200 when absent. */
export async function webhookReceiver(
  answer: (response: ServerResponse, n: number) => void = (response) => response.end(),
): Promise<WebhookReceiver> {
  const server = createServer((request, response) => void handle(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  const receiver = new WebhookReceiver(
    `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/hooks`,
  )

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request)
    answer(response, receiver.received.length)
    const { type } = JSON.parse(body)
    receiver.take({ body, signature: String(request.headers['stripe-signature']), type })
  }
  return receiver
}

/** The event of a delivery, if its signature is right. */
export function verified({ body, signature }: Received, secret: string): Promise<Stripe.Event> {
  return Stripe.webhooks.constructEventAsync(body, signature, secret)
}
