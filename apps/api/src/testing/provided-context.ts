/** What the set-up of the Worker tests, in Node, gives to them (`tests/config/stripe-sandbox.ts`). */

export interface DeliveredWebhook {
  body: string
  /** The `Stripe-Signature` header. */
  signature: string
}

declare module 'vitest' {
  interface ProvidedContext {
    /** `inboxUrl`: where the sandbox's webhooks go; a GET answers with {@link DeliveredWebhook}s. */
    stripeSandbox: { url: string; inboxUrl: string }
  }
}
