/** One stack for all end-to-end tests: two SFU hosts, short windows, a TURN server and a second project. */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { Database } from '../../scripts/stack/database.ts'
import { loadSecrets, type StackSecrets } from '../../scripts/stack/secrets.ts'
import { seedSql } from '../../scripts/stack/seed.ts'
import { type StackInfo, startStack } from '../../scripts/stack/stack.ts'
import { executeSql } from '../../scripts/stack/worker.ts'
import { readToolchain } from '../../scripts/toolchain.ts'
import { startCoturn, TURN_SECRET } from './coturn.ts'
import { createCall, mintCallToken } from './rest.ts'

declare module 'vitest' {
  interface ProvidedContext {
    stack: StackInfo
    /** A project whose credentials must be worth nothing in the stack's demo project. */
    otherProject: Pick<StackSecrets, 'projectId' | 'publicKey' | 'secretKey'>
    /** The control plane's signing keys, for tokens that only time or another key makes worthless. */
    signingKeys: string
    stripeSandboxKey: string
    graceSeconds: number
    chromium: string
    /** A call token of the shortest life there is, made at the start so that other tests use the time. */
    shortLivedCallToken: { readonly token: string; readonly expiresAt: number }
  }
}

/** Away from the default ports, so that the tests run beside an `npm start`. */
const port = Number(process.env.RADIST_TEST_PORT ?? 28_787)
/** Between the stack's signaling and media ports. */
const turnPort = port + 20
const stateDir = join(import.meta.dirname, '..', 'artifacts', 'e2e')
const graceSeconds = 5

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { node, chromium, turnserver } = readToolchain()
  if (!chromium || !turnserver)
    throw new Error('Chromium or coturn is not set up: run `npm run setup -- --tests`.')

  rmSync(stateDir, { recursive: true, force: true })
  mkdirSync(join(stateDir, 'logs'), { recursive: true })
  const secrets = loadSecrets(stateDir)
  const otherSecrets = loadSecrets(mkdir(join(stateDir, 'other-project')))
  await new Database(node, stateDir).migrate()
  await executeSql(node, stateDir, seedSql(otherSecrets, '', Date.now()), join(stateDir, 'logs', 'seed.log'))

  const report = (line: string) => console.log(line)
  const folder = mkdir(join(stateDir, 'coturn'))
  const turn = await startCoturn({ turnserver, port: turnPort, folder, report })
  const stack = await startStack({
    port,
    stateDir,
    sfuHosts: 2,
    workersPerHost: 1,
    workerEnv: {
      RADIST_METER_WINDOW_SECONDS: '2',
      RADIST_PEER_GRACE_SECONDS: String(graceSeconds),
      RADIST_TURN_PROVIDER: 'shared-secret',
      RADIST_TURN_URLS: `turn:127.0.0.1:${turnPort}`,
      RADIST_TURN_SECRET: TURN_SECRET,
    },
    sfuEnv: { RADIST_SFU_USAGE_INTERVAL_SECONDS: '1' },
    restart: false,
    report,
  }).catch(async (error) => {
    await turn.stop()
    throw error
  })
  project.provide('stack', stack.info)
  project.provide('otherProject', otherSecrets)
  project.provide('signingKeys', secrets.signingKeys)
  project.provide('stripeSandboxKey', secrets.stripeSandboxKey)
  project.provide('graceSeconds', graceSeconds)
  project.provide('chromium', chromium)
  project.provide('shortLivedCallToken', await mintShortLivedToken(stack.info))
  return async () => {
    await stack.close()
    await turn.stop()
  }
}

async function mintShortLivedToken(stack: StackInfo): Promise<{ token: string; expiresAt: number }> {
  const { callId } = await createCall(stack)
  const tokenTtlSeconds = 60
  const token = await mintCallToken(stack, callId, { tokenTtlSeconds })
  return { token, expiresAt: Date.now() + tokenTtlSeconds * 1000 }
}

function mkdir(path: string): string {
  mkdirSync(path, { recursive: true })
  return path
}
