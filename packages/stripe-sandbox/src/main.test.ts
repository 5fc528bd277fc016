import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { SECRET_KEY, startedSandbox, temporaryFile } from './testing/started-sandbox.ts'
import { verified, webhookReceiver } from './testing/webhook-receiver.ts'

const MAIN = new URL('./main.ts', import.meta.url).pathname

function start(environment: Record<string, string>) {
  const child = spawn(process.execPath, [MAIN], { env: { PATH: process.env.PATH, ...environment } })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  return child
}

test.each(['SIGTERM', 'SIGINT'] as const)('it says where it is, and stops on %s', async (signal) => {
  const child = start({ STRIPE_SANDBOX_PORT: '0' })
  const [line] = await once(child.stdout, 'data')
  const url = String(line).match(/http:\S+/)?.[0] ?? ''
  expect(await (await fetch(`${url}/health`)).json()).toEqual({ ok: true })
  const exited = once(child, 'exit')
  child.kill(signal)
  expect(await exited).toEqual([0, null])
})

test('a wrong setting is one line that names it, and exit code 1', async () => {
  const child = start({ STRIPE_SANDBOX_PORT: 'x' })
  const [[code], stderr] = await Promise.all([once(child, 'exit'), text(child.stderr)])
  expect(code).toBe(1)
  expect(stderr).toMatch(/^stripe-sandbox: STRIPE_SANDBOX_PORT: [^\n]+\n$/)
})

test('so is a port that is taken, and a data file that cannot be', async () => {
  const { sandbox } = await startedSandbox()
  const taken = start({ STRIPE_SANDBOX_PORT: String(sandbox.port) })
  expect(await text(taken.stderr)).toBe(`stripe-sandbox: STRIPE_SANDBOX_PORT: ${sandbox.port} is taken\n`)
  const noFile = start({ STRIPE_SANDBOX_PORT: '0', STRIPE_SANDBOX_DATA_FILE: '/dev/null/x/y' })
  expect(await text(noFile.stderr)).toMatch(/^stripe-sandbox: STRIPE_SANDBOX_DATA_FILE: [^\n]+\n$/)
})

test('the endpoint of the settings is told what happens, also when the sandbox was killed before', async () => {
  const hanging = await webhookReceiver(() => {})
  const receiver = await webhookReceiver()
  const secret = 'whsec_0123456789abcdef'
  const dataFile = temporaryFile()
  const settings = (url: string) => ({
    STRIPE_SANDBOX_PORT: '0',
    STRIPE_SANDBOX_DATA_FILE: dataFile,
    STRIPE_SANDBOX_WEBHOOK_URL: url,
    STRIPE_SANDBOX_WEBHOOK_SECRET: secret,
  })
  const child = start(settings(hanging.url))
  const [line] = await once(child.stdout, 'data')
  const url = String(line).match(/http:\S+/)?.[0] ?? ''
  await fetch(`${url}/v1/customers`, { method: 'POST', headers: { authorization: `Bearer ${SECRET_KEY}` } })
  await hanging.of('customer.created')
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited

  start(settings(receiver.url))
  const [delivery] = await receiver.of('customer.created')
  if (!delivery) throw new Error('not received')
  expect(await verified(delivery, secret)).toMatchObject({ object: 'event', type: 'customer.created' })
})
