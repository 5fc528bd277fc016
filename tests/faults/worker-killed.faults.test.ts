/**
 * The Worker is killed as by a power cut, in the middle of creates and signaling, and started again on
 * what its disk holds. What was answered is true; what was not is made whole or given up, within 30 s.
 */
import { once } from 'node:events'
import { mkdirSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { type CreateCallAnswer, type ServerFrame, serverFrameSchema } from '@radist-tech/protocol'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { buildDashboard } from '../../scripts/stack/dashboard.ts'
import { Database } from '../../scripts/stack/database.ts'
import { requireFreePorts } from '../../scripts/stack/ports.ts'
import { loadSecrets } from '../../scripts/stack/secrets.ts'
import { seedSql } from '../../scripts/stack/seed.ts'
import type { Service } from '../../scripts/stack/service.ts'
import { executeSql, workerService } from '../../scripts/stack/worker.ts'
import { readToolchain } from '../../scripts/toolchain.ts'
import { createCall, listCalls, type Project } from '../e2e/rest.ts'

const port = Number(process.env.RADIST_FAULTS_TEST_PORT ?? 29_787)
const stateDir = join(import.meta.dirname, '..', 'artifacts', 'faults')
/** Of a new project. */
const LIMIT = 100

let worker: Service
let project: Project & { publicKey: string }

beforeAll(async () => {
  rmSync(stateDir, { recursive: true, force: true })
  mkdirSync(join(stateDir, 'logs'), { recursive: true })
  await requireFreePorts([
    { port, purpose: 'the Worker', udp: false },
    { port: port + 1, purpose: "the Worker's inspector", udp: false },
  ])
  const { node } = readToolchain()
  const secrets = loadSecrets(stateDir)
  await buildDashboard(join(stateDir, 'logs', 'dashboard.log'))
  await new Database(node, stateDir).migrate()
  await executeSql(node, stateDir, seedSql(secrets, '', Date.now()), join(stateDir, 'logs', 'seed.log'))
  worker = workerService({
    node,
    stateDir,
    port,
    inspectorPort: port + 1,
    variables: {
      RADIST_ENVIRONMENT: 'development',
      RADIST_SIGNING_KEYS: secrets.signingKeys,
      RADIST_FLEET_SECRET: secrets.fleetSecret,
      RADIST_AUTH_SECRET: secrets.authSecret,
      STRIPE_SECRET_KEY: secrets.stripeSandboxKey,
      STRIPE_API_BASE_URL: 'http://127.0.0.1:9',
    },
    log: join(stateDir, 'logs', 'worker.log'),
    restart: false,
    report: console.log,
  })
  await worker.start()
  const { projectId, secretKey, publicKey } = secrets
  project = { apiBaseUrl: `http://127.0.0.1:${port}`, projectId, secretKey, publicKey }
})
afterAll(() => worker?.stop())

type FrameOf<T extends ServerFrame['type']> = Extract<ServerFrame, { type: T }>

/** A peer's end of the call over as many sockets as it takes. */
class Peer {
  readonly taken: number[] = []
  readonly offers: string[] = []
  #connected: FrameOf<'connected'> | null = null
  #socket: WebSocket | null = null
  #heard = () => {}

  /** Resolves with the frame `connected`. */
  async open(query: Record<string, string>): Promise<FrameOf<'connected'>> {
    const parameters = new URLSearchParams({ publicKey: project.publicKey, ...query })
    const socket = new WebSocket(`ws://127.0.0.1:${port}/api/v1/p2p/signaling/ws?${parameters}`)
    this.#socket = socket
    return new Promise((resolve, reject) => {
      socket.addEventListener('close', ({ code, reason }) => reject(new Error(`closed: ${code} ${reason}`)))
      socket.addEventListener('message', ({ data }) => {
        const frame = serverFrameSchema.parse(JSON.parse(String(data)))
        if ('seq' in frame) this.taken.push(frame.seq)
        if (frame.type === 'offer') this.offers.push(frame.sdp)
        if (frame.type === 'connected') {
          this.#connected = frame
          resolve(frame)
        }
        this.#heard()
      })
    })
  }

  reopen(): Promise<FrameOf<'connected'>> {
    if (!this.#connected) throw new Error('was never connected')
    const { peerId, reconnectToken, call } = this.#connected
    const lastSeq = String(this.taken.at(-1) ?? 0)
    return this.open({ callId: call.callId, peerId, reconnectToken, lastSeq })
  }

  offer(sdp: string): void {
    this.#socket?.send(JSON.stringify({ type: 'offer', sdp }))
  }

  /** Resolves once this offer has come. */
  async hasOffer(sdp: string): Promise<void> {
    while (!this.offers.includes(sdp))
      await new Promise<void>((resolve) => {
        this.#heard = resolve
      })
  }
}

it('requests that are cut off on their way cost the stack nothing else', async () => {
  for (let i = 0; i < 20; i += 1) await cutOff()
  expect((await createCall(project)).callId).toBeTruthy()
})

/** Sends the beginning of a request's body, and hangs up once the Worker has had time to read it. */
async function cutOff(): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  const head = [
    'POST /api/auth/sign-in/email HTTP/1.1',
    `Host: 127.0.0.1:${port}`,
    `Origin: http://127.0.0.1:${port}`,
  ]
  const body = ['Content-Type: application/json', 'Content-Length: 1000', '', '{"email"']
  socket.write([...head, ...body].join('\r\n'))
  await after(100)
  socket.destroy()
  await once(socket, 'close')
}

it('keeps what it answered, loses no frame, and its counts and its list agree', async () => {
  const { callTokens } = await createCall(project)
  const [host, guest] = [new Peer(), new Peer()]
  await host.open({ callToken: callTokens[0] })
  await guest.open({ callToken: callTokens[1] })
  for (let i = 0; i < 20; i++) host.offer(String(i))
  await guest.hasOffer('10')

  // Some creates are answered, some are on their way, when it is killed.
  const answered: CreateCallAnswer[] = []
  const { promise: enough, resolve } = Promise.withResolvers<void>()
  const lanes = Array.from({ length: 8 }, async () => {
    for (;;) {
      answered.push(await createCall(project))
      if (answered.length === 20) resolve()
    }
  })
  const settled = Promise.allSettled(lanes)
  await enough
  for (let i = 20; i < 40; i++) host.offer(String(i))
  await worker.kill()
  await settled
  await worker.start()

  await guest.reopen()
  await host.reopen()
  host.offer('after')
  await guest.hasOffer('after')
  expect(guest.taken).toEqual(guest.taken.map((_, i) => i + 1))
  // What the Worker had not stored when it died is lost with the sender's socket; of the rest, nothing.
  const relayed = guest.offers.slice(0, -1)
  expect(relayed).toEqual(relayed.map((_, i) => String(i)))
  expect(relayed.length).toBeGreaterThan(10)

  for (const { callTokens: tokens } of answered.slice(0, 3)) {
    await new Peer().open({ callToken: tokens[0] })
    await expect(new Peer().open({ callToken: tokens[0] })).rejects.toThrow('closed: 4401')
  }

  // Places of creates that died half-way are given up after 30 s, and their numbers are listed.
  const list = () => listCalls(project, '?limit=100')
  await expect
    .poll(
      async () => {
        const { calls, total } = await list()
        return total - calls.length
      },
      { timeout: 60_000, interval: 500 },
    )
    .toBe(0)
  const { calls } = await list()
  expect(new Set(calls.map((call) => call.callId)).size).toBe(calls.length)
  const open = new Set(calls.filter((call) => call.tombstonedAt === null).map((call) => call.callId))
  for (const { callId } of answered) expect(open).toContain(callId)

  let made = 0
  while (made <= LIMIT) {
    const outcome = await createCall(project).catch((error: Error) => error.message)
    if (typeof outcome === 'string') {
      expect(outcome).toContain('429')
      break
    }
    made += 1
  }
  expect(made + open.size).toBe(LIMIT)
})
