/** The host's configuration, from the environment. */
import { availableParallelism, networkInterfaces } from 'node:os'
import { DEFAULT_REGION, regionSchema } from '@radist-tech/protocol'
import { z } from 'zod'
import type { WorkerLimits } from './domain/worker-choice.ts'

/** One line for the operator: which variable is wrong, and how. Never the value, which may be a secret. */
export class ConfigurationError extends Error {}

const origin = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
  .refine((text) => new URL(text).href === `${new URL(text).origin}/`, 'must be an origin: no path, no query')
  .transform((text) => new URL(text).origin)

const whole = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be a whole number from ${min} to ${max}`)

const share = z
  .string()
  .regex(/^(0?\.\d{1,3}|1|1\.0)$/, 'must be a share from 0.05 to 1')
  .transform(Number)
  .refine((value) => value >= 0.05, 'must be a share from 0.05 to 1')

const address = z.union([z.ipv4(), z.ipv6()], { error: 'must be an IP address' })
const hostOrAddress = z.string().regex(/^[A-Za-z0-9.:-]{1,253}$/, 'must be an IP address or a host name')

const environmentSchema = z.object({
  RADIST_SFU_CONTROL_PLANE_URL: origin,
  RADIST_FLEET_SECRET: z.string().min(32, 'must be at least 32 characters long'),
  RADIST_SFU_DATA_DIR: z.string().min(1),
  RADIST_SFU_LISTEN_HOST: address.default('0.0.0.0'),
  RADIST_SFU_PORT: whole(1, 65_535),
  RADIST_SFU_PUBLIC_URL: origin,
  RADIST_SFU_MEDIA_LISTEN_IP: address.default('0.0.0.0'),
  RADIST_SFU_MEDIA_ANNOUNCED_ADDRESS: hostOrAddress.optional(),
  RADIST_SFU_MEDIA_PORT: whole(1, 65_535),
  RADIST_SFU_WORKERS: whole(1, 256).default(availableParallelism()),
  RADIST_SFU_WORKER_SPREAD_CONSUMERS: whole(1, 100_000).default(100),
  RADIST_SFU_WORKER_MAX_CONSUMERS: whole(1, 100_000).default(2000),
  RADIST_SFU_WORKER_MAX_CPU: share.default(0.9),
  RADIST_SFU_WITHOUT_WORKER_SECONDS: whole(1, 3600).default(30),
  RADIST_SFU_REGION: regionSchema.default(DEFAULT_REGION),
  RADIST_SFU_MAX_PARTICIPANTS: whole(1, 100_000).default(1000),
  RADIST_SFU_USAGE_INTERVAL_SECONDS: whole(1, 3600).default(10),
  MEDIASOUP_WORKER_BIN: z.string().min(1).optional(),
  RADIST_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
})

export interface Config {
  controlPlaneUrl: string
  fleetSecret: string
  dataDir: string
  listenHost: string
  port: number
  /** Origin at which participants and the control plane reach the host. */
  publicUrl: string
  media: {
    listenIp: string
    /** The address in ICE candidates when it is not the one listened on. */
    announcedAddress: string | undefined
    /** Port of the first worker, UDP and TCP; each further worker has the next one. */
    firstPort: number
    workers: number
    limits: WorkerLimits
    /** How long participants wait for their media when no worker runs; then they had better join elsewhere. */
    withoutWorkerMs: number
    /** Undefined: the one that came with the mediasoup package. */
    workerBin: string | undefined
  }
  region: string
  maxParticipants: number
  usageIntervalSeconds: number
  logLevel: string
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
    fleetSecret: env.RADIST_FLEET_SECRET,
    dataDir: env.RADIST_SFU_DATA_DIR,
    listenHost: env.RADIST_SFU_LISTEN_HOST,
    port: env.RADIST_SFU_PORT,
    publicUrl: env.RADIST_SFU_PUBLIC_URL,
    media: {
      listenIp: env.RADIST_SFU_MEDIA_LISTEN_IP,
      announcedAddress: announcedAddress(
        env.RADIST_SFU_MEDIA_LISTEN_IP,
        env.RADIST_SFU_MEDIA_ANNOUNCED_ADDRESS,
      ),
      firstPort: env.RADIST_SFU_MEDIA_PORT,
      workers: env.RADIST_SFU_WORKERS,
      limits: {
        spreadConsumers: env.RADIST_SFU_WORKER_SPREAD_CONSUMERS,
        maxConsumers: env.RADIST_SFU_WORKER_MAX_CONSUMERS,
        maxCpu: env.RADIST_SFU_WORKER_MAX_CPU,
      },
      withoutWorkerMs: env.RADIST_SFU_WITHOUT_WORKER_SECONDS * 1000,
      workerBin: env.MEDIASOUP_WORKER_BIN,
    },
    region: env.RADIST_SFU_REGION,
    maxParticipants: env.RADIST_SFU_MAX_PARTICIPANTS,
    usageIntervalSeconds: env.RADIST_SFU_USAGE_INTERVAL_SECONDS,
    logLevel: env.RADIST_LOG_LEVEL,
  }
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
