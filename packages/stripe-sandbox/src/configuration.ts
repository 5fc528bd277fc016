import { z } from 'zod'
import { IN_MEMORY } from './database.ts'
import type { ConfiguredWebhook } from './webhook-endpoints.ts'

const environmentSchema = z.object({
  STRIPE_SANDBOX_HOST: z
    .union([z.ipv4(), z.ipv6(), z.hostname()], { error: 'must be an IP address or a host name' })
    .default('127.0.0.1'),
  STRIPE_SANDBOX_PORT: z
    .string()
    .regex(/^\d{1,5}$/, { error: 'must be a port number, 0 to 65535' })
    .transform(Number)
    .pipe(z.number().max(65535, { error: 'must be a port number, 0 to 65535' }))
    .default(12111),
  STRIPE_SANDBOX_DATA_FILE: z
    .string()
    .min(1, { error: 'must be the path of a file, or :memory:' })
    .default(IN_MEMORY),
  STRIPE_SANDBOX_WEBHOOK_URL: z
    .url({ protocol: /^https?$/, error: 'must be an http or https address' })
    .optional(),
  STRIPE_SANDBOX_WEBHOOK_SECRET: z
    .string()
    .regex(/^whsec_\w{16,}$/, { error: 'must be whsec_ and at least 16 letters or digits' })
    .optional(),
})

/** What a refusal must not repeat. */
const SECRET_VARIABLES = ['STRIPE_SANDBOX_WEBHOOK_SECRET']

export interface Configuration {
  host: string
  port: number
  dataFile: string
  /** Where all events are sent; nowhere when absent. */
  webhook?: ConfiguredWebhook
}

/** A setting that is wrong. Its message is one line that names the variable. */
export class ConfigurationError extends Error {}

/**
 * Reads the settings from the environment.
 *
 * @throws ConfigurationError
 */
export function readConfiguration(environment: Record<string, string | undefined>): Configuration {
  const result = environmentSchema.safeParse(environment)
  if (!result.success) {
    const [issue] = result.error.issues
    const name = String(issue?.path[0])
    const value = SECRET_VARIABLES.includes(name) ? '' : `, but is ${JSON.stringify(environment[name])}`
    throw new ConfigurationError(`${name}: ${issue?.message}${value}`)
  }
  const { STRIPE_SANDBOX_HOST, STRIPE_SANDBOX_PORT, STRIPE_SANDBOX_DATA_FILE } = result.data
  const { STRIPE_SANDBOX_WEBHOOK_URL: url, STRIPE_SANDBOX_WEBHOOK_SECRET: secret } = result.data
  if (url !== undefined && secret === undefined) {
    throw new ConfigurationError(
      'STRIPE_SANDBOX_WEBHOOK_SECRET: must be set, as STRIPE_SANDBOX_WEBHOOK_URL is',
    )
  }
  if (url === undefined && secret !== undefined) {
    throw new ConfigurationError(
      'STRIPE_SANDBOX_WEBHOOK_URL: must be set, as STRIPE_SANDBOX_WEBHOOK_SECRET is',
    )
  }
  return {
    host: STRIPE_SANDBOX_HOST,
    port: STRIPE_SANDBOX_PORT,
    dataFile: STRIPE_SANDBOX_DATA_FILE,
    ...(url !== undefined && secret !== undefined && { webhook: { url, secret } }),
  }
}
