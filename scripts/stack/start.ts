/** `npm start`: sets up, starts the stack, says where to look, and runs until it is told to stop. */
import { globSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { stoppingIsSuccess } from '../process/lifetime.ts'
import { formatDuration, step } from '../setup/progress.ts'
import { setUp } from '../setup/setup.ts'
import { type CommandLine, readStackOptions } from './options.ts'
import { type Stack, startStack } from './stack.ts'

/** All that the stack keeps; `toolchain.json` and the built dashboard, beside it, are not data. */
const dataEntries = [
  'secrets.json',
  'database.json',
  'dev.json',
  'wrangler',
  'seed.sql',
  'worker.env',
  'logs',
]

export async function start({ reset, ...commandLine }: CommandLine & { reset: boolean }): Promise<void> {
  const since = performance.now()
  const options = readStackOptions(commandLine, process.env)
  await setUp({ tests: false })
  if (reset) forgetData(options.stateDir)
  stoppingIsSuccess()
  const stack = await step('Starting', () =>
    startStack({ ...options, restart: true, report: (line) => console.log(line) }),
  )
  console.log(describe(stack, performance.now() - since))
}

function forgetData(stateDir: string): void {
  const names = globSync([...dataEntries, 'stripe-sandbox.sqlite*', 'sfu-*'], { cwd: stateDir })
  for (const name of names) rmSync(join(stateDir, name), { recursive: true, force: true })
}

function describe({ info, logDir }: Stack, ms: number): string {
  const rows = [
    ['Dashboard', info.dashboardUrl],
    ['Sign in', `${info.user.email}, password ${info.user.password}`],
    ['Playground', `${info.dashboardUrl}playground`],
    ['Project', info.projectId],
    ['Public key', info.publicKey],
    ['Secret key', info.secretKey],
    ['Stripe', info.stripeSandboxUrl ? `${info.stripeSandboxUrl} (sandbox)` : 'as STRIPE_SECRET_KEY says'],
    ['Logs', logDir],
  ]
  const table = rows.map(([name, value]) => `  ${name?.padEnd(12)}${value}`).join('\n')
  return `\nRadist is up (${formatDuration(ms)}).\n\n${table}\n\nStop it with Ctrl-C.`
}
