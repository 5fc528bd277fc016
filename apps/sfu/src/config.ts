/** The host's configuration, from the environment. */
import type { BlockList } from 'node:net'
import { availableParallelism, networkInterfaces } from 'node:os'
import { DEFAULT_REGION, regionSchema } from '@radist-tech/protocol'
import { z } from 'zod'
import { networksOf } from './domain/client-address.ts'
import type { WorkerLimits } from './domain/worker-choice.ts'
import { type Limits, limitsOf, limitVariables } from './limits.ts'
import { address, hostOrAddress, onOrOff, origin, share, whole } from './variables.ts'

/** One line for the operator: which variable is wrong, and how. Never the value, which may be a secret. */
export class ConfigurationError extends Error {}

const controlPlaneVariables = {
  RADIST_SFU_CONTROL_PLANE_URL: origin,
  RADIST_FLEET_SECRET: z.string().min(32, 'must be at least 32 characters long'),
  RADIST_SFU_REGION: regionSchema.default(DEFAULT_REGION),
  RADIST_SFU_CONTROL_PLANE_TIMEOUT_SECONDS: whole(1, 60).default(5),
  RADIST_SFU_USAGE_INTERVAL_SECONDS: whole(1, 3600).default(10),
}

const signalingVariables = {
  RADIST_SFU_LISTEN_HOST: address.default('0.0.0.0'),
  RADIST_SFU_PORT: whole(1, 65_535),
  RADIST_SFU_PUBLIC_URL: origin,
  RADIST_SFU_TLS_CERTIFICATE: z.string().optional(),
  RADIST_SFU_TLS_KEY: z.string().optional(),
  RADIST_SFU_TRUSTED_PROXIES: z
    .string()
    .transform(networksOf)
    .refine(
      (networks) => networks !== null,
      'must be IP addresses or networks (10.0.0.0/8), separated by commas',
    )
    .optional(),
}

const mediaVariables = {
  RADIST_SFU_MEDIA_LISTEN_IP: address.default('0.0.0.0'),
  RADIST_SFU_MEDIA_ANNOUNCED_ADDRESS: hostOrAddress.optional(),
  RADIST_SFU_MEDIA_PORT: whole(1, 65_535),
  RADIST_SFU_WORKERS: whole(1, 256).default(availableParallelism()),
  RADIST_SFU_WORKER_SPREAD_CONSUMERS: whole(1, 100_000).default(100),
  RADIST_SFU_WORKER_MAX_CONSUMERS: whole(1, 100_000).default(2000),
  RADIST_SFU_WORKER_MAX_CPU: share.default(0.9),
  RADIST_SFU_WITHOUT_WORKER_SECONDS: whole(1, 3600).default(30),
  RADIST_SFU_WORKER_SILENCE_SECONDS: whole(2, 600).default(10),
  RADIST_SFU_DYNACAST: onOrOff.default(true),
  MEDIASOUP_WORKER_BIN: z.string().min(1).optional(),
}

const operatingVariables = {
  RADIST_SFU_DATA_DIR: z.string().min(1),
  RADIST_SFU_MAX_PARTICIPANTS: whole(1, 100_000).default(1000),
  RADIST_SFU_DRAIN_SECONDS: whole(0, 604_800).default(3600),
  RADIST_SFU_FAREWELL_SECONDS: whole(1, 60).default(4),
  RADIST_SFU_METRICS_TOKEN: z.string().min(16, 'must be at least 16 characters long').optional(),
  RADIST_SFU_METRICS_LISTEN_HOST: address.default('127.0.0.1'),
  RADIST_SFU_METRICS_PORT: whole(1, 65_535).optional(),
  RADIST_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
}

const environmentSchema = z.object({
  ...controlPlaneVariables,
  ...signalingVariables,
  ...mediaVariables,
  ...operatingVariables,
  ...limitVariables,
})
export const variableNames = Object.keys(environmentSchema.shape)
type Variables = z.infer<typeof environmentSchema>

export interface Config {
  controlPlaneUrl: string
  controlPlaneTimeoutMs: number
  fleetSecret: string
  dataDir: string
  listenHost: string
  port: number
  /** Origin at which participants and the control plane reach the host. */
  publicUrl: string
  /** Null: the participants' port speaks plain HTTP, for this machine or a proxy. */
  tls: TlsFiles | null
  /** Whose `X-Forwarded-For` is believed; null: nobody's. */
  trustedProxies: BlockList | null
  media: {
    listenIp: string
    /** The address in ICE candidates when it is not the one listened on. */
    announcedAddress: string | undefined
    /** As it was configured, if it was. */
    configuredAddress: string | undefined
    /** Port of the first worker, UDP and TCP; each further worker has the next one. */
    firstPort: number
    workers: number
    limits: WorkerLimits
    /** How long participants wait for their media when no worker runs; then they had better join elsewhere. */
    withoutWorkerMs: number
    /** How long a worker may owe an answer before it is taken for one that hangs, and replaced. */
    hungAfterMs: number
    /** Undefined: the one that came with the mediasoup package. */
    workerBin: string | undefined
  }
  /** Whether senders are told to send only what somebody receives. */
  dynacast: boolean
  region: string
  maxParticipants: number
  usageIntervalSeconds: number
  /** How long a draining host waits for its rooms to end. */
  drainMs: number
  /** How long a stopping host tries to deliver what waits; the rest is delivered after the next start. */
  farewellMs: number
  metrics: {
    /** Null: none is asked for. */
    token: string | null
    /** Where they are served besides the participants' port; null: nowhere. */
    listen: { host: string; port: number } | null
  }
  limits: Limits
  logLevel: string
}

