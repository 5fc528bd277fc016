/** What the Worker is bound to, and its configuration, checked when first used. */
import { iceServerSchema } from '@radist-tech/protocol'
import { z } from 'zod'
import type { CallObject } from './objects/call-object.ts'
import type { FleetObject } from './objects/fleet-object.ts'
import type { ProjectObject } from './objects/project-object.ts'
import type { RoomObject } from './objects/room-object.ts'

export interface Env {
  DB: D1Database
  ASSETS: Fetcher
  CALL: DurableObjectNamespace<CallObject>
  ROOM: DurableObjectNamespace<RoomObject>
  PROJECT: DurableObjectNamespace<ProjectObject>
  FLEET: DurableObjectNamespace<FleetObject>
  RADIST_ENVIRONMENT?: string
  RADIST_FLEET_SECRET?: string
  RADIST_SIGNING_KEYS?: string
  RADIST_METER_WINDOW_SECONDS?: string
  RADIST_PEER_GRACE_SECONDS?: string
  RADIST_ICE_SERVERS?: string
  RADIST_DEMO_PROJECT_ID?: string
  STRIPE_SECRET_KEY?: string
  STRIPE_API_BASE_URL?: string
}

const jsonText = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    context.addIssue({ code: 'custom', message: 'is not JSON' })
    return z.NEVER
  }
})

/** An Ed25519 private key as JWK with a key id (RFC 8037). */
const signingKeySchema = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  kid: z.string().min(1),
  x: z.string(),
  d: z.string(),
})

/** JSON text of an array of at most 16 RTCIceServers. */
const iceServersSchema = jsonText.pipe(z.array(iceServerSchema).max(16))

const configSchema = z.object({
  RADIST_ENVIRONMENT: z.enum(['development', 'production']).default('production'),
  /** With which SFU hosts enrol; at least 32 characters. */
  RADIST_FLEET_SECRET: z.string().min(32),
  /** JSON array; the first key signs, all are published. */
  RADIST_SIGNING_KEYS: jsonText.pipe(z.array(signingKeySchema).min(1)),
  /** How much usage one Stripe meter event covers, in seconds: 1 to 3,600. */
  RADIST_METER_WINDOW_SECONDS: z.coerce.number().int().min(1).max(3600).default(60),
  /** How long a dropped peer or participant keeps its place, in seconds: 1 to 300. */
  RADIST_PEER_GRACE_SECONDS: z.coerce.number().int().min(1).max(300).default(30),
  /** What peers of calls are told to use; none unless set, and peers then meet on their own addresses. */
  RADIST_ICE_SERVERS: iceServersSchema.default([]),
  /** The project that the playground uses; development only. */
  RADIST_DEMO_PROJECT_ID: z.uuid().optional(),
  STRIPE_SECRET_KEY: z.string().min(1),
  /** Another server in Stripe's place; Stripe itself unless set. */
  STRIPE_API_BASE_URL: z.url({ protocol: /^https?$/ }).default('https://api.stripe.com'),
})
export type Config = z.infer<typeof configSchema>

const parsed = new WeakMap<Env, Config>()

/** The checked configuration. Throws an error that names each wrong variable, never its value. */
export function configOf(env: Env): Config {
  const known = parsed.get(env)
  if (known) return known
  const result = configSchema.safeParse(env)
  if (!result.success) {
    const faults = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
    throw new Error(`Wrong configuration: ${faults.join('; ')}`)
  }
  parsed.set(env, result.data)
  return result.data
}
