/**
 * Faults on demand, so that tests can see what a client does when Stripe fails.
 *
 * A fault sits where Stripe's edge would: outside of idempotency. An answer lost after acceptance has
 * therefore been kept under its idempotency key, and its event counts.
 */
import type { MiddlewareHandler } from 'hono'
import { z } from 'zod'
import { StripeError } from './stripe-error.ts'

const METER_EVENTS_PATH = '/v1/billing/meter_events'

export const faultSchema = z
  .strictObject({
    /** The request's path, exactly. */
    path: z.string().startsWith('/v1/'),
    method: z.enum(['GET', 'POST', 'DELETE']).default('POST'),
    /** How many of the next requests it strikes. */
    times: z.int().min(1).max(100_000).default(1),
    /** Whether the request is carried out, unknown to its sender, before it fails. */
    when: z.enum(['before', 'after']).default('before'),
    /**
     * `hang` never answers, until the client gives up or the sandbox stops. `report-later` takes a meter
     * event whose customer or value is wrong, and tells that by an error report, as Stripe may.
     */
    answer: z.union([z.literal(500), z.literal(429), z.enum(['hang', 'report-later'])]),
  })
  .refine(
    ({ answer, path, method }) =>
      answer !== 'report-later' || (path === METER_EVENTS_PATH && method === 'POST'),
    { error: `report-later is for POST ${METER_EVENTS_PATH} only`, path: ['answer'] },
  )

/** What a fault tells the endpoint it strikes. */
export interface FaultVariables {
  reportLater?: boolean
}

export type Fault = z.output<typeof faultSchema>

/** The faults still to come, in the order they were asked for. */
export class Faults {
  #pending: Fault[] = []

  get pending(): readonly Fault[] {
    return this.#pending
  }

  add(fault: Fault): void {
    this.#pending.push(fault)
  }

  clear(): void {
    this.#pending = []
  }

  middleware(): MiddlewareHandler<{ Variables: FaultVariables }> {
    return async (c, next) => {
      const fault = this.#take(c.req.method, c.req.path)
      if (!fault) return next()
      if (fault.answer === 'report-later') {
        c.set('reportLater', true)
        return next()
      }
      if (fault.when === 'after') await next()
      if (fault.answer === 'hang') await connectionEnded(c.req.raw.signal)
      throw failure(fault)
    }
  }

  #take(method: string, path: string): Fault | undefined {
    const index = this.#pending.findIndex((fault) => fault.method === method && fault.path === path)
    const fault = this.#pending[index]
    if (!fault) return undefined
    if (fault.times === 1) this.#pending.splice(index, 1)
    else this.#pending[index] = { ...fault, times: fault.times - 1 }
    return fault
  }
}

/** Resolves when the connection ends, by the client or by the sandbox that stops. */
function connectionEnded(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

function failure(fault: Fault): StripeError {
  if (fault.answer === 429) {
    return new StripeError({
      status: 429,
      code: 'rate_limit',
      message:
        'Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.',
      refusedBy: 'validation',
    })
  }
  return new StripeError({
    status: 500,
    type: 'api_error',
    message: 'An unknown error occurred',
    refusedBy: 'validation',
  })
}
