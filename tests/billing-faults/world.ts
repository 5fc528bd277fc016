/** What all schedules of a batch share: one Worker with its storage, and one Stripe sandbox. */
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import {
  enrolAnswerSchema,
  HOSTS_PATH,
  METER_EVENT_NAME,
  newBootId,
  USAGE_PATH,
  type UsageRecord,
  usageAnswerSchema,
} from '@radist-tech/protocol'
import { type AcceptedMeterEvent, type Sandbox, startSandbox } from '@radist-tech/stripe-sandbox'
import Stripe from 'stripe'
import { ControlPlane } from '../../apps/sfu/src/control-plane/control-plane.ts'
import { type Identity, loadIdentity } from '../../apps/sfu/src/identity.ts'
import { repositoryRoot } from '../../scripts/paths.ts'
import { type Bundle, ServedWorker } from '../bench/p2p/served-worker.ts'
import { type Ledger, readLedgers } from './ledger-files.ts'
import { StripeWire } from './stripe-wire.ts'

const migrations = join(repositoryRoot, 'drizzle', 'migrations')
const STRIPE_KEY = 'sk_test_faults'
/** The shortest: a schedule has several. */
const WINDOW_SECONDS = '1'
const TIMEOUT_MS = 5000
const LOOK_MS = 500

export class World {
  readonly fleetSecret = randomUUID()
  readonly stripeWire: StripeWire
  workerDeaths = 0
  readonly #folder: string
  readonly #sandbox: Sandbox
  readonly #stripe: Stripe
  #worker: ServedWorker | null = null
  #rising: Promise<void> | null = null
  #another: Identity | null = null

  /** @param folder for all its data; made anew, and removed at the end */
  static async start(bundle: Bundle, folder: string): Promise<World> {
    mkdirSync(folder, { recursive: true })
    const sandbox = await startSandbox({ host: '127.0.0.1', port: 0, dataFile: ':memory:' })
    let killWorker = () => {}
    const wire = await StripeWire.open({ sandboxUrl: sandbox.url, killWorker: () => killWorker() })
    const world = new World(folder, sandbox, wire)
    killWorker = () => world.killWorker()
    await world.#begin(bundle)
    return world
  }

