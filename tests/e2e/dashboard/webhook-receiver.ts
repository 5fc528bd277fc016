/** A customer's server that receives webhooks, and checks them with the `standardwebhooks` package alone. */
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { type WebhookEvent, webhookEventSchema } from '@radist-tech/protocol/dashboard'
import { Webhook } from 'standardwebhooks'

interface Delivered {
  headers: Record<string, string>
  body: string
}

export class WebhookReceiver {
  /** Those that are known here; one of them must have signed. */
  secrets: readonly string[] = []
  answer = { status: 200, body: '' }
  /** What was taken, in the order in which it came. */
  readonly received: WebhookEvent[] = []
  /** Requests that none of the secrets has signed. */
  forged = 0
  readonly #server: Server
  #last: Delivered | undefined

  private constructor(server: Server) {
    this.#server = server
    server.on('request', async (request, response) => {
      const { status, body } = this.#take(request.headers, await textOf(request))
      response.writeHead(status).end(body)
    })
  }

  static async open(): Promise<WebhookReceiver> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new WebhookReceiver(server)
  }

  get url(): string {
    const address = this.#server.address()
    if (typeof address !== 'object' || !address) throw new Error('The receiver is closed')
    return `http://127.0.0.1:${address.port}/webhooks`
  }

  get last(): Delivered {
    if (!this.#last) throw new Error('Nothing came')
    return this.#last
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #take(raw: IncomingMessage['headers'], body: string): { status: number; body: string } {
    const headers = Object.fromEntries(Object.entries(raw).map(([name, value]) => [name, String(value)]))
    this.#last = { headers, body }
    if (!this.secrets.some((secret) => isSigned(secret, body, headers))) {
      this.forged += 1
      return { status: 401, body: 'Not signed' }
    }
    if (this.answer.status < 300) this.received.push(webhookEventSchema.parse(JSON.parse(body)))
    return this.answer
  }
}

function isSigned(secret: string, body: string, headers: Record<string, string>): boolean {
  try {
    new Webhook(secret).verify(body, headers)
    return true
  } catch {
    return false
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part)
  return Buffer.concat(parts).toString()
}
