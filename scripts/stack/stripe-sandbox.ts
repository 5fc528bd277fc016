import { join } from 'node:path'
import { repositoryRoot } from '../paths.ts'
import { frugalEnv, frugalNode } from './frugal.ts'
import { answers, Service, type ServiceOptions } from './service.ts'

export type SandboxOptions = Pick<ServiceOptions, 'log' | 'restart' | 'report'> & {
  readonly node: string
  readonly stateDir: string
  readonly port: number
  /** Where events are sent, and what they are signed with. */
  readonly webhook: { readonly url: string; readonly secret: string }
}

export function sandboxService({ node, stateDir, port, webhook, ...rest }: SandboxOptions): Service {
  return new Service({
    ...rest,
    name: 'the Stripe sandbox',
    command: node,
    args: [...frugalNode, join('packages', 'stripe-sandbox', 'src', 'main.ts')],
    cwd: repositoryRoot,
    env: {
      ...process.env,
      ...frugalEnv,
      STRIPE_SANDBOX_HOST: '127.0.0.1',
      STRIPE_SANDBOX_PORT: String(port),
      STRIPE_SANDBOX_DATA_FILE: join(stateDir, 'stripe-sandbox.sqlite'),
      STRIPE_SANDBOX_WEBHOOK_URL: webhook.url,
      STRIPE_SANDBOX_WEBHOOK_SECRET: webhook.secret,
    },
    probe: answers(`http://127.0.0.1:${port}/health`),
    startLimitSeconds: 20,
    graceSeconds: 3,
  })
}
