/**
 * Stripe's error answers.
 *
 * Source: docs.stripe.com/api/errors and docs.stripe.com/error-codes. Where a message was not in the
 * documentation it is the one that public integrations report having received.
 */

export type StripeErrorType = 'api_error' | 'card_error' | 'idempotency_error' | 'invalid_request_error'

/** How far a refused request had come: only what an endpoint answered is kept under its idempotency key. */
export type RefusedBy = 'validation' | 'endpoint'

export interface StripeErrorDetails {
  status: 400 | 401 | 402 | 403 | 404 | 409 | 413 | 429 | 500
  message: string
  type?: StripeErrorType
  /** Left out where Stripe has none: some of its errors can be told apart by their message only. */
  code?: string
  /** The parameter at fault, in form notation: `payload[value]`. */
  param?: string
  refusedBy?: RefusedBy
}

/** An answer that is an error in Stripe's form; thrown anywhere, made into HTTP in `application.ts`. */
export class StripeError extends Error {
  readonly status: StripeErrorDetails['status']
  readonly type: StripeErrorType
  readonly code: string | undefined
  readonly param: string | undefined
  readonly refusedBy: RefusedBy

  constructor(details: StripeErrorDetails) {
    super(details.message)
    this.name = 'StripeError'
    this.status = details.status
    this.type = details.type ?? 'invalid_request_error'
    this.code = details.code
    this.param = details.param
    this.refusedBy = details.refusedBy ?? 'endpoint'
  }
}

export interface StripeErrorBody {
  error: {
    code?: string
    doc_url?: string
    message: string
    param?: string
    request_log_url: string
    type: StripeErrorType
  }
}

/** The JSON body of an error. Absent parts are left out, as Stripe leaves them out. */
export function errorBody(error: StripeError, requestId: string): StripeErrorBody {
  return {
    error: {
      ...(error.code !== undefined && {
        code: error.code,
        doc_url: `https://stripe.com/docs/error-codes/${error.code.replaceAll('_', '-')}`,
      }),
      message: error.message,
      ...(error.param !== undefined && { param: error.param }),
      request_log_url: `https://dashboard.stripe.com/test/logs/${requestId}`,
      type: error.type,
    },
  }
}

/**
 * An object that is not there.
 *
 * @param kind Stripe's word for it, as in "No such customer".
 * @param param `id` when the address names the object (404), else the parameter that does (400).
 */
export function noSuch(kind: string, id: string, param = 'id'): StripeError {
  return new StripeError({
    status: param === 'id' ? 404 : 400,
    code: 'resource_missing',
    message: `No such ${kind}: '${id}'`,
    param,
  })
}

/** An address or method that Stripe's API, or this sandbox of it, does not have. */
export function unrecognizedUrl(method: string, path: string): StripeError {
  return new StripeError({
    status: 404,
    message:
      `Unrecognized request URL (${method}: ${path}). ` +
      'Please see https://stripe.com/docs or we can help at https://support.stripe.com/.',
    refusedBy: 'validation',
  })
}

/** A body longer than any request of Stripe's. */
export function tooLarge(): StripeError {
  return new StripeError({ status: 413, message: 'The request body is too large.', refusedBy: 'validation' })
}
