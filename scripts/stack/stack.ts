/** The whole product on this machine, for `npm start` and for the end-to-end tests. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { onStop } from '../process/lifetime.ts'
import { readToolchain, type Toolchain } from '../toolchain.ts'
import { buildDashboard } from './dashboard.ts'
import { Database } from './database.ts'
import type { StackOptions } from './options.ts'
import { planPorts, portUses, requireFreePorts, type StackPorts } from './ports.ts'
import { loadSecrets, type StackSecrets, writePrivate } from './secrets.ts'
import type { Service } from './service.ts'
import { localUrl, planServices, type StackServices, usesSandbox } from './services.ts'

/** Also the contents of `dev.json` in the state folder. */
export type StackInfo = {
  readonly apiBaseUrl: string
  readonly dashboardUrl: string
  readonly projectId: string
  readonly publicKey: string
  readonly secretKey: string
  /** Null when the stack talks to Stripe itself. */
  readonly stripeSandboxUrl: string | null
  readonly sfuHosts: readonly {
    readonly hostId: string
    readonly signalingUrl: string
    readonly pid: number
  }[]
  readonly user: { readonly email: string; readonly password: string }
}

/** Starts everything and resolves when all of it answers; on a failure nothing is left running. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const toolchain = readToolchain()
  const ports = planPorts(options.port, options.sfuHosts)
  await requireFreePorts(portUses(ports, options.workersPerHost, usesSandbox(options)))
  const stack = new Stack(options, toolchain, ports)
  try {
    await stack.start()
    return stack
  } catch (error) {
    await stack.close()
    throw error
  }
}

export class Stack {
  readonly logDir: string
  readonly #options: StackOptions
  readonly #ports: StackPorts
  readonly #secrets: StackSecrets
  readonly #services: StackServices
  readonly #database: Database
  /** Takes {@link Stack.close} back from what ends with this process. */
  readonly #forget: () => void
  #info: StackInfo | undefined
  #closed: Promise<void> | undefined

  constructor(options: StackOptions, toolchain: Toolchain, ports: StackPorts) {
    const { stateDir } = options
    this.#options = options
    this.#ports = ports
    this.logDir = join(stateDir, 'logs')
    mkdirSync(this.logDir, { recursive: true })
    this.#secrets = loadSecrets(stateDir)
    this.#services = planServices(options, toolchain, ports, this.#secrets, () => this.#writeInfo())
    this.#database = new Database(toolchain.node, stateDir)
    this.#forget = onStop(() => this.close())
  }

  get info(): StackInfo {
    if (!this.#info) throw new Error('The stack is not up.')
    return this.#info
  }

  async start(): Promise<void> {
    const { sandbox, worker, hosts, stripe } = this.#services
    await Promise.all([
      sandbox?.start(),
      buildDashboard(join(this.logDir, 'dashboard.log')),
      this.#database.migrate(),
    ])
    this.#requireOpen()
    await this.#database.seed(this.#secrets, stripe)
    this.#requireOpen()
    await worker.start()
    this.#requireOpen()
    await Promise.all(hosts.map(({ service }) => service.start()))
    this.#requireOpen()
    await this.#writeInfo()
  }

  /** A stack closed while it starts must not start more. */
  #requireOpen(): void {
    if (this.#closed) throw new Error('The stack was closed while it started.')
  }

  /** Stops the Worker and starts it again, as a deploy would; its data stays. */
  async restartWorker(): Promise<void> {
    await this.#services.worker.stop()
    await this.#services.worker.start()
  }

  /** Kills an SFU host as a power cut would. It stays dead until {@link Stack.startHost}. */
  async killHost(index: number): Promise<void> {
    await this.#host(index).kill()
  }

  async startHost(index: number): Promise<void> {
    await this.#host(index).start()
    await this.#writeInfo()
  }

  /** Stops everything. May be called more than once. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    this.#forget()
    const { sandbox, worker, hosts } = this.#services
    // Hosts first: they hand their last usage to the Worker, which hands it to Stripe.
    await Promise.all(hosts.map(({ service }) => service.stop()))
    await worker.stop()
    await sandbox?.stop()
  }

  #host(index: number): Service {
    const host = this.#services.hosts[index]
    if (!host) throw new RangeError(`There is no SFU host ${index}.`)
    return host.service
  }

  /** Again when a host comes back, as its process id is another then. */
  async #writeInfo(): Promise<void> {
    const { projectId, publicKey, secretKey, user } = this.#secrets
    const base = `http://localhost:${this.#ports.worker}`
    this.#info = {
      apiBaseUrl: base,
      dashboardUrl: `${base}/`,
      projectId,
      publicKey,
      secretKey,
      stripeSandboxUrl: this.#services.sandbox && localUrl(this.#ports.stripeSandbox),
      sfuHosts: await Promise.all(this.#services.hosts.map((host) => host.info())),
      user,
    }
    const file = join(this.#options.stateDir, 'dev.json')
    writePrivate(file, `${JSON.stringify(this.#info, null, 2)}\n`)
  }
}
