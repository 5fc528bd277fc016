/** A deployable bundle of a Worker, run by Miniflare on a loopback port of its own. */
import { mkdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare, type MiniflareOptions } from 'miniflare'
import { unstable_getMiniflareWorkerOptions } from 'wrangler'
import { repositoryRoot } from '../../../scripts/paths.ts'
import { runCommand } from '../../../scripts/process/command.ts'

const wrangler = join(repositoryRoot, 'node_modules', 'wrangler', 'wrangler-dist', 'cli.js')
const offline = { WRANGLER_SEND_METRICS: 'false', WRANGLER_HIDE_BANNER: 'true', CI: '1' }

/** What Miniflare calls the one Worker that it runs. */
const WORKER_NAME = 'measured'

export interface Bundle {
  /** The wrangler configuration it was built with. */
  config: string
  script: string
}

/**
 * Bundles a Worker as `wrangler deploy` would. Static assets are left out, the dashboard need not be
 * built: in production they are Cloudflare's own router's, and no measured route is one.
 */
export async function bundle(config: string, main: string, folder: string): Promise<Bundle> {
  const { workerOptions } = unstable_getMiniflareWorkerOptions(config)
  const noAssets = join(folder, 'no-assets')
  await mkdir(noAssets, { recursive: true })
  await runCommand(
    process.execPath,
    [
      wrangler,
      'deploy',
      main,
      ...['--dry-run', '--config', config, '--outdir', folder],
      ...(workerOptions.assets ? ['--assets', noAssets] : []),
    ],
    { cwd: dirname(config), env: { ...process.env, ...offline }, log: join(folder, 'wrangler.log') },
  )
  return { config, script: join(folder, `${basename(main, '.ts')}.js`) }
}

export interface ServeOptions {
  bundle: Bundle
  /** Where D1 and the objects are kept; emptied first. */
  stateDir: string
  bindings: Record<string, string>
  /** Whether `objectStorage` works; the runtime then wraps every object, so not where speed is compared. */
  inspectable?: boolean
}

export class ServedWorker {
  readonly #miniflare: Miniflare
  readonly #options: MiniflareOptions
  #origin: string
  #closed: Promise<void> | null = null

  private constructor(miniflare: Miniflare, options: MiniflareOptions, origin: string) {
    this.#miniflare = miniflare
    this.#options = options
    this.#origin = origin
  }

  get origin(): string {
    return this.#origin
  }

  static async start(options: ServeOptions): Promise<ServedWorker> {
    const { bundle, stateDir, bindings, inspectable = false } = options
    await rm(stateDir, { recursive: true, force: true })
    const {
      assets: _,
      bindings: variables,
      ...worker
    } = unstable_getMiniflareWorkerOptions(bundle.config).workerOptions
    const miniflareOptions = convertV4MiniflareOptions({
      ...worker,
      name: WORKER_NAME,
      rootPath: dirname(bundle.script),
      modules: [{ type: 'ESModule', path: bundle.script }],
      bindings: { ...Object(variables), ...bindings },
      host: '127.0.0.1',
      port: 0,
      // Else Miniflare asks a server of Cloudflare's for an example of `request.cf`.
      cf: false,
      telemetry: { enabled: false },
      log: new Log(LogLevel.ERROR),
      logRequests: false,
      resourcePersistencePath: stateDir,
      unsafeInspectDurableObjects: inspectable,
    })
    const miniflare = new Miniflare(miniflareOptions)
    const url = await miniflare.ready
    return new ServedWorker(miniflare, miniflareOptions, url.origin)
  }

  /** Ends the runtime with SIGKILL, as Miniflare does when it is configured anew, and starts it on what its disk holds. */
  async crash(): Promise<void> {
    await this.#miniflare.setOptions(this.#options)
    this.#origin = (await this.#miniflare.ready).origin
  }

  /** Runs one statement on the Worker's D1. */
  async database(query: string, ...values: (string | number)[]): Promise<void> {
    const database = await this.#miniflare.getD1Database('DB')
    await database
      .prepare(query)
      .bind(...values)
      .run()
  }

  /** Runs one statement in the storage of the object of this name. */
  async objectStorage(className: string, name: string, query: string, value: number): Promise<void> {
    const storage = await this.#miniflare.unsafeGetDurableObjectStorage(WORKER_NAME, className, { name })
    await storage.exec(query, value)
  }

  close(): Promise<void> {
    this.#closed ??= this.#miniflare.dispose()
    return this.#closed
  }
}
