/** The load generator, as seen from the benchmark. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Job, JobAnswer, Measured } from './jobs.ts'

export class LoadGenerator {
  readonly #process: ChildProcess

  constructor() {
    this.#process = fork(fileURLToPath(new URL('generator.ts', import.meta.url)))
  }

  /** One job at a time. Rejects when the job fails, or the process ends. */
  async run(job: Job): Promise<Measured> {
    const ended = new AbortController()
    const exit = once(this.#process, 'exit', { signal: ended.signal }).then((): never => {
      throw new Error('The load generator ended.')
    })
    exit.catch(() => undefined)
    const answered = once(this.#process, 'message')
    this.#process.send(job)
    const [answer] = (await Promise.race([answered, exit])) as [JobAnswer]
    ended.abort()
    if (!answer.ok) throw new Error(`${job.kind}: ${answer.error}`)
    return answer.measured
  }

  close(): void {
    this.#process.disconnect()
  }
}