  private constructor(folder: string, sandbox: Sandbox, stripeWire: StripeWire) {
    this.#folder = folder
    this.#sandbox = sandbox
    this.stripeWire = stripeWire
    this.#stripe = new Stripe(STRIPE_KEY, {
      host: '127.0.0.1',
      port: sandbox.port,
      protocol: 'http',
      telemetry: false,
    })
  }

  /** A project and the customer who pays for it. */
  async addProject(projectId: string): Promise<string> {
    const { id } = await this.#stripe.customers.create({ name: projectId })
    const worker = this.#running
    await worker.database(
      'INSERT INTO billing_accounts (id, name, stripe_customer_id, created_at) VALUES (?, ?, ?, 0)',
      ...[projectId, 'Faults', id],
    )
    await worker.database(
      'INSERT INTO projects (id, name, billing_account_id, created_at) VALUES (?, ?, ?, 0)',
      ...[projectId, 'Faults', projectId],
    )
    return id
  }

  readonly workerOrigin = (): string => this.#running.origin

  /** Kills the Worker; it comes back by itself. Does nothing while it is down. */
  readonly killWorker = (): void => {
    if (this.#rising) return
    this.workerDeaths += 1
    this.#rising = this.#running.crash().finally(() => {
      this.#rising = null
    })
  }

  /** Sends records in the name of a host that has nothing to do with them. */
  async sendAsAnother(records: UsageRecord[]): Promise<void> {
    await this.#anotherControlPlane().post(USAGE_PATH, { records }, usageAnswerSchema)
  }

  /** What Stripe took of this customer. */
  async meterEvents(customer: string): Promise<AcceptedMeterEvent[]> {
    const answer = await fetch(`${this.#sandbox.url}/_sandbox/meter_events?customer=${customer}`)
    const { data } = (await answer.json()) as { data: AcceptedMeterEvent[] }
    return data
  }

  /**
   * Waits until every window's fate is known to the Worker, which may be later than Stripe knows it: an
   * answer was lost. Looks at copies of what the running Worker has on its disk.
   */
  async allWindowsSettled(limitMs: number): Promise<void> {
    const until = performance.now() + limitMs
    while (!this.#copyIsSettled() && performance.now() < until) await after(LOOK_MS)
  }

  #copyIsSettled(): boolean {
    const copy = join(this.#folder, 'copy')
    try {
      cpSync(this.#stateDir, copy, { recursive: true, filter: (file) => !file.endsWith('-shm') })
      const windows = [...readLedgers(copy).values()].flatMap((ledger) => ledger.windows)
      return windows.every(({ state }) => state === 'delivered' || state === 'refused')
    } catch {
      // A file was being written, or went away, while it was copied.
      return false
    } finally {
      rmSync(copy, { recursive: true, force: true })
    }
  }

  /** Ends the Worker for good and reads what its disk holds: the ledgers by project. */
  async ledgers(): Promise<Map<string, Ledger>> {
    await this.#rising
    await this.#running.close()
    return readLedgers(this.#stateDir)
  }

  async close(): Promise<void> {
    await this.#rising
    await this.#worker?.close()
    await this.stripeWire.close()
    await this.#sandbox.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  get #running(): ServedWorker {
    if (!this.#worker) throw new Error('the Worker has not been started')
    return this.#worker
  }

  get #stateDir(): string {
    return join(this.#folder, 'worker')
  }

  async #begin(bundle: Bundle): Promise<void> {
    this.#worker = await ServedWorker.start({
      bundle,
      stateDir: this.#stateDir,
      bindings: {
        RADIST_ENVIRONMENT: 'development',
        RADIST_FLEET_SECRET: this.fleetSecret,
        RADIST_AUTH_SECRET: randomUUID(),
        RADIST_SIGNING_KEYS: JSON.stringify([newSigningKey()]),
        RADIST_METER_WINDOW_SECONDS: WINDOW_SECONDS,
        STRIPE_SECRET_KEY: STRIPE_KEY,
        STRIPE_API_BASE_URL: this.stripeWire.url,
      },
    })
    const files = (await readdir(migrations)).filter((file) => file.endsWith('.sql')).sort()
    for (const file of files)
      for (const query of (await readFile(join(migrations, file), 'utf8')).split('--> statement-breakpoint'))
        await this.#worker.database(query)
    await this.#stripe.billing.meters.create({
      display_name: 'Participant seconds',
      event_name: METER_EVENT_NAME,
      default_aggregation: { formula: 'sum' },
      customer_mapping: { type: 'by_id', event_payload_key: 'stripe_customer_id' },
      value_settings: { event_payload_key: 'value' },
    })
    await this.#enrolAnother()
  }

  async #enrolAnother(): Promise<void> {
    const folder = join(this.#folder, 'another')
    mkdirSync(folder)
    this.#another = await loadIdentity(folder)
    const body = {
      publicKey: this.#another.publicKey,
      region: 'default',
      bootId: newBootId(),
      signalingUrl: 'ws://127.0.0.1:9',
      controlUrl: 'http://127.0.0.1:9',
      workers: 1,
      maxParticipants: 1,
      version: 'test',
    }
    await this.#anotherControlPlane().post(HOSTS_PATH, body, enrolAnswerSchema, this.fleetSecret)
  }

  #anotherControlPlane(): ControlPlane {
    if (!this.#another) throw new Error('the other host has no identity yet')
    const { hostId, privateKey } = this.#another
    return new ControlPlane(this.workerOrigin(), { issuer: hostId, privateKey }, TIMEOUT_MS)
  }
}

const newSigningKey = () => ({
  ...generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }),
  kid: 'faults',
})
