import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: [
      'tests/config/vitest.unit.config.ts',
      'tests/config/vitest.worker.config.ts',
      'tests/config/vitest.sfu.config.ts',
      'tests/config/vitest.faults.config.ts',
      'tests/config/vitest.e2e.config.ts',
    ],
  },
})
