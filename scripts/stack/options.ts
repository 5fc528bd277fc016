/** The stack's settings from the command line and the environment, checked before anything starts. */
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { repositoryRoot } from '../paths.ts'
import { SetupFailure } from '../setup/failure.ts'
import { DEFAULT_BASE_PORT, MAX_SFU_HOSTS } from './ports.ts'

export type StackOptions = {
  /** The Worker's port; the others are counted from it. */
  readonly port: number
  /** Where everything the stack remembers lies. */
  readonly stateDir: string
  readonly sfuHosts: number
  /** Media workers of each SFU host. */
  readonly workersPerHost: number
  /** Variables for the Worker that replace the stack's own. */
  readonly workerEnv: Readonly<Record<string, string>>
  /** Variables for the SFU hosts that replace the stack's own. */
  readonly sfuEnv: Readonly<Record<string, string>>
  /** Whether an SFU host, the Worker or the sandbox is started again when it dies. */
  readonly restart: boolean
  /** Told what happens, a line at a time. */
  readonly report: (line: string) => void
}

type Environment = Readonly<Record<string, string | undefined>>

/** What the developer may set for the Worker; anything else comes from the stack. */
const workerVariables = [
  'RADIST_AUTH_SECRET',
  'RADIST_DASHBOARD_URL',
  'RADIST_OPERATOR_EMAILS',
  'RADIST_GITHUB_CLIENT_ID',
  'RADIST_GITHUB_CLIENT_SECRET',
  'RADIST_MAIL_PROVIDER',
  'RADIST_MAIL_API_KEY',
  'RADIST_MAIL_FROM',
  'RADIST_MAIL_API_BASE_URL',
  'RADIST_FLEET_SECRET',
  'RADIST_SIGNING_KEYS',
  'RADIST_METER_WINDOW_SECONDS',
  'RADIST_PEER_GRACE_SECONDS',
  'RADIST_FREE_SECONDS_PER_MONTH',
  'RADIST_PAST_DUE_GRACE_DAYS',
  'RADIST_BILLING_REFUSES',
  'RADIST_ICE_SERVERS',
  'RADIST_DNS_QUERY_URL',
  'RADIST_TURN_PROVIDER',
  'RADIST_TURN_TTL_SECONDS',
  'RADIST_TURN_URLS',
  'RADIST_TURN_SECRET',
  'CLOUDFLARE_TURN_KEY_ID',
  'CLOUDFLARE_TURN_API_TOKEN',
  'CLOUDFLARE_TURN_API_BASE_URL',
  'STRIPE_PRICE_LOOKUP_KEY',
  'STRIPE_SECRET_KEY',
  'STRIPE_API_BASE_URL',
  'STRIPE_WEBHOOK_SECRET',
]
const sfuVariables = ['RADIST_FLEET_SECRET', 'RADIST_SFU_REGION', 'RADIST_LOG_LEVEL']

export type CommandLine = { readonly port?: string; readonly stateDir?: string; readonly sfuHosts?: string }

/** Throws a {@link SetupFailure} that names the wrong option or variable. */
export function readStackOptions(
  commandLine: CommandLine,
  environment: Environment,
): Omit<StackOptions, 'restart' | 'report'> {
  const portName = commandLine.port === undefined ? 'RADIST_PORT' : '--port'
  const sfuHosts = readInteger('--sfu-hosts', commandLine.sfuHosts, 1, MAX_SFU_HOSTS) ?? 1
  const workersPerHost =
    readInteger('RADIST_SFU_WORKERS', environment.RADIST_SFU_WORKERS, 1, 100) ?? availableParallelism()
  const highest = 65_535 - 100 * sfuHosts - workersPerHost
  const port =
    readInteger(portName, commandLine.port ?? environment.RADIST_PORT, 1024, highest) ?? DEFAULT_BASE_PORT
  readInteger('RADIST_METER_WINDOW_SECONDS', environment.RADIST_METER_WINDOW_SECONDS, 1, 3600)
  readInteger('RADIST_PEER_GRACE_SECONDS', environment.RADIST_PEER_GRACE_SECONDS, 1, 300)
  const { RADIST_FLEET_SECRET: fleetSecret, STRIPE_API_BASE_URL: stripeUrl } = environment
  if (fleetSecret && fleetSecret.length < 32) {
    throw new SetupFailure('RADIST_FLEET_SECRET must have at least 32 characters.')
  }
  if (stripeUrl && !/^https?:$/.test(URL.parse(stripeUrl)?.protocol ?? '')) {
    throw new SetupFailure(`STRIPE_API_BASE_URL must be an http or https address, not "${stripeUrl}".`)
  }
  return {
    port,
    sfuHosts,
    workersPerHost,
    stateDir: resolve(commandLine.stateDir ?? join(repositoryRoot, '.radist')),
    workerEnv: pick(environment, workerVariables),
    sfuEnv: pick(environment, sfuVariables),
  }
}

export function readInteger(
  name: string,
  text: string | undefined,
  least: number,
  most: number,
): number | undefined {
  if (text === undefined || text === '') return undefined
  const value = Number(text)
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new SetupFailure(`${name} must be a whole number from ${least} to ${most}, not "${text}".`)
  }
  return value
}

function pick(environment: Environment, names: readonly string[]): Record<string, string> {
  const given: Record<string, string> = {}
  for (const name of names) {
    const value = environment[name]
    if (value) given[name] = value
  }
  return given
}
