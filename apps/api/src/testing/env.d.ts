/** What Worker tests are bound to (`tests/config/vitest.worker.config.ts`). */
declare namespace Cloudflare {
  interface Env extends WorkerEnv {
    TEST_MIGRATIONS: import('cloudflare:test').D1Migration[]
  }
  interface GlobalProps {
    mainModule: typeof import('../index.ts')
  }
}
type WorkerEnv = import('../env.ts').Env
