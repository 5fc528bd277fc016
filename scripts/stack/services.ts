/** Which processes the stack consists of, and what each is told. Nothing is started here. */
import { join } from 'node:path'
import type { StripeAccount } from '../stripe/prepare.ts'
import type { Toolchain } from '../toolchain.ts'
import type { StackOptions } from './options.ts'
import type { StackPorts } from './ports.ts'
import type { StackSecrets } from './secrets.ts'
import type { Service } from './service.ts'
import { SfuHost } from './sfu-host.ts'
import { sandboxService } from './stripe-sandbox.ts'
import { workerService } from './worker.ts'

export type StackServices = {
  /** Null when the stack talks to Stripe itself. */
  readonly sandbox: Service | null
  readonly worker: Service
  readonly hosts: readonly SfuHost[]
  readonly stripe: StripeAccount
}

/** Where the Worker takes Stripe's webhooks. */
const WEBHOOK_PATH = '/api/v1/stripe/webhooks'

export const usesSandbox = (options: StackOptions): boolean => !options.workerEnv.STRIPE_SECRET_KEY

export const localUrl = (port: number): string => `http://127.0.0.1:${port}`

export function planServices(
  options: StackOptions,
  toolchain: Toolchain,
  ports: StackPorts,
  secrets: StackSecrets,
  hostRestarted: () => Promise<void>,
): StackServices {
  const { stateDir, workerEnv, sfuEnv, restart, report } = options
  const shared = (name: string) => ({ log: join(stateDir, 'logs', `${name}.log`), restart, report })
  const { node } = toolchain
  // Both sides must have the same one.
  const fleetSecret = workerEnv.RADIST_FLEET_SECRET ?? sfuEnv.RADIST_FLEET_SECRET ?? secrets.fleetSecret
  const webhookSecret = workerEnv.STRIPE_WEBHOOK_SECRET ?? secrets.stripeWebhookSecret
  const stripe: StripeAccount = usesSandbox(options)
    ? { secretKey: secrets.stripeSandboxKey, apiBaseUrl: localUrl(ports.stripeSandbox) }
    : { secretKey: workerEnv.STRIPE_SECRET_KEY ?? '', apiBaseUrl: workerEnv.STRIPE_API_BASE_URL }

  return {
    stripe,
    sandbox: usesSandbox(options)
      ? sandboxService({
          node,
          stateDir,
          port: ports.stripeSandbox,
          webhook: { url: `${localUrl(ports.worker)}${WEBHOOK_PATH}`, secret: webhookSecret },
          ...shared('stripe-sandbox'),
        })
      : null,
    worker: workerService({
      node,
      stateDir,
      port: ports.worker,
      inspectorPort: ports.inspector,
      variables: {
        RADIST_ENVIRONMENT: 'development',
        RADIST_SIGNING_KEYS: secrets.signingKeys,
        RADIST_DEMO_PROJECT_ID: secrets.projectId,
        RADIST_AUTH_SECRET: secrets.authSecret,
        RADIST_OPERATOR_EMAILS: secrets.user.email,
        ...(usesSandbox(options) && { STRIPE_WEBHOOK_SECRET: webhookSecret }),
        ...workerEnv,
        RADIST_FLEET_SECRET: fleetSecret,
        STRIPE_SECRET_KEY: stripe.secretKey,
        ...(stripe.apiBaseUrl && { STRIPE_API_BASE_URL: stripe.apiBaseUrl }),
      },
      ...shared('worker'),
    }),
    hosts: ports.sfuHosts.map(
      (hostPorts, index) =>
        new SfuHost({
          index,
          toolchain,
          stateDir,
          ports: hostPorts,
          workers: options.workersPerHost,
          controlPlaneUrl: localUrl(ports.worker),
          variables: { ...sfuEnv, RADIST_FLEET_SECRET: fleetSecret },
          restarted: hostRestarted,
          ...shared(`sfu-${index}`),
        }),
    ),
  }
}
