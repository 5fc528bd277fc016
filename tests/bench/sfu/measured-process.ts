/** A process that is measured: its CPU time and memory, and those of its media workers. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { onStop } from '../../../scripts/process/lifetime.ts'
import type { Usage } from './processes/probe.ts'

const fileUrl = (name: string) => new URL(`processes/${name}`, import.meta.url).href

export class MeasuredProcess {
  readonly #child: ChildProcess
  readonly #exited: Promise<unknown>
  readonly #forget: () => void

  /** @param options.preload loaded before the process' own code, besides the probe */
  constructor(main: string, env: NodeJS.ProcessEnv, { preload = [] }: { preload?: readonly string[] } = {}) {
    const imports = ['probe.ts', ...preload].flatMap((name) => ['--import', fileUrl(name)])
    this.#child = fork(main, {
      env: { PATH: process.env.PATH, ...env },
      execArgv: ['--expose-gc', ...imports],
    })
    this.#exited = once(this.#child, 'exit')
    this.#forget = onStop(() => this.stop())
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Of the processes that it started itself. */
  get children(): number[] {
    return childrenOf(this.pid)
  }

  /** @param asked with `memory` garbage is collected first, which takes its time */
  async usage(asked: 'cpu' | 'memory'): Promise<Usage> {
    const answered = once(this.#child, 'message')
    this.#child.send(asked)
    const ended = this.#exited.then((): never => {
      throw new Error('a measured process has ended')
    })
    const [usage] = (await Promise.race([answered, ended])) as [Usage]
    return usage
  }

  async stop(): Promise<void> {
    this.#forget()
    this.#child.kill('SIGTERM')
    const late = setTimeout(() => this.#child.kill('SIGKILL'), 8000)
    await this.#exited
    clearTimeout(late)
  }
}

function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`)
    .flatMap((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' '))
    .filter(Boolean)
    .map(Number)
}

/** Processes that a process has started, and those that they have. */
export const descendantsOf = (pid: number): number[] =>
  childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)])

/** CPU time of all threads of a process since its start, in seconds, to the nanosecond (Linux). */
export function cpuSecondsOf(pid: number): number {
  const nanoseconds = readdirSync(`/proc/${pid}/task`).map((thread) => {
    const [onCpu] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')
    return Number(onCpu)
  })
  return nanoseconds.reduce((sum, value) => sum + value, 0) / 1e9
}
