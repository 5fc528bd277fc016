import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'

export type TetheredOptions = {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  /** A file descriptor that takes both outputs, or the terminal. */
  readonly output: number | 'inherit'
  /** How long the process may take to stop after SIGTERM before its whole group is killed. */
  readonly graceSeconds: number
}

export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null }

/** A child process that ends when this process ends, however this one ends (see tether.sh). */
export class TetheredProcess {
  /** The process id of the command itself, not of its tether. */
  readonly pid: Promise<number>
  /** Resolves when the command and its tether are gone. Never rejects. */
  readonly exited: Promise<Exit>
  readonly #tether: ChildProcess
  readonly #graceSeconds: number

  constructor(command: string, args: readonly string[], options: TetheredOptions) {
    this.#graceSeconds = options.graceSeconds
    this.#tether = spawn(
      join(import.meta.dirname, 'tether.sh'),
      [String(options.graceSeconds), command, ...args],
      {
        cwd: options.cwd,
        env: options.env ?? process.env,
        stdio: ['pipe', options.output, options.output, 'pipe'],
        detached: true,
      },
    )
    this.exited = new Promise((resolve) => {
      this.#tether.on('error', () => resolve({ code: 127, signal: null }))
      this.#tether.on('exit', (code, signal) => {
        this.#signalGroup('SIGKILL')
        resolve({ code, signal })
      })
    })
    this.pid = text(this.#tether.stdio[3] as Readable).then(Number)
  }

  /** Asks politely, and kills after the grace period. */
  async stop(): Promise<void> {
    this.#tether.kill('SIGTERM')
    const late = setTimeout(() => this.kill(), this.#graceSeconds * 1000)
    await this.exited
    clearTimeout(late)
  }

  /** Kills the command and everything it started. */
  kill(): void {
    this.#signalGroup('SIGKILL')
  }

  #signalGroup(signal: NodeJS.Signals): void {
    if (this.#tether.pid === undefined) return
    try {
      process.kill(-this.#tether.pid, signal)
    } catch {
      // Nobody is left in the group.
    }
  }
}
