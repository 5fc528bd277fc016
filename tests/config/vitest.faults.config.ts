import { defineProject } from 'vitest/config'

/** Processes that are killed outright, and what is left when they are back. */
export default defineProject({
  test: {
    name: 'faults',
    root: `${import.meta.dirname}/../..`,
    include: ['tests/{faults,billing-faults}/**/*.faults.test.ts'],
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
