import { env } from 'cloudflare:workers'
import type { Env } from '../env.ts'

/** The tests' environment, and what production asks for besides. */
export const inProduction: Env = {
  ...env,
  RADIST_ENVIRONMENT: 'production',
  RADIST_MAIL_PROVIDER: 'resend',
  RADIST_MAIL_API_KEY: 're_key_of_the_worker_tests',
  RADIST_MAIL_FROM: 'Radist <mail@radist.test>',
}
