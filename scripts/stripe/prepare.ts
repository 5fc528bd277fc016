/** Makes in a Stripe account what Radist needs there. May be repeated: what is there already is found. */
import { followedStripeEvents, METER_EVENT_NAME } from '@radist-tech/protocol'
import Stripe from 'stripe'
import type { PriceTerms } from './terms.ts'

export type StripeAccount = { readonly secretKey: string; readonly apiBaseUrl: string | undefined }

/** Something in the account, and whether it was made just now. */
export interface Prepared {
  readonly what: 'meter' | 'product' | 'price' | 'webhook endpoint'
  readonly id: string
  readonly made: boolean
}

/** By which a product, a price or an endpoint is known to be Radist's. */
const OURS = 'radist'

export function connectToStripe({ secretKey, apiBaseUrl }: StripeAccount): Stripe {
  if (!apiBaseUrl) return new Stripe(secretKey, { telemetry: false })
  const { protocol, hostname, port } = new URL(apiBaseUrl)
  return new Stripe(secretKey, {
    protocol: protocol === 'http:' ? 'http' : 'https',
    host: hostname,
    port: port || (protocol === 'http:' ? 80 : 443),
    telemetry: false,
  })
}

/** The meter, the product, and its price on these terms: other terms make another price, which takes over the lookup key. */
export async function prepareBilling(stripe: Stripe, terms: PriceTerms): Promise<Prepared[]> {
  const meter = await prepareMeter(stripe)
  const product = await prepareProduct(stripe)
  return [meter, product, await preparePrice(stripe, terms, meter.id, product.id)]
}

async function prepareMeter(stripe: Stripe): Promise<Prepared> {
  for await (const { id, event_name } of stripe.billing.meters.list({ status: 'active', limit: 100 }))
    if (event_name === METER_EVENT_NAME) return { what: 'meter', id, made: false }
  const { id } = await stripe.billing.meters.create({
    display_name: 'Radist SFU participant seconds',
    event_name: METER_EVENT_NAME,
    default_aggregation: { formula: 'sum' },
    customer_mapping: { type: 'by_id', event_payload_key: 'stripe_customer_id' },
    value_settings: { event_payload_key: 'value' },
  })
  return { what: 'meter', id, made: true }
}

async function prepareProduct(stripe: Stripe): Promise<Prepared> {
  for await (const { id, metadata } of stripe.products.list({ active: true, limit: 100 }))
    if (metadata[OURS] === METER_EVENT_NAME) return { what: 'product', id, made: false }
  const { id } = await stripe.products.create({
    name: 'Radist rooms: participant seconds',
    metadata: { [OURS]: METER_EVENT_NAME },
  })
  return { what: 'product', id, made: true }
}

async function preparePrice(
  stripe: Stripe,
  { lookupKey, currency, tiers }: PriceTerms,
  meter: string,
  product: string,
): Promise<Prepared> {
  const wanted = JSON.stringify([currency, meter, product, tiers])
  const { data } = await stripe.prices.list({ lookup_keys: [lookupKey], active: true, limit: 1 })
  const [known] = data
  // A price's amounts never change, so what was noted when it was made is what it is.
  if (known?.metadata[OURS] === wanted) return { what: 'price', id: known.id, made: false }
  const { id } = await stripe.prices.create({
    product,
    currency,
    recurring: { interval: 'month', usage_type: 'metered', meter },
    billing_scheme: 'tiered',
    tiers_mode: 'graduated',
    tiers: tiers.map(({ upTo, perSecond }) => ({
      up_to: upTo,
      unit_amount_decimal: Stripe.Decimal.from(perSecond),
    })),
    lookup_key: lookupKey,
    transfer_lookup_key: true,
    metadata: { [OURS]: wanted },
  })
  return { what: 'price', id, made: true }
}

/** `secret`: what the endpoint signs with, which Stripe tells once, when it is made; else null. */
export async function prepareWebhooks(
  stripe: Stripe,
  url: string,
): Promise<{ endpoint: Prepared; secret: string | null }> {
  const events = [...followedStripeEvents]
  for await (const known of stripe.webhookEndpoints.list({ limit: 100 })) {
    if (known.url !== url || known.metadata[OURS] !== 'webhooks') continue
    await stripe.webhookEndpoints.update(known.id, { enabled_events: events, disabled: false })
    return { endpoint: { what: 'webhook endpoint', id: known.id, made: false }, secret: null }
  }
  const { id, secret = null } = await stripe.webhookEndpoints.create({
    url,
    enabled_events: events,
    description: 'Radist: subscriptions of billing accounts',
    metadata: { [OURS]: 'webhooks' },
  })
  return { endpoint: { what: 'webhook endpoint', id, made: true }, secret }
}
