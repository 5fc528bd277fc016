/** `/api/v1/stripe/webhooks`: where Stripe tells what has changed. */
import { Hono } from 'hono'
import { readBytes } from '../bounded-body.ts'
import type { Env } from '../env.ts'
import { takeEvent, verifiedEvent } from '../stripe-events.ts'

/** Largest event taken, in bytes: Stripe's largest objects, such as invoices, stay well below it. */
const MAX_EVENT_BYTES = 262_144

export const stripeWebhooks = new Hono<{ Bindings: Env }>()

stripeWebhooks.post('/', async (c) => {
  const body = new TextDecoder().decode(await readBytes(c.req.raw, MAX_EVENT_BYTES))
  await takeEvent(c.env, await verifiedEvent(c.env, body, c.req.header('stripe-signature')))
  return c.json({ received: true })
})
