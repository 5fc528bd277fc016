/**
 * Asks the control plane to admit participants, many in one request: one signature, one round trip and, for
 * each room, one call of its object. The first question goes at once; those that come while a request is
 * under way go together, and wait no longer than {@link MAX_WAIT_MS}, so that a slow room holds up no other's.
 */
import {
  ADMISSIONS_PATH,
  type AdmissionQuestion,
  type AdmissionsAnswer,
  admissionsAnswerSchema,
  MAX_ADMISSIONS,
} from '@radist-tech/protocol'
import { type ControlPlane, ControlPlaneRefusal, ControlPlaneUnreachable } from './control-plane.ts'

const MAX_WAIT_MS = 20

export type AdmissionOutcome = AdmissionsAnswer['answers'][number]

interface Waiting extends PromiseWithResolvers<AdmissionOutcome> {
  question: AdmissionQuestion
}

export class Admissions {
  readonly #controlPlane: Pick<ControlPlane, 'post'>
  #waiting: Waiting[] = []
  #underWay = 0
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(controlPlane: Pick<ControlPlane, 'post'>) {
    this.#controlPlane = controlPlane
  }

  /** @throws {ControlPlaneUnreachable} when there is no answer: with the same attempt id it may be asked again */
  ask(question: AdmissionQuestion): Promise<AdmissionOutcome> {
    if (this.#closed) return Promise.reject(closing())
    const waiting = { question, ...Promise.withResolvers<AdmissionOutcome>() }
    this.#waiting.push(waiting)
    if (this.#underWay === 0 || this.#waiting.length >= MAX_ADMISSIONS) this.#send()
    else this.#timer ??= setTimeout(() => this.#send(), MAX_WAIT_MS)
    return waiting.promise
  }

  /** Those who wait get no answer any more, nor does who asks again. */
  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    for (const { reject } of this.#waiting) reject(closing())
    this.#waiting = []
  }

  #send(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const batch = this.#waiting
    if (batch.length === 0) return
    this.#waiting = []
    this.#underWay += 1
    this.#post(batch).finally(() => {
      this.#underWay -= 1
      if (this.#underWay === 0) this.#send()
    })
  }

  /** Never rejects: each of those in the batch is told. */
  async #post(batch: readonly Waiting[]): Promise<void> {
    const admissions = batch.map(({ question }) => question)
    try {
      const body = { admissions }
      const { answers } = await this.#controlPlane.post(ADMISSIONS_PATH, body, admissionsAnswerSchema)
      for (const [i, waiting] of batch.entries()) settle(waiting, answers[i])
    } catch (error) {
      for (const { resolve, reject } of batch) {
        if (error instanceof ControlPlaneRefusal) resolve({ ok: false, code: error.code })
        else reject(error)
      }
    }
  }
}

const closing = () => new ControlPlaneUnreachable('the host is closing')

function settle({ resolve, reject }: Waiting, answer: AdmissionOutcome | undefined): void {
  const isAnswer = answer !== undefined && (answer.ok || answer.code !== 'internal')
  if (isAnswer) resolve(answer)
  else reject(new ControlPlaneUnreachable('no answer about this participant'))
}
