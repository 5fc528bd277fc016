/** A coturn of the tests' own on loopback, which takes credentials that the shared secret signs. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { writePrivate } from '../../scripts/stack/secrets.ts'
import { Service } from '../../scripts/stack/service.ts'

export const TURN_SECRET = 'shared-secret-of-the-end-to-end-tests'

/** One relay port for each allocation, of which a browser makes one or two for each peer. */
const RELAY_PORTS = 60

export interface CoturnOptions {
  /** The path of `turnserver`. */
  turnserver: string
  /** For STUN and TURN, UDP and TCP; the relay ports follow it. */
  port: number
  /** Where its configuration, its database and its log are written. */
  folder: string
  report: (line: string) => void
}

/** Resolves when it answers. */
export async function startCoturn({ turnserver, port, folder, report }: CoturnOptions): Promise<Service> {
  const configuration = join(folder, 'turnserver.conf')
  const lines = [
    'listening-ip=127.0.0.1',
    `listening-port=${port}`,
    'relay-ip=127.0.0.1',
    `min-port=${port + 1}`,
    `max-port=${port + RELAY_PORTS}`,
    'use-auth-secret',
    `static-auth-secret=${TURN_SECRET}`,
    'realm=radist.test',
    'no-tls',
    'no-dtls',
    // Both ends of each call are on this machine. coturn allows that only without its telnet console.
    'allow-loopback-peers',
    'no-cli',
    `userdb=${join(folder, 'turndb')}`,
    `pidfile=${join(folder, 'turnserver.pid')}`,
    'log-file=stdout',
  ]
  writePrivate(configuration, `${lines.join('\n')}\n`)
  const service = new Service({
    name: 'coturn',
    command: turnserver,
    args: ['-c', configuration],
    cwd: folder,
    env: process.env,
    log: join(folder, 'coturn.log'),
    probe: () => takesConnections(port),
    startLimitSeconds: 30,
    graceSeconds: 5,
    restart: false,
    report,
  })
  await service.start()
  return service
}

async function takesConnections(port: number): Promise<string | null> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return null
  } catch {
    return `port ${port} takes no connections`
  } finally {
    socket.destroy()
  }
}
