import { defineConfig } from 'vite'

/** The standalone build: plain ES modules for a page without a bundler, mediasoup-client in a chunk of its own. */
export default defineConfig({
  build: {
    lib: { entry: 'src/index.ts', formats: ['es'], fileName: 'index' },
    target: 'es2022',
    sourcemap: true,
  },
})
