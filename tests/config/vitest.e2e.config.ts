import { defineProject } from 'vitest/config'

/** The whole running stack, driven by headless Chromium. */
export default defineProject({
  test: {
    name: 'e2e',
    root: `${import.meta.dirname}/../..`,
    include: ['tests/e2e/**/*.e2e.test.ts'],
    globalSetup: 'tests/e2e/global-setup.ts',
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
})
