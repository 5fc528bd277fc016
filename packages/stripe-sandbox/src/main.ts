/** The sandbox as a process. Settings: see `configuration.ts`. Stops on SIGTERM and SIGINT. */
import { type Configuration, readConfiguration } from './configuration.ts'
import { type Sandbox, startSandbox } from './sandbox.ts'

let configuration: Configuration | undefined
let sandbox: Sandbox
try {
  configuration = readConfiguration(process.env)
  sandbox = await startSandbox(configuration)
} catch (error) {
  console.error(`stripe-sandbox: ${startFailure(error, configuration)}`)
  process.exit(1)
}
console.log(`stripe-sandbox: ready at ${sandbox.url}`)

let stopping = false
const stop = (): void => {
  if (stopping) return
  stopping = true
  // Nothing keeps the process alive once the sandbox is closed.
  void sandbox.close()
}
process.on('SIGTERM', stop)
process.on('SIGINT', stop)

/** One line that says which setting to change. */
function startFailure(error: unknown, { host, port, dataFile }: Partial<Configuration> = {}): string {
  const message = error instanceof Error ? error.message : String(error)
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  switch (code) {
    case 'EADDRINUSE':
      return `STRIPE_SANDBOX_PORT: ${port} is taken`
    case 'EACCES':
      return `STRIPE_SANDBOX_PORT or STRIPE_SANDBOX_DATA_FILE: not permitted (${message})`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `STRIPE_SANDBOX_HOST: cannot listen on ${host}`
    case 'ERR_SQLITE_ERROR':
    case 'ENOTDIR':
    case 'EEXIST':
    case 'EROFS':
      return `STRIPE_SANDBOX_DATA_FILE: cannot use ${dataFile} (${message})`
    default:
      return message
  }
}
