import { closeSync, mkdirSync, openSync, readFileSync, statSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { stripVTControlCharacters } from 'node:util'
import { TetheredProcess } from '../process/tethered.ts'
import { SetupFailure } from '../setup/failure.ts'

export type ServiceOptions = {
  /** As it reads in a sentence: "the Worker". */
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly log: string
  /** Resolves with null when the service answers, or with what is still amiss; rejects if it never will. */
  readonly probe: () => Promise<string | null>
  readonly startLimitSeconds: number
  /** Time to stop by itself before it is killed. */
  readonly graceSeconds: number
  readonly restart: boolean
  /** Called when the service answers again after it died. */
  readonly restarted?: () => Promise<void>
  readonly report: (line: string) => void
}

const POLL_MS = 50
const RESTART_DELAYS_MS = [500, 1_000, 2_000, 5_000, 10_000, 30_000]
/** After running this long a service's next death is the first again. */
const SETTLED_MS = 60_000

/** One process of the stack: started, waited for, watched and stopped. */
export class Service {
  readonly #options: ServiceOptions
  #process: TetheredProcess | undefined
  /** Where this run's output begins in the log, which is kept over runs. */
  #logStart = 0
  /** Deaths in a row, each soon after its start. */
  #deaths = 0
  #startedAt = 0
  #wanted = false

  constructor(options: ServiceOptions) {
    this.#options = options
  }

  /** Starts the process and resolves when it answers; throws with its last output if it does not. */
  async start(): Promise<void> {
    this.#wanted = true
    const { probe, startLimitSeconds } = this.#options
    const running = this.#spawn()
    let ended = false
    void running.exited.then(() => {
      ended = true
    })
    const deadline = performance.now() + startLimitSeconds * 1000
    for (;;) {
      const amiss = await probe().catch(async (error: Error) => {
        await this.stop()
        throw this.#failure(`did not start: ${error.message}`)
      })
      if (!this.#wanted) return
      if (ended) throw this.#failure('did not start')
      if (amiss === null) break
      if (performance.now() > deadline) {
        await this.stop()
        throw this.#failure(`did not start within ${startLimitSeconds} s: ${amiss}`)
      }
      await sleep(POLL_MS)
    }
    void running.exited.then(() => this.#died(running))
  }

  async stop(): Promise<void> {
    this.#wanted = false
    await this.#process?.stop()
  }

  /** As a crash or a power cut would: at once, with no time to say goodbye; it is not started again. */
  async kill(): Promise<void> {
    this.#wanted = false
    this.#process?.kill()
    await this.#process?.exited
  }

  /** The process id of the service itself; 0 when it never ran. */
  async pid(): Promise<number> {
    return (await this.#process?.pid) ?? 0
  }

  #spawn(): TetheredProcess {
    const { command, args, cwd, env, log, graceSeconds } = this.#options
    mkdirSync(dirname(log), { recursive: true })
    const output = openSync(log, 'a')
    writeSync(output, `--- ${new Date().toISOString()} starting\n`)
    this.#logStart = statSync(log).size
    this.#startedAt = performance.now()
    this.#process = new TetheredProcess(command, args, { cwd, env, output, graceSeconds })
    closeSync(output)
    return this.#process
  }

  async #died(process: TetheredProcess): Promise<void> {
    if (!this.#wanted || process !== this.#process) return
    const { name, restart, report } = this.#options
    const { code, signal } = await process.exited
    report(`${capitalized(name)} died (${signal ?? `exit code ${code}`}).\n${this.#tail()}`)
    if (restart) await this.#restart()
  }

  async #restart(): Promise<void> {
    const { name, report } = this.#options
    if (performance.now() - this.#startedAt > SETTLED_MS) this.#deaths = 0
    while (this.#wanted) {
      const delay = RESTART_DELAYS_MS[Math.min(this.#deaths++, RESTART_DELAYS_MS.length - 1)] ?? 0
      report(`Starting ${name} again in ${delay / 1000} s.`)
      await sleep(delay)
      if (!this.#wanted) return
      try {
        await this.start()
        await this.#options.restarted?.()
        report(`${capitalized(name)} is back.`)
        return
      } catch (error) {
        report(error instanceof Error ? error.message : String(error))
      }
    }
  }

  /** A program that refuses its configuration says so in one line, and that line is all there is to show. */
  #failure(what: string): SetupFailure {
    const output = this.#output()
    const start = `${capitalized(this.#options.name)} ${what}`
    return new SetupFailure(
      output && !output.includes('\n') ? `${start}: ${output}` : `${start}.\n${this.#tail()}`,
    )
  }

  /** This run's last output, and where there is more. */
  #tail(): string {
    const lines = this.#output()
      .split('\n')
      .slice(-15)
      .map((line) => `  ${line}\n`)
    return `${lines.join('')}The whole log is in ${this.#options.log}.`
  }

  #output(): string {
    const { log } = this.#options
    const written = readFileSync(log).subarray(this.#logStart).toString('utf8')
    return stripVTControlCharacters(written).trim()
  }
}

const capitalized = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1)

/** So many answers of 500 in a row are no passing weakness of a start: something is configured wrong. */
const FAULTS_TO_GIVE_UP = 20

/**
 * A probe for {@link ServiceOptions}: whether a GET of the address is answered with 200. Rejects when
 * the service is up and refuses to work.
 */
export function answers(url: string): () => Promise<string | null> {
  let faults = 0
  return async () => {
    let response: Response
    let body: string
    try {
      response = await fetch(url, { signal: AbortSignal.timeout(5_000) })
      body = await response.text()
    } catch {
      return `${url} does not answer`
    }
    if (response.ok) return null
    const answer = `${url} answers ${response.status} ${body.slice(0, 300)}`
    faults = response.status === 500 ? faults + 1 : 0
    if (faults >= FAULTS_TO_GIVE_UP) throw new Error(answer)
    return answer
  }
}
