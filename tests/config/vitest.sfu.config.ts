import { defineProject } from 'vitest/config'

/** The SFU host against the real mediasoup worker and real sockets. Runs on the toolchain's `sfuNode`. */
export default defineProject({
  test: {
    name: 'sfu',
    root: `${import.meta.dirname}/../..`,
    include: ['{apps/sfu,tests/network}/**/*.sfu.test.ts'],
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
})
