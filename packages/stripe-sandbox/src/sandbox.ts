import { once } from 'node:events'
import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import type { Account } from './account.ts'
import { createApplication } from './application.ts'
import { openDatabase } from './database.ts'
import { Faults } from './faults.ts'

export interface SandboxOptions {
  /** The address to listen on, such as `127.0.0.1`. */
  host: string
  /** 0 takes any free port. */
  port: number
  /** Where to keep what is sent; `:memory:` forgets it at `close`. */
  dataFile: string
  /** Milliseconds since the Unix epoch; the machine's clock when absent. */
  now?: () => number
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
}: SandboxOptions): Promise<Sandbox> {
  const database = openDatabase(dataFile)
  const faults = new Faults()
  let clockOffset = 0
  const account: Account = { database, now: () => now() + clockOffset }
  const application = createApplication({
    account,
    faults,
    setClockOffset: (offsetMs) => {
      clockOffset = offsetMs
    },
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
  let closing: Promise<void> | undefined
  const close = async (): Promise<void> => {
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
    database.close()
  }
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${boundPort}`,
    port: boundPort,
    close: () => {
      closing ??= close()
      return closing
    },
  }
}
