/** Signed requests to the control plane. */
import {
  CONTROL_PLANE,
  errorBodySchema,
  type RequestSigner,
  SIGNATURE_HEADER,
  signRequest,
} from '@radist-tech/protocol'
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
  readonly #closing = new AbortController()

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
    const request = { method: 'POST', path, body: bytes }
    const signature = await signRequest(this.#signer, CONTROL_PLANE, request, new Date())
    const headers = {
      'content-type': 'application/json',
      [SIGNATURE_HEADER]: signature,
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
    }
    const { status, json } = await this.#send(path, { method: 'POST', headers, body: bytes })
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
    this.#closing.abort()
  }

  async #send(path: string, init: RequestInit): Promise<{ status: number; json: unknown }> {
    try {
      const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(this.#timeoutMs)])
      const response = await fetch(this.#origin + path, { ...init, signal, redirect: 'error' })
      const text = await response.text()
      return { status: response.status, json: parseJson(text) }
    } catch (error) {
      throw new ControlPlaneUnreachable(describeError(error))
    }
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
