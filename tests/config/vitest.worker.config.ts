import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-pool-workers'
import { defineProject } from 'vitest/config'

/** The Worker and its Durable Objects in workerd, with D1. Storage is isolated per file. */
export default defineProject({
  plugins: [
    cloudflareTest(async () => ({
      wrangler: { configPath: 'wrangler.toml' },
      miniflare: {
        bindings: { TEST_MIGRATIONS: await readD1Migrations('drizzle/migrations') },
      },
    })),
  ],
  test: {
    name: 'worker',
    root: import.meta.dirname + '/../..',
    include: ['apps/api/**/*.worker.test.ts'],
  },
})
