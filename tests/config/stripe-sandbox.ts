/** The Stripe sandbox, for Worker tests that go through it: over HTTP, with a clock of its own. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { startSandbox } from '@radist-tech/stripe-sandbox'
import type { TestProject } from 'vitest/node'
import type { DeliveredWebhook } from '../../apps/api/src/testing/provided-context.ts'

export default async function start(project: TestProject): Promise<() => Promise<void>> {
  const inbox = await startInbox()
  const sandbox = await startSandbox({
    host: '127.0.0.1',
    port: 0,
    dataFile: ':memory:',
    webhook: { url: inbox.url, secret: 'whsec_of_the_worker_tests_only' },
  })
  project.provide('stripeSandbox', { url: sandbox.url, inboxUrl: inbox.url })
  return async () => {
    await sandbox.close()
    inbox.close()
  }
}

/** Keeps the webhooks that are posted to it, as nobody inside workerd can listen; a GET reads them. */
async function startInbox(): Promise<{ url: string; close: () => void }> {
  const delivered: DeliveredWebhook[] = []
  const server = createServer(async (request, response) => {
    if (request.method === 'POST') {
      const signature = `${request.headers['stripe-signature']}`
      delivered.push({ body: await text(request), signature })
    }
    response.end(JSON.stringify(delivered))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The inbox has no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
