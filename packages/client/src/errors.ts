/**
 * The one error type of the SDK. Where a server refused, `code` is the server's own
 * (`@radist-tech/protocol`, `errors.ts`); the others are made here.
 */
import { type ApiErrorCode, apiErrors, closeCodeOf, errorBodySchema } from '@radist-tech/protocol/errors'
import { OVERTAKEN_CLOSE_CODE } from '@radist-tech/protocol/p2p-signaling'

export const clientErrors = {
  invalid_argument: { message: 'Invalid argument.', retryable: false },
  unsupported_browser: { message: 'This browser or page cannot use WebRTC.', retryable: false },
  media_permission_denied: { message: 'Access to the camera or microphone was refused.', retryable: true },
  media_device_not_found: { message: 'No camera or microphone was found.', retryable: true },
  media_device_in_use: { message: 'The camera or microphone is used by another program.', retryable: true },
  media_failed: { message: 'The camera or microphone could not be started.', retryable: true },
  server_unreachable: { message: 'The server could not be reached.', retryable: true },
  unexpected_answer: { message: 'The server gave an answer that was not understood.', retryable: true },
  request_timeout: { message: 'The server did not answer in time.', retryable: true },
  request_refused: { message: 'The server refused a request.', retryable: false },
  negotiation_failed: { message: 'The media connection could not be negotiated.', retryable: true },
  data_channel_not_open: { message: 'The data channel is not open.', retryable: true },
  data_channel_full: { message: 'Too much waits to be sent already.', retryable: true },
  message_too_large: { message: 'The message is larger than the data channel carries.', retryable: false },
  call_ended: { message: 'The call has ended.', retryable: false },
  connection_overtaken: { message: 'A newer connection has taken this place.', retryable: false },
  connection_closed: { message: 'The connection has been closed.', retryable: false },
} as const

/** Codes of errors that arise in the browser rather than at the server. */
export type ClientErrorCode = keyof typeof clientErrors
export type RadistErrorCode = ApiErrorCode | ClientErrorCode

/** Statuses after which the same request may succeed a little later. */
const RETRYABLE_STATUSES: readonly number[] = [429, 500, 503]

const isApiErrorCode = (code: string): code is ApiErrorCode => Object.hasOwn(apiErrors, code)

/** Thrown, and given to `error` listeners. `message` is for people, `code` for programs. */
export class RadistError extends Error {
  readonly code: RadistErrorCode
  /** Whether trying the same again may succeed. */
  readonly retryable: boolean

  constructor(code: RadistErrorCode, options: { detail?: string; cause?: unknown } = {}) {
    const known = isApiErrorCode(code)
      ? { message: apiErrors[code].error, retryable: RETRYABLE_STATUSES.includes(apiErrors[code].status) }
      : clientErrors[code]
    super(options.detail ? `${known.message} ${options.detail}` : known.message, { cause: options.cause })
    this.name = 'RadistError'
    this.code = code
    this.retryable = known.retryable
  }
}

/** The error of an HTTP answer with a status of 400 or more. */
export function errorOfHttpAnswer(status: number, body: unknown): RadistError {
  const parsed = errorBodySchema.safeParse(body)
  if (parsed.success && isApiErrorCode(parsed.data.code)) return new RadistError(parsed.data.code)
  const detail = parsed.success ? parsed.data.error : `HTTP status ${status}.`
  return new RadistError('unexpected_answer', { detail })
}

/** First and last close codes by which the server refuses for good: 4000 + an HTTP 4xx status. */
const REFUSAL_CODES = { first: 4400, last: 4499 }
const TOO_MANY_REQUESTS = closeCodeOf('too_many_requests')

/** Whether a socket that was closed with this code is not to be opened again with the same credentials. */
export const isRefusal = (closeCode: number): boolean =>
  closeCode === OVERTAKEN_CLOSE_CODE ||
  (closeCode >= REFUSAL_CODES.first && closeCode <= REFUSAL_CODES.last && closeCode !== TOO_MANY_REQUESTS)

/**
 * The error of a closed socket, by its code and reason; the reason tells apart what shares a code
 * (4410 is an ended call as well as a closed room).
 */
export function errorOfClose(closeCode: number, reason: string): RadistError {
  if (closeCode === OVERTAKEN_CLOSE_CODE) return new RadistError('connection_overtaken')
  const codes = Object.keys(apiErrors).filter(isApiErrorCode)
  const exact = codes.find((code) => closeCodeOf(code) === closeCode && apiErrors[code].error === reason)
  if (exact) return new RadistError(exact)
  if (closeCode >= REFUSAL_CODES.first) {
    return new RadistError('request_refused', { detail: `${reason} (close code ${closeCode})`.trim() })
  }
  return new RadistError('server_unreachable')
}

/** The error of a failed getUserMedia, by the name of its DOMException (W3C Media Capture, 10.2). */
export function errorOfMediaFailure(error: unknown): RadistError {
  const name = error instanceof Error ? error.name : ''
  switch (name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return new RadistError('media_permission_denied', { cause: error })
    case 'NotFoundError':
    case 'OverconstrainedError':
      return new RadistError('media_device_not_found', { cause: error })
    case 'NotReadableError':
      return new RadistError('media_device_in_use', { cause: error })
    default:
      return new RadistError('media_failed', { cause: error })
  }
}

/** `error` itself when it is a RadistError, otherwise one of this code with `error` as its cause. */
export const asRadistError = (error: unknown, code: RadistErrorCode): RadistError =>
  error instanceof RadistError ? error : new RadistError(code, { cause: error })
