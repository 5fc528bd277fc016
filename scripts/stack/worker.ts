/** The Worker under `wrangler dev`, and the commands on its local database. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseConfig } from '../../apps/api/src/config.ts'
import { repositoryRoot } from '../paths.ts'
import { runCommand } from '../process/command.ts'
import { SetupFailure } from '../setup/failure.ts'
import { envFile } from './env-file.ts'
import { frugalEnv, frugalNode } from './frugal.ts'
import { writePrivate } from './secrets.ts'
import { answers, Service, type ServiceOptions } from './service.ts'

/** wrangler's command, for what is done to the database. */
const wrangler = join(repositoryRoot, 'node_modules', 'wrangler', 'wrangler-dist', 'cli.js')

/**
 * wrangler is used to a developer's machine having memory to spare; this holds it back. The GO variables are
 * for esbuild, which at a limit of 64 MiB collects garbage without end: 43 % of a core while nothing changes.
 */
const frugalWrangler = ['--max-old-space-size=256']
const frugalEsbuild = { GOGC: '25', GOMEMLIMIT: '128MiB' }

/** Offline and without questions. */
const quiet = {
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_SEND_ERROR_REPORTS: 'false',
  WRANGLER_HIDE_BANNER: 'true',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  CI: '1',
}
const wranglerEnv = (): NodeJS.ProcessEnv => ({ ...process.env, ...quiet, ...frugalEnv, ...frugalEsbuild })

const persistTo = (stateDir: string): string => join(stateDir, 'wrangler')

export type WorkerOptions = Pick<ServiceOptions, 'log' | 'restart' | 'report'> & {
  readonly node: string
  readonly stateDir: string
  readonly port: number
  readonly inspectorPort: number
  readonly variables: Readonly<Record<string, string>>
}

/** Throws a {@link SetupFailure} that names the wrong variable: the Worker itself could only log it. */
export function workerService({
  node,
  stateDir,
  port,
  inspectorPort,
  variables,
  ...rest
}: WorkerOptions): Service {
  const checked = parseConfig(variables)
  if (!checked.ok) throw new SetupFailure(`Wrong configuration: ${checked.faults.join('; ')}`)
  // In a file, since every process of the machine can read a command line.
  const variablesFile = join(stateDir, 'worker.env')
  writePrivate(variablesFile, envFile(variables))
  return new Service({
    ...rest,
    name: 'the Worker',
    command: node,
    args: [
      ...frugalNode,
      ...frugalWrangler,
      join(import.meta.dirname, 'dev-worker.ts'),
      ...['--config', join(repositoryRoot, 'wrangler.toml')],
      ...['--port', String(port), '--inspector-port', String(inspectorPort)],
      ...['--persist-to', persistTo(stateDir), '--env-file', variablesFile],
    ],
    cwd: repositoryRoot,
    env: wranglerEnv(),
    probe: answers(`http://127.0.0.1:${port}/health`),
    startLimitSeconds: 60,
    graceSeconds: 5,
  })
}

export async function applyMigrations(node: string, stateDir: string, log: string): Promise<void> {
  const args = [wrangler, 'd1', 'migrations', 'apply', 'DB', '--local', '--persist-to', persistTo(stateDir)]
  await runCommand(node, args, { cwd: repositoryRoot, env: wranglerEnv(), log })
}

export async function executeSql(node: string, stateDir: string, sql: string, log: string): Promise<void> {
  const file = join(stateDir, 'seed.sql')
  writeFileSync(file, sql, { mode: 0o600 })
  const args = [
    wrangler,
    'd1',
    'execute',
    'DB',
    '--local',
    '--yes',
    '--persist-to',
    persistTo(stateDir),
    '--file',
    file,
  ]
  await runCommand(node, args, { cwd: repositoryRoot, env: wranglerEnv(), log })
}
