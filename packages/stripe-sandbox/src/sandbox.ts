import { once } from 'node:events'
import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import type { Account } from './account.ts'
import { createApplication } from './application.ts'
import { openDatabase } from './database.ts'
import { Deliveries } from './deliveries.ts'
import { runAccountDue } from './due.ts'
import { Faults } from './faults.ts'
import { reportInvalidMeterEvents } from './meter-error-reports.ts'
import { type ConfiguredWebhook, configureWebhook } from './webhook-endpoints.ts'

/** How often the sandbox looks whether a period has ended, or anything else is due by its clock. */
const DUE_EVERY_MS = 1000
const FIRST_RETRY_MS = 1000

export interface SandboxOptions {
  /** The address to listen on, such as `127.0.0.1`. */
  host: string
  /** 0 takes any free port. */
  port: number
  /** Where to keep what is sent; `:memory:` forgets it at `close`. */
  dataFile: string
  /** Milliseconds since the Unix epoch; the machine's clock when absent. */
  now?: () => number
  /** An endpoint that gets all events; more are made by the API. */
  webhook?: ConfiguredWebhook | undefined
  /** How long after a delivery's first failure it is repeated, in milliseconds; 1000 when absent. */
  webhookRetryMs?: number
}

export interface Sandbox {
  url: string
  port: number
  /** Stops listening, ends all connections, and closes the database; once, however often it is called. */
  close: () => Promise<void>
}

/**
 * Starts a sandbox.
 *
 * @throws When the port is taken, or the data file cannot be used.
 */
export async function startSandbox({
  host,
  port,
  dataFile,
  now = Date.now,
  webhook,
  webhookRetryMs = FIRST_RETRY_MS,
}: SandboxOptions): Promise<Sandbox> {
  const database = openDatabase(dataFile)
  const faults = new Faults()
  let clockOffset = 0
  let url = ''
  const account: Account = {
    database,
    now: () => now() + clockOffset,
    url: () => url,
    eventStored: () => deliveries.runSoon(),
  }
  const deliveries = new Deliveries(account, webhookRetryMs)
  const application = createApplication({
    account,
    faults,
    setClockOffset: (offsetMs) => {
      clockOffset = offsetMs
    },
    isLocal: /^(localhost|127\.|::1$)/.test(host),
  })

  const server = createServer(getRequestListener(application.fetch))
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (error) {
    database.close()
    throw error
  }
  const address = server.address()
  const boundPort = typeof address === 'object' && address !== null ? address.port : port
  url = `http://${host.includes(':') ? `[${host}]` : host}:${boundPort}`
  configureWebhook(account, webhook)
  deliveries.run()
  const due = setInterval(() => doWhatIsDue(account), DUE_EVERY_MS)
  let closing: Promise<void> | undefined
  const close = async (): Promise<void> => {
    clearInterval(due)
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await Promise.all([closed, deliveries.close()])
    database.close()
  }
  return {
    url,
    port: boundPort,
    close: () => {
      closing ??= close()
      return closing
    },
  }
}

function doWhatIsDue(account: Account): void {
  try {
    runAccountDue(account)
    reportInvalidMeterEvents(account)
  } catch (error) {
    console.error('stripe-sandbox: what is due failed, and will be tried again:', error)
  }
}
