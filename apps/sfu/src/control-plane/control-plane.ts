/** Signed requests to the control plane. */
import {
  CONTROL_PLANE,
  errorBodySchema,
  type RequestSigner,
  SIGNATURE_HEADER,
  signRequest,
} from '@radist-tech/protocol'
import { request } from 'undici'
import type { z } from 'zod'
import { describeError } from '../logger.ts'

/** No answer, or one that says nothing about the request: it may be sent again. */
export class ControlPlaneUnreachable extends Error {}

/** The control plane's answer is no (a status of 400 to 499). */
export class ControlPlaneRefusal extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string) {
    super(`refused with ${status} ${code}`)
    this.status = status
    this.code = code
  }
}

/** Answers that ask to come again: time-out, rate limit. */
const RETRYABLE_STATUSES: ReadonlySet<number> = new Set([408, 429])

export class ControlPlane {
  readonly #origin: string
  readonly #signer: RequestSigner
  readonly #timeoutMs: number
  /** Of the requests that have no answer yet. */
  readonly #underWay = new Set<AbortController>()
  #closed = false

  /**
   * @param origin where the control plane is, without a trailing slash
   * @param timeoutMs how long an answer may take
   */
  constructor(origin: string, signer: RequestSigner, timeoutMs: number) {
    this.#origin = origin
    this.#timeoutMs = timeoutMs
    this.#signer = signer
  }

  /**
   * Posts a body and answers what came back.
   * @throws {ControlPlaneRefusal} when the answer is no
   * @throws {ControlPlaneUnreachable} when there is none in time, or none that can be understood
   */
  async post<T>(path: string, body: object, answer: z.ZodType<T>, bearer?: string): Promise<T> {
    const bytes = new TextEncoder().encode(JSON.stringify(body))
    const signed = { method: 'POST', path, body: bytes }
    const signature = await signRequest(this.#signer, CONTROL_PLANE, signed, new Date())
    const headers = {
      'content-type': 'application/json',
      [SIGNATURE_HEADER]: signature,
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
    }
    const { status, json } = await this.#send(path, headers, bytes)
    if (status >= 200 && status < 300) {
      const parsed = answer.safeParse(json)
      if (parsed.success) return parsed.data
      throw new ControlPlaneUnreachable(`answered ${status} with a body that cannot be understood`)
    }
    const error = errorBodySchema.safeParse(json)
    if (status >= 400 && status < 500 && error.success && !RETRYABLE_STATUSES.has(status)) {
      throw new ControlPlaneRefusal(status, error.data.code)
    }
    throw new ControlPlaneUnreachable(`answered ${status}`)
  }

  /** Ends requests that are under way; they fail as unreachable. */
  close(): void {
    this.#closed = true
    for (const controller of this.#underWay) controller.abort(closing())
  }

  async #send(
    path: string,
    headers: Record<string, string>,
    body: Uint8Array,
  ): Promise<{ status: number; json: unknown }> {
    const timeout = new AbortController()
    const timer = setTimeout(() => timeout.abort(new Error('no answer in time')), this.#timeoutMs)
    this.#underWay.add(timeout)
    if (this.#closed) timeout.abort(closing())
    try {
      const options = { method: 'POST', headers, body, signal: timeout.signal } as const
      // Redirections are not followed: they are no answer.
      const response = await request(this.#origin + path, options)
      return { status: response.statusCode, json: parseJson(await response.body.text()) }
    } catch (error) {
      throw new ControlPlaneUnreachable(describeError(error))
    } finally {
      clearTimeout(timer)
      this.#underWay.delete(timeout)
    }
  }
}

const closing = () => new Error('the host is closing')

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
