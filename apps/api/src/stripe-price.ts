/** The configured price as Stripe has it, remembered by the Worker's isolate. */
import { type Price, priceSchema } from './domain/price.ts'
import { configOf, type Env } from './env.ts'
import { stripeOf } from './stripe.ts'

/** How long a price is believed, in milliseconds; and for how long one that could not be read is not asked for. */
const BELIEVED_MS = 600_000
const PAUSE_AFTER_FAILURE_MS = 30_000

const known = new WeakMap<Env, { price: Promise<Price | null>; until: number }>()

/** Null when Stripe has no such price, does not answer, or it is of a kind that is not known here. Never rejects. */
export async function configuredPrice(env: Env): Promise<Price | null> {
  const remembered = known.get(env)
  if (remembered && Date.now() < remembered.until) return remembered.price
  const entry = { price: readPrice(env), until: Date.now() + BELIEVED_MS }
  known.set(env, entry)
  const price = await entry.price
  if (price === null) entry.until = Date.now() + PAUSE_AFTER_FAILURE_MS
  return price
}

async function readPrice(env: Env): Promise<Price | null> {
  const key = configOf(env).STRIPE_PRICE_LOOKUP_KEY
  try {
    const { data } = await stripeOf(env).prices.list({
      lookup_keys: [key],
      active: true,
      limit: 1,
      expand: ['data.tiers'],
    })
    const read = priceSchema.safeParse(data[0])
    if (read.success) return read.data
    const why = data[0] ? `${data[0].id} is of another kind` : 'there is none'
    console.warn(JSON.stringify({ message: 'price not known', lookupKey: key, why }))
  } catch (error) {
    console.warn(JSON.stringify({ message: 'price not known', lookupKey: key, why: String(error) }))
  }
  return null
}
