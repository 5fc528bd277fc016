/**
 * A receiver of webhooks over real HTTP, as nobody inside workerd can listen: places by name, each of
 * which behaves as it is told, verifies what comes and keeps it. `apps/api/src/testing/webhook-receiver.ts`
 * is its other end.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { Webhook } from 'standardwebhooks'
import type { TestProject } from 'vitest/node'
import type {
  ReceivedWebhook,
  ReceiverAnswer,
  ReceiverScript,
} from '../../apps/api/src/testing/provided-context.ts'

export default async function start(project: TestProject): Promise<() => void> {
  const places = new Map<string, Place>()
  const placeOf = (name: string): Place => {
    const place = places.get(name) ?? new Place()
    places.set(name, place)
    return place
  }
  const server = createServer((request, response) => {
    const [, what = '', name = '', count] = request.url?.split(/[/?]/) ?? []
    void answer(placeOf(name), what, count, request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The receiver has no port')
  project.provide('webhookReceiver', { url: `http://127.0.0.1:${address.port}` })
  return () => {
    server.close()
    server.closeAllConnections()
  }
}

async function answer(
  place: Place,
  what: string,
  count: string | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await text(request)
  switch (what) {
    case 'script':
      place.script = JSON.parse(body)
      response.end()
      return
    case 'go-on':
      place.goOn()
      response.end()
      return
    case 'received':
      await place.arrived(Number(count ?? 0))
      response.end(JSON.stringify(place.received))
      return
    default:
      await place.receive(request, body, response)
  }
}

class Place {
  script: ReceiverScript = { secrets: [], answers: [], afterwards: { kind: 'answer' } }
  readonly received: ReceivedWebhook[] = []
  /** Subjects of the requests that are under way. */
  readonly #open: string[] = []
  #held: (() => void)[] = []
  #waiting: (() => void)[] = []

  async arrived(count: number): Promise<void> {
    while (this.received.length < count) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  goOn(): void {
    for (const go of this.#held) go()
    this.#held = []
  }

  async receive(request: IncomingMessage, body: string, response: ServerResponse): Promise<void> {
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, `${value}`]),
    )
    const { secrets } = this.script
    const subject = subjectOf(body)
    const verified = secrets.some((secret) => verifies(secret, body, headers))
    const besideSame = this.#open.filter((open) => open === subject).length
    this.received.push({ headers, body, verified, besideSame, beside: this.#open.length })
    this.#open.push(subject)
    response.on('close', () => this.#open.splice(this.#open.indexOf(subject), 1))
    for (const wake of this.#waiting.splice(0)) wake()
    if (secrets.length > 0 && !verified) response.writeHead(401).end()
    else await this.#perform(this.script.answers.shift() ?? this.script.afterwards, response)
  }

  async #perform(answer: ReceiverAnswer, response: ServerResponse): Promise<void> {
    switch (answer.kind) {
      case 'answer':
        response.writeHead(answer.status ?? 200, answer.headers).end(answer.body)
        return
      case 'hold':
        await new Promise<void>((resolve) => this.#held.push(resolve))
        response.writeHead(answer.status ?? 200).end()
        return
      case 'cut':
        response.destroy()
        return
      case 'endless': {
        response.writeHead(200)
        const write = (): void => {
          while (!response.destroyed && response.write('x'.repeat(10_000)));
        }
        response.on('drain', write)
        write()
        return
      }
      case 'hang':
        return
    }
  }
}

/** At the time that the headers say: the tests move their clock by days, which this process knows nothing of. */
function verifies(secret: string, body: string, headers: Record<string, string>): boolean {
  const clock = Date.now
  Date.now = () => Number(headers['webhook-timestamp']) * 1000
  try {
    new Webhook(secret).verify(body, headers)
    return true
  } catch {
    return false
  } finally {
    Date.now = clock
  }
}

function subjectOf(body: string): string {
  const { data, id }: { id?: string; data?: { callId?: string; roomId?: string } } = JSON.parse(body)
  return data?.callId ?? data?.roomId ?? `${id}`
}
