/** What every measurement runs on: the two Workers, a project with keys, and the load generator. */
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createCallAnswerSchema, generateKey, hashSecret, P2P_SIGNALING_PATH } from '@radist-tech/protocol'
import { repositoryRoot } from '../../../scripts/paths.ts'
import { onStop } from '../../../scripts/process/lifetime.ts'
import { LoadGenerator } from './load/load.ts'
import { type Bundle, bundle, ServedWorker } from './served-worker.ts'

const workers = join(import.meta.dirname, 'workers')
const ownConfig = join(repositoryRoot, 'wrangler.toml')
const migrations = join(repositoryRoot, 'drizzle', 'migrations')
/** More calls than any run makes. */
const CONNECTION_LIMIT = 100_000_000

export interface BenchOptions {
  rounds: number
  seconds: number
  /** Where the Workers keep their data while it runs. */
  stateDir: string
}

export interface Radist {
  worker: ServedWorker
  projectId: string
  publicKey: string
  callsUrl: string
  headers: { authorization: string }
}

/** What each Worker is bundled from. `counting` is Radist with counters around its bindings. */
const sources = {
  radist: { config: ownConfig, main: join(repositoryRoot, 'apps', 'api', 'src', 'index.ts') },
  /** With ways to fill a ledger. */
  ledger: { config: ownConfig, main: join(workers, 'ledger-worker.ts') },
  counting: { config: ownConfig, main: join(workers, 'counting-worker.ts') },
  reference: {
    config: join(workers, 'wrangler.reference.toml'),
    main: join(workers, 'reference-worker.ts'),
  },
}
type WorkerName = keyof typeof sources

export class Setting {
  readonly options: BenchOptions
  readonly load = new LoadGenerator()
  readonly #folder: string
  readonly #bundles = new Map<WorkerName, Promise<Bundle>>()

  constructor(options: BenchOptions) {
    this.options = options
    this.#folder = mkdtempSync(join(options.stateDir, 'radist-bench-'))
    onStop(() => this.close())
  }

  /** Radist with an empty database but for one project. */
  async radist(name: Exclude<WorkerName, 'reference'> = 'radist', inspectable = false): Promise<Radist> {
    const worker = await this.#start(name, inspectable, {
      RADIST_FLEET_SECRET: randomUUID(),
      RADIST_AUTH_SECRET: randomUUID(),
      RADIST_MAIL_PROVIDER: 'resend',
      RADIST_MAIL_API_KEY: 're_bench',
      RADIST_MAIL_FROM: 'bench@radist.example',
      RADIST_SIGNING_KEYS: JSON.stringify([newSigningKey()]),
      STRIPE_SECRET_KEY: 'sk_test_bench',
      // Nobody listens there, and no measured request has anything to tell.
      STRIPE_API_BASE_URL: 'http://127.0.0.1:9',
      RADIST_MAIL_API_BASE_URL: 'http://127.0.0.1:9',
    })
    const files = (await readdir(migrations)).filter((file) => file.endsWith('.sql')).sort()
    for (const file of files)
      for (const query of (await readFile(join(migrations, file), 'utf8')).split('--> statement-breakpoint'))
        await worker.database(query)
    return { worker, ...(await newProject(worker)) }
  }

  async reference(): Promise<ServedWorker> {
    const worker = await this.#start('reference', false, {})
    await worker.database('CREATE TABLE rows (id TEXT PRIMARY KEY, created_at INTEGER NOT NULL)')
    return worker
  }

  close(): void {
    this.load.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #start(name: WorkerName, inspectable: boolean, bindings: Record<string, string>) {
    const { config, main } = sources[name]
    const bundled = this.#bundles.get(name) ?? bundle(config, main, join(this.#folder, name))
    this.#bundles.set(name, bundled)
    const worker = await ServedWorker.start({
      bundle: await bundled,
      stateDir: join(this.#folder, `${name}-state`),
      bindings,
      inspectable,
    })
    onStop(() => worker.close())
    return worker
  }
}

/** One more project of this Worker's, with a key of each kind. */
export async function newProject(worker: ServedWorker): Promise<Omit<Radist, 'worker'>> {
  const projectId = randomUUID()
  const [secretKey, publicKey] = [generateKey('secret'), generateKey('public')]
  await worker.database(
    'INSERT INTO projects (id, name, connection_limit, created_at) VALUES (?, ?, ?, 0)',
    projectId,
    'Bench',
    CONNECTION_LIMIT,
  )
  await worker.database(
    'INSERT INTO secret_keys (hash, project_id, name, last_four, created_at) VALUES (?, ?, ?, ?, 0)',
    hashSecret(secretKey),
    projectId,
    'Bench',
    secretKey.slice(-4),
  )
  await worker.database(
    'INSERT INTO public_keys (key, project_id, created_at) VALUES (?, ?, 0)',
    publicKey,
    projectId,
  )
  const callsUrl = `${worker.origin}/api/v1/projects/${projectId}/calls`
  return { projectId, publicKey, callsUrl, headers: { authorization: `Bearer ${secretKey}` } }
}

/** Makes a call and answers the addresses with which its two peers join. */
export async function newCall({ worker, callsUrl, headers, publicKey }: Radist): Promise<[string, string]> {
  const answer = await fetch(callsUrl, { method: 'POST', headers })
  if (answer.status !== 200) throw new Error(`No call: ${answer.status} ${await answer.text()}`)
  const { callTokens } = createCallAnswerSchema.parse(await answer.json())
  const base = `${worker.origin.replace('http', 'ws')}${P2P_SIGNALING_PATH}?publicKey=${publicKey}`
  return [`${base}&callToken=${callTokens[0]}`, `${base}&callToken=${callTokens[1]}`]
}

const newSigningKey = () => ({
  ...generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }),
  kid: 'bench',
})
