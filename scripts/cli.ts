import { Command } from 'commander'
import { setUp } from './setup/setup.ts'
import { start } from './stack/start.ts'
import { test } from './test.ts'

/** Runs one of the project's commands; see docs/development.md. */
export async function runCommandLine(args: readonly string[]): Promise<void> {
  const program = new Command('radist').description(
    'Radist: set up, run and test the whole product on this machine',
  )

  program
    .command('setup')
    .description('set up what start and test need, without starting anything')
    .option('--tests', 'also what only the tests need (Chromium, coturn)', false)
    .action(async ({ tests }: { tests: boolean }) => {
      const { origins } = await setUp({ tests })
      console.log(
        `Setup is complete (mediasoup worker: ${origins.mediasoupWorker}, SFU's Node: ${origins.sfuNode}).`,
      )
    })

  program
    .command('start')
    .description('run the whole product on this machine until Ctrl-C')
    .option('--port <number>', 'base port, from which all ports are counted (or RADIST_PORT; default 8787)')
    .option('--sfu-hosts <number>', 'how many SFU hosts to run (default 1)')
    .option('--state-dir <folder>', 'where data, secrets and logs are kept (default .radist)')
    .option('--reset', 'forget all data, keys and secrets of earlier runs first', false)
    .action(start)

  program
    .command('test')
    .description('run the checks, stage by stage, up to the first that fails')
    .argument('[stages...]', 'only these stages, in their own order')
    .option('--list', 'list the stages', false)
    .action(test)

  await program.parseAsync(args, { from: 'user' })
}
