/** What the Worker is bound to, and its configuration, checked when first used. */
import { type Config, parseConfig } from './config.ts'
import type { CallObject } from './objects/call-object.ts'
import type { FleetObject } from './objects/fleet-object.ts'
import type { ProjectObject } from './objects/project-object.ts'
import type { RoomObject } from './objects/room-object.ts'
import type { WebhookObject } from './objects/webhook-object.ts'

export interface Env {
  DB: D1Database
  ASSETS: Fetcher
  CALL: DurableObjectNamespace<CallObject>
  ROOM: DurableObjectNamespace<RoomObject>
  PROJECT: DurableObjectNamespace<ProjectObject>
  FLEET: DurableObjectNamespace<FleetObject>
  WEBHOOK: DurableObjectNamespace<WebhookObject>
  /** Not there when the operator has removed it: failed attempts are not counted then. */
  FAILED_ATTEMPTS?: RateLimit
  RADIST_ENVIRONMENT?: string
  RADIST_AUTH_SECRET?: string
  RADIST_DASHBOARD_URL?: string
  RADIST_OPERATOR_EMAILS?: string
  RADIST_GITHUB_CLIENT_ID?: string
  RADIST_GITHUB_CLIENT_SECRET?: string
  RADIST_MAIL_PROVIDER?: string
  RADIST_MAIL_API_KEY?: string
  RADIST_MAIL_FROM?: string
  RADIST_MAIL_API_BASE_URL?: string
  RADIST_FLEET_SECRET?: string
  RADIST_SIGNING_KEYS?: string
  RADIST_METER_WINDOW_SECONDS?: string
  RADIST_PEER_GRACE_SECONDS?: string
  RADIST_ICE_SERVERS?: string
  RADIST_DNS_QUERY_URL?: string
  RADIST_TURN_PROVIDER?: string
  RADIST_TURN_TTL_SECONDS?: string
  RADIST_TURN_URLS?: string
  RADIST_TURN_SECRET?: string
  CLOUDFLARE_TURN_KEY_ID?: string
  CLOUDFLARE_TURN_API_TOKEN?: string
  CLOUDFLARE_TURN_API_BASE_URL?: string
  RADIST_FREE_CONNECTION_LIMIT?: string
  RADIST_PAID_CONNECTION_LIMIT?: string
  RADIST_DEMO_PROJECT_ID?: string
  RADIST_FREE_SECONDS_PER_MONTH?: string
  RADIST_PAST_DUE_GRACE_DAYS?: string
  RADIST_BILLING_REFUSES?: string
  STRIPE_SECRET_KEY?: string
  STRIPE_WEBHOOK_SECRET?: string
  STRIPE_PRICE_LOOKUP_KEY?: string
  STRIPE_API_BASE_URL?: string
}

const parsed = new WeakMap<Env, Config>()

/** The checked configuration. Throws an error that names each wrong variable, never its value. */
export function configOf(env: Env): Config {
  const known = parsed.get(env)
  if (known) return known
  const result = parseConfig(env)
  if (!result.ok) throw new Error(`Wrong configuration: ${result.faults.join('; ')}`)
  parsed.set(env, result.config)
  return result.config
}
