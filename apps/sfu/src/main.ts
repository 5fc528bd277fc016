/** `node apps/sfu/src/main.ts`: runs an SFU host until SIGTERM or SIGINT; SIGUSR2 drains it, SIGHUP renews its certificate. */
import { ConfigurationError, readConfig } from './config.ts'
import { describeError } from './logger.ts'

try {
  const config = readConfig(process.env)
  // Loaded after the configuration was checked: its native parts may not load on this machine.
  const { startHost } = await import('./host.ts')
  const host = await startHost(config)
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void host.close())
  process.on('SIGUSR2', () => void host.drain())
  process.on('SIGHUP', () => void host.reload())
} catch (error) {
  // One line for people: configuration and surroundings are what goes wrong here.
  const reason =
    error instanceof ConfigurationError ? error.message : `The SFU host cannot start: ${describeError(error)}`
  process.stderr.write(`${reason.replaceAll('\n', ' ')}\n`)
  process.exitCode = 1
}