/** PEM files. */
export interface TlsFiles {
  certificate: string
  key: string
}

/**
 * Reads the configuration.
 * @throws {ConfigurationError} naming the first variable that is missing or wrong
 */
export function readConfig(environment: Record<string, string | undefined>): Config {
  // A variable set to nothing is one that is not set: compose files and shells make them.
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
  const parsed = environmentSchema.safeParse(given)
  if (!parsed.success) throw new ConfigurationError(firstProblem(parsed.error, given))
  const env = parsed.data
  if (env.RADIST_SFU_MEDIA_PORT + env.RADIST_SFU_WORKERS - 1 > 65_535) {
    throw new ConfigurationError(
      'RADIST_SFU_MEDIA_PORT: too high, each of the workers needs a port of its own',
    )
  }
  return {
    controlPlaneUrl: env.RADIST_SFU_CONTROL_PLANE_URL,
    controlPlaneTimeoutMs: env.RADIST_SFU_CONTROL_PLANE_TIMEOUT_SECONDS * 1000,
    fleetSecret: env.RADIST_FLEET_SECRET,
    dataDir: env.RADIST_SFU_DATA_DIR,
    listenHost: env.RADIST_SFU_LISTEN_HOST,
    port: env.RADIST_SFU_PORT,
    publicUrl: env.RADIST_SFU_PUBLIC_URL,
    tls: tlsFiles(env),
    trustedProxies: env.RADIST_SFU_TRUSTED_PROXIES ?? null,
    media: {
      listenIp: env.RADIST_SFU_MEDIA_LISTEN_IP,
      announcedAddress: announcedAddress(
        env.RADIST_SFU_MEDIA_LISTEN_IP,
        env.RADIST_SFU_MEDIA_ANNOUNCED_ADDRESS,
      ),
      configuredAddress: env.RADIST_SFU_MEDIA_ANNOUNCED_ADDRESS,
      firstPort: env.RADIST_SFU_MEDIA_PORT,
      workers: env.RADIST_SFU_WORKERS,
      limits: {
        spreadConsumers: env.RADIST_SFU_WORKER_SPREAD_CONSUMERS,
        maxConsumers: env.RADIST_SFU_WORKER_MAX_CONSUMERS,
        maxCpu: env.RADIST_SFU_WORKER_MAX_CPU,
      },
      withoutWorkerMs: env.RADIST_SFU_WITHOUT_WORKER_SECONDS * 1000,
      hungAfterMs: env.RADIST_SFU_WORKER_SILENCE_SECONDS * 1000,
      workerBin: env.MEDIASOUP_WORKER_BIN,
    },
    dynacast: env.RADIST_SFU_DYNACAST,
    region: env.RADIST_SFU_REGION,
    maxParticipants: env.RADIST_SFU_MAX_PARTICIPANTS,
    usageIntervalSeconds: env.RADIST_SFU_USAGE_INTERVAL_SECONDS,
    drainMs: env.RADIST_SFU_DRAIN_SECONDS * 1000,
    farewellMs: env.RADIST_SFU_FAREWELL_SECONDS * 1000,
    metrics: {
      token: env.RADIST_SFU_METRICS_TOKEN ?? null,
      listen:
        env.RADIST_SFU_METRICS_PORT === undefined
          ? null
          : { host: env.RADIST_SFU_METRICS_LISTEN_HOST, port: env.RADIST_SFU_METRICS_PORT },
    },
    limits: limitsOf(env),
    logLevel: env.RADIST_LOG_LEVEL,
  }
}

function tlsFiles({
  RADIST_SFU_TLS_CERTIFICATE,
  RADIST_SFU_TLS_KEY,
  RADIST_SFU_PUBLIC_URL,
}: Variables): TlsFiles | null {
  const [certificate, key] = [RADIST_SFU_TLS_CERTIFICATE, RADIST_SFU_TLS_KEY]
  if (certificate === undefined && key === undefined) return null
  if (certificate === undefined || key === undefined) {
    const missing = key === undefined ? 'RADIST_SFU_TLS_KEY' : 'RADIST_SFU_TLS_CERTIFICATE'
    throw new ConfigurationError(`${missing}: must be set, certificate and key belong together`)
  }
  if (!RADIST_SFU_PUBLIC_URL.startsWith('https:')) {
    throw new ConfigurationError('RADIST_SFU_PUBLIC_URL: must be an https URL when there is a certificate')
  }
  return { certificate, key }
}

function firstProblem(error: z.ZodError, given: Record<string, unknown>): string {
  const [issue] = error.issues
  const name = String(issue?.path[0] ?? 'environment')
  return given[name] === undefined ? `${name}: must be set` : `${name}: ${issue?.message ?? 'is wrong'}`
}

/** A wildcard address is no address to connect to: without one told, the machine's first outer one is announced. */
function announcedAddress(listenIp: string, told: string | undefined): string | undefined {
  if (told !== undefined || (listenIp !== '0.0.0.0' && listenIp !== '::')) return told
  const family = listenIp === '::' ? 'IPv6' : 'IPv4'
  const outer = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find((candidate) => candidate.family === family && !candidate.internal)
  return outer?.address ?? (family === 'IPv6' ? '::1' : '127.0.0.1')
}
