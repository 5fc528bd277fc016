/** A place of its own at the receiver of webhooks (`tests/config/webhook-receiver.ts`). */
import { type WebhookEvent, webhookEventSchema } from '@radist-tech/protocol/dashboard'
import { inject } from 'vitest'
import type { ReceivedWebhook, ReceiverScript } from './provided-context.ts'

export interface Received extends ReceivedWebhook {
  event: WebhookEvent
}

export class TestReceiver {
  readonly #name = crypto.randomUUID()
  readonly #base = inject('webhookReceiver').url
  readonly url = `${this.#base}/hooks/${this.#name}`

  /** How it behaves from now on: every webhook is answered 200 unless told. */
  async script(script: Partial<ReceiverScript>): Promise<void> {
    await this.#ask('script', { secrets: [], answers: [], afterwards: { kind: 'answer' }, ...script })
  }

  /** Answers what is held. */
  async goOn(): Promise<void> {
    await this.#ask('go-on', {})
  }

  /** All that came so far, once there are as many. */
  async received(atLeast = 0): Promise<Received[]> {
    const answer = await fetch(`${this.#base}/received/${this.#name}/${atLeast}`)
    const received = await answer.json<ReceivedWebhook[]>()
    return received.map((each) => ({ ...each, event: webhookEventSchema.parse(JSON.parse(each.body)) }))
  }

  async #ask(what: string, body: object): Promise<void> {
    await fetch(`${this.#base}/${what}/${this.#name}`, { method: 'POST', body: JSON.stringify(body) })
  }
}
