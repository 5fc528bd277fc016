/** The two ways a host runs here: within this process, which is cheap, or as one of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { appendFileSync, cpSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { HostOperation } from './host-operation.ts'
import { type HostOptions, MeteredHost } from './metered-host.ts'

export interface RunningHost {
  perform(operation: HostOperation): void
  /** Until all that was told is done, or the host is gone. */
  caughtUp(): Promise<void>
  /** How many of the operations are certainly done. */
  readonly done: number
  /** Whether there are operations that it was told and has not done. */
  readonly busy: boolean
  /** Kills it at once; answers where its data is from now on. */
  kill(torn: boolean): Promise<string>
  /** Everyone has left. */
  stop(): Promise<void>
}

/**
 * Killed by never being heard of again: what its disk holds at that moment is copied, as a killed process
 * would leave it. SQLite keeps what is not committed in memory only.
 */
export class HostWithin implements RunningHost {
  readonly #options: HostOptions
  readonly #host: MeteredHost
  #done = 0
  #ended = false

  static async start(options: HostOptions): Promise<HostWithin> {
    return new HostWithin(options, await MeteredHost.open(options))
  }

  private constructor(options: HostOptions, host: MeteredHost) {
    this.#options = options
    this.#host = host
  }

  get done(): number {
    return this.#done
  }

  readonly busy = false

  perform(operation: HostOperation): void {
    if (this.#ended) return
    this.#host.perform(operation)
    this.#done += 1
  }

  async caughtUp(): Promise<void> {}

  /** Delivers what can be delivered now. */
  async flush(): Promise<{ waiting: number; rejected: number }> {
    return { waiting: await this.#host.flush(), rejected: this.#host.rejected }
  }

  async kill(torn: boolean): Promise<string> {
    this.#ended = true
    const { dataDir } = this.#options
    const left = `${dataDir}+`
    mkdirSync(left)
    // Not the shared memory file, which a crash invalidates.
    for (const file of ['identity.json', 'journal.sqlite', 'journal.sqlite-wal'])
      if (existsSync(join(dataDir, file))) cpSync(join(dataDir, file), join(left, file))
    if (torn) tearLastWrite(join(left, 'journal.sqlite-wal'))
    this.#host.abandon()
    return left
  }

  async stop(): Promise<void> {
    if (this.#ended) return
    this.#ended = true
    await this.#host.stop()
  }
}

/** A page that was being appended to the log when the process died: its beginning, and nothing of a commit. */
function tearLastWrite(log: string): void {
  if (existsSync(log)) appendFileSync(log, randomBytes(1500))
}

const main = join(import.meta.dirname, 'host-main.ts')

/** Killed with SIGKILL, in the middle of whatever it is doing. */
export class HostProcess implements RunningHost {
  readonly #dataDir: string
  readonly #child: ChildProcess
  readonly #exited: Promise<void>
  #told = 0
  /** The first dot is for the options. */
  #dots = 0
  #progress = Promise.withResolvers<void>()
  #gone = false
  #failure: Error | null = null

  constructor(options: HostOptions) {
    this.#dataDir = options.dataDir
    this.#child = spawn(process.execPath, [main], { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#exited = once(this.#child, 'close').then(([code, signal]) => {
      this.#gone = true
      if (code !== 0 && signal !== 'SIGKILL')
        this.#failure = new Error(`a host ended by itself: ${code ?? signal}`)
      this.#progress.resolve()
    })
    this.#child.stdout?.on('data', (dots: Buffer) => {
      this.#dots += dots.length
      this.#progress.resolve()
      this.#progress = Promise.withResolvers()
    })
    // It may be killed while it is written to.
    this.#child.stdin?.on('error', () => undefined)
    this.#tell(options)
  }

  get done(): number {
    return Math.max(0, this.#dots - 1)
  }

  get busy(): boolean {
    return !this.#gone && this.#dots <= this.#told
  }

  perform(operation: HostOperation): void {
    if (this.#gone) return
    this.#told += 1
    this.#tell(operation)
  }

  async caughtUp(): Promise<void> {
    while (this.busy) await this.#progress.promise
    if (this.#failure) throw this.#failure
  }

  /** Until it has done some of what it was told; how much it does beyond that is left to chance. */
  async hasDone(operations: number): Promise<void> {
    while (this.busy && this.done < operations) await this.#progress.promise
  }

  async kill(): Promise<string> {
    this.#child.kill('SIGKILL')
    await this.#exited
    return this.#dataDir
  }

  async stop(): Promise<void> {
    this.#child.stdin?.end()
    await this.#exited
    if (this.#failure) throw this.#failure
  }

  #tell(what: HostOptions | HostOperation): void {
    this.#child.stdin?.write(`${JSON.stringify(what)}\n`)
  }
}
