import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** Where `vite dev` finds the Worker: the local stack's own port unless moved with RADIST_PORT. */
const workerOrigin = `http://127.0.0.1:${process.env.RADIST_PORT ?? '8787'}`

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), tailwindcss()],
  server: {
    port: 5300,
    proxy: { '/api': { target: workerOrigin, ws: true } },
  },
  build: { target: 'es2022' },
})
