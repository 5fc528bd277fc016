/** The load generator, as seen from the benchmark. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { JoinAnswer, JoinJob } from './processes/joiner.ts'

export class Joiner {
  readonly #process = fork(fileURLToPath(new URL('processes/joiner.ts', import.meta.url)))
  readonly #exited = once(this.#process, 'exit')

  /** One job at a time. Rejects when someone cannot join. */
  async join(job: JoinJob): Promise<JoinAnswer & { ok: true }> {
    const answer = once(this.#process, 'message')
    this.#process.send(job)
    const ended = this.#exited.then((): never => {
      throw new Error('the load generator has ended')
    })
    const [result] = (await Promise.race([answer, ended])) as [JoinAnswer]
    if (!result.ok) throw new Error(result.error)
    return result
  }

  /** Ends it, and with it all its sockets. */
  async close(): Promise<void> {
    this.#process.disconnect()
    await this.#exited
  }
}
