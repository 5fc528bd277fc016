/**
 * A process that is `wrangler dev`, through wrangler's own programming interface: its command ends itself
 * when a single request is cut off on its way (github.com/cloudflare/workers-sdk/issues/15452), which pages
 * that watch something and are closed do now and then. Here that costs the one request.
 */
import { parseArgs } from 'node:util'
import { unstable_startWorker } from 'wrangler'

const { values } = parseArgs({
  options: {
    config: { type: 'string' },
    'env-file': { type: 'string' },
    'persist-to': { type: 'string' },
    port: { type: 'string' },
    'inspector-port': { type: 'string' },
  },
})
const given = (name: keyof typeof values): string => {
  const value = values[name]
  if (value === undefined) throw new Error(`--${name} is missing`)
  return value
}

const worker = await unstable_startWorker({
  config: given('config'),
  envFiles: [given('env-file')],
  dev: {
    server: { hostname: '127.0.0.1', port: Number(given('port')) },
    inspector: { hostname: '127.0.0.1', port: Number(given('inspector-port')) },
    persist: given('persist-to'),
    watch: true,
    logLevel: 'log',
  },
})

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    worker.dispose().then(
      () => process.exit(0),
      () => process.exit(1),
    )
  })
}
