/** What the set-up of the Worker tests, in Node, gives to them (`globalSetup` in their configuration). */

export interface DeliveredWebhook {
  body: string
  /** The `Stripe-Signature` header. */
  signature: string
}

/** What the receiver of webhooks does with a request; an answer is 200 without a body unless it says more. */
export type ReceiverAnswer =
  | { kind: 'answer'; status?: number; headers?: Record<string, string>; body?: string }
  /** Answers, but only once it is told to go on. */
  | { kind: 'hold'; status?: number }
  /** Reads everything, and never answers. */
  | { kind: 'hang' }
  /** Cuts the connection without an answer. */
  | { kind: 'cut' }
  /** Answers 200 with a body that never ends. */
  | { kind: 'endless' }

/** How a place at the receiver behaves. */
export interface ReceiverScript {
  /** Each of them is good; any signature is when there are none. */
  secrets: string[]
  /** Of the first requests. */
  answers: ReceiverAnswer[]
  /** Of those after them. */
  afterwards: ReceiverAnswer
}

export interface ReceivedWebhook {
  headers: Record<string, string>
  body: string
  /** Whether `standardwebhooks` takes it with at least one of the secrets. */
  verified: boolean
  /** How many requests of the same subject were under way when this came, and how many of any. */
  besideSame: number
  beside: number
}

declare module 'vitest' {
  interface ProvidedContext {
    /** `inboxUrl`: where the sandbox's webhooks go; a GET answers with {@link DeliveredWebhook}s. */
    stripeSandbox: { url: string; inboxUrl: string }
    /** `TestReceiver` talks to it. */
    webhookReceiver: { url: string }
  }
}
