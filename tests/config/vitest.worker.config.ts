import { generateKeyPairSync } from 'node:crypto'
import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-pool-workers'
import { defineProject } from 'vitest/config'

/** The Worker and its Durable Objects in workerd, with D1. Storage is isolated per file. */
export default defineProject({
  // Vite warns of each of the Stripe SDK's source maps, whose sources are not in the package.
  logLevel: 'error',
  plugins: [
    cloudflareTest(async () => ({
      wrangler: { configPath: 'wrangler.toml' },
      miniflare: {
        bindings: {
          TEST_MIGRATIONS: await readD1Migrations('drizzle/migrations'),
          RADIST_ENVIRONMENT: 'development',
          RADIST_DEMO_PROJECT_ID: '0197a000-0000-4000-8000-000000000001',
          RADIST_AUTH_SECRET: 'Zp4-authentication-secret-of-the-worker-tests',
          RADIST_OPERATOR_EMAILS: 'operator@radist.test',
          RADIST_GITHUB_CLIENT_ID: 'github-client-of-the-worker-tests',
          RADIST_GITHUB_CLIENT_SECRET: 'github-secret-of-the-worker-tests',
          RADIST_FLEET_SECRET: 'fleet-secret-of-the-worker-tests-only',
          RADIST_SIGNING_KEYS: JSON.stringify([newSigningKey('test')]),
          RADIST_BILLING_REFUSES: 'rooms,calls',
          STRIPE_SECRET_KEY: 'sk_test_worker',
          STRIPE_WEBHOOK_SECRET: 'whsec_of_the_worker_tests_only',
          // Nobody listens there: a test that needs Stripe brings its own.
          STRIPE_API_BASE_URL: 'http://127.0.0.1:9',
        },
      },
    })),
  ],
  test: {
    name: 'worker',
    root: `${import.meta.dirname}/../..`,
    include: ['apps/api/**/*.worker.test.ts'],
    globalSetup: ['tests/config/stripe-sandbox.ts', 'tests/config/webhook-receiver.ts'],
    setupFiles: ['apps/api/src/testing/migrate.ts'],
    testTimeout: 30_000,
  },
})

/** An Ed25519 private key as JWK (RFC 8037). */
function newSigningKey(kid: string) {
  return { ...generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }), kid }
}
