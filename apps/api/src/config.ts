/** The Worker's configuration: what each variable must be. Shared with the stack, which checks before it starts. */
import { METER_EVENT_NAME } from '@radist-tech/protocol'
import { z } from 'zod'
import { accountsConfigSchema } from './accounts-config.ts'
import {
  connectionLimitSchema,
  freeSecondsSchema,
  graceDaysSchema,
  priceLookupKeySchema,
  refusedKindsSchema,
  webhookSecretsSchema,
} from './billing-config.ts'
import { iceServersSchema, turnConfigSchema } from './ice-config.ts'
import { jsonText } from './json-text.ts'

/** An Ed25519 private key as JWK with a key id (RFC 8037). */
const signingKeySchema = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  kid: z.string().min(1),
  x: z.string(),
  d: z.string(),
})

const generalSchema = z.object({
  RADIST_ENVIRONMENT: z.enum(['development', 'production']).default('production'),
  /** With which SFU hosts enrol; at least 32 characters. */
  RADIST_FLEET_SECRET: z.string().min(32),
  /** JSON array; the first key signs, all are published. */
  RADIST_SIGNING_KEYS: jsonText.pipe(z.array(signingKeySchema).min(1)),
  /** How much usage one Stripe meter event covers, in seconds: 1 to 3,600. */
  RADIST_METER_WINDOW_SECONDS: z.coerce.number().int().min(1).max(3600).default(60),
  /** How long a dropped peer or participant keeps its place, in seconds: 1 to 300. */
  RADIST_PEER_GRACE_SECONDS: z.coerce.number().int().min(1).max(300).default(30),
  /** STUN servers, and TURN servers with lasting credentials, that every peer of a call is told of. */
  RADIST_ICE_SERVERS: iceServersSchema.default([]),
  /** Which resolver says, in production, what the names of webhooks' addresses stand for. */
  RADIST_DNS_QUERY_URL: z.url({ protocol: /^https?$/ }).default('https://cloudflare-dns.com/dns-query'),
  /** Calls and rooms that a project may set to be open at once, while its account has no active subscription. */
  RADIST_FREE_CONNECTION_LIMIT: connectionLimitSchema.default(100),
  /** While it has one. */
  RADIST_PAID_CONNECTION_LIMIT: connectionLimitSchema.default(1000),
  /** The project that the playground uses; development only. */
  RADIST_DEMO_PROJECT_ID: z.uuid().optional(),
  /** Participant seconds in a calendar month (UTC) before an account needs a subscription. */
  RADIST_FREE_SECONDS_PER_MONTH: freeSecondsSchema.default(600_000),
  /** How long an overdue payment changes nothing, in days: 0 to 90. */
  RADIST_PAST_DUE_GRACE_DAYS: graceDaysSchema.default(7),
  /** What is refused to an account that has to pay first. */
  RADIST_BILLING_REFUSES: refusedKindsSchema.prefault('rooms'),
  STRIPE_SECRET_KEY: z.string().min(1),
  /** With which Stripe signs webhooks; several, separated by commas, while one replaces the other. */
  STRIPE_WEBHOOK_SECRET: webhookSecretsSchema.default([]),
  /** Finds the price that subscriptions are made with, as `npm run stripe:setup` named it. */
  STRIPE_PRICE_LOOKUP_KEY: priceLookupKeySchema.default(METER_EVENT_NAME),
  /** Another server in Stripe's place; Stripe itself unless set. */
  STRIPE_API_BASE_URL: z.url({ protocol: /^https?$/ }).default('https://api.stripe.com'),
})

const configSchema = generalSchema.and(accountsConfigSchema).and(turnConfigSchema)
export type Config = z.infer<typeof configSchema>

/** Checks the variables; others are ignored. `faults` names each wrong one, never its value. */
export function parseConfig(
  variables: unknown,
): { ok: true; config: Config } | { ok: false; faults: string[] } {
  const result = configSchema.safeParse(variables)
  if (result.success) return { ok: true, config: result.data }
  return {
    ok: false,
    faults: result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
  }
}
