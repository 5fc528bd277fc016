import { Command, InvalidArgumentError, Option } from 'commander'
import { benchBilling, benchP2p, benchSfu } from './bench.ts'
import { billingFaults } from './billing-faults.ts'
import { fuzz } from './fuzz.ts'
import { histories } from './histories.ts'
import { setUp } from './setup/setup.ts'
import { start } from './stack/start.ts'
import { stripeSetup } from './stripe-setup.ts'
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
    .command('stripe:setup')
    .description('make the meter, the product, the price and the webhook endpoint in your Stripe account')
    .option('--url <address>', "the Worker's address: makes the webhook endpoint too")
    .action(stripeSetup)

  program
    .command('test')
    .description('run the checks, stage by stage, up to the first that fails')
    .argument('[stages...]', 'only these stages, in their own order')
    .option('--list', 'list the stages', false)
    .action(test)

  program
    .command('bench:p2p')
    .description('measure the P2P control plane beside a Worker that does the least possible')
    .option('--rounds <number>', 'how often each side is measured', positiveInteger, 9)
    .option('--seconds <number>', 'how long a side is measured at a time', positiveInteger, 1)
    .addOption(new Option('--only <part>', 'one part').choices(['create', 'relay', 'list', 'join']))
    .option(
      '--state-dir <folder>',
      'where data is kept meanwhile (default: in memory where that is possible)',
    )
    .action(benchP2p)

  program
    .command('bench:billing')
    .description('measure what metering and the ledger cost')
    .option('--rounds <number>', 'how often each side is measured', positiveInteger, 3)
    .option('--seconds <number>', 'how long reading is measured at a time', positiveInteger, 1)
    .addOption(new Option('--only <part>', 'one part').choices(['metering', 'ingest', 'reading']))
    .option('--state-dir <path>', 'where the Workers keep their data while it runs')
    .action(benchBilling)

  program
    .command('bench:sfu')
    .description('measure an SFU host beside a protoo-server, bare mediasoup and Janus')
    .option('--rounds <number>', 'how often each side is measured', positiveInteger, 3)
    .option('--seconds <number>', 'how long forwarding is measured at a time', positiveInteger, 3)
    .addOption(
      new Option('--only <part>', 'one part').choices(['signaling', 'forwarding', 'room', 'dynacast']),
    )
    .action(benchSfu)

  program
    .command('test:histories')
    .description(
      "let generated histories happen to a call's rules, on all cores, up to the first that breaks one",
    )
    .option('--runs <number>', 'how many histories', '100000')
    .option('--seed <number>', 'where they are drawn from: the same seed gives the same histories')
    .action(histories)

  program
    .command('test:fuzz')
    .description('attack an SFU host with generated frames, then look whether all is as it was')
    .option('--frames <number>', 'how many are sent at least', '100000')
    .option('--seed <number>', 'brings the same frames again (default: another one each time)')
    .action(fuzz)

  program
    .command('test:billing-faults')
    .description('kill hosts and the Worker, disturb all that is between them and Stripe, and check the bill')
    .option('--schedules <number>', 'how many generated schedules', '1000')
    .option(
      '--seed <number>',
      "the first schedule's seed; the others follow (default: another one each time)",
    )
    .option('--together <number>', 'how many at once, on one Worker', '50')
    .action(billingFaults)

  await program.parseAsync(args, { from: 'user' })
}

function positiveInteger(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text))
    throw new InvalidArgumentError('It has to be a whole number from 1 to 9999.')
  return Number(text)
}
