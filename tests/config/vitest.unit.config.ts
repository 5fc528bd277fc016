import { defineProject } from 'vitest/config'

/** Pure rules and formats, in Node: no network, no runtime but the language's. */
export default defineProject({
  test: {
    name: 'unit',
    root: `${import.meta.dirname}/../..`,
    include: ['{apps,packages,scripts,tests/billing-faults,tests/docs,tests/network}/**/*.test.{ts,tsx}'],
    // A guard against hanging, not a measure: generated histories take their time on a busy machine.
    testTimeout: 30_000,
    exclude: ['**/node_modules/**', '**/*.worker.test.ts', '**/*.sfu.test.ts', '**/*.faults.test.ts'],
  },
})
