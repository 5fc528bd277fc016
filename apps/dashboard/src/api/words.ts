/** What went wrong between the page and the Worker, and how it is said. */

/** A request that was not answered as hoped. Thrown to TanStack Query, which hands it on as a value. */
export class ApiError extends Error {
  /** The API's own code (packages/protocol `errors.ts`), better-auth's, or one of {@link ownWords}. */
  readonly code: string
  /** HTTP status; 0 when there was no answer. */
  readonly status: number

  constructor(status: number, code: string, text: string) {
    super(text)
    this.name = 'ApiError'
    this.status = status
    this.code = code
  }
}

/** In place of the API's own words, where a person at the dashboard needs others. */
const ownWords: Record<string, string> = {
  unreachable: 'The server could not be reached. Check your connection.',
  unknown_answer: 'This page and the server do not understand each other. Reload the page.',
  internal: 'Something went wrong on our side. Try again in a moment.',
  too_many_requests: 'Too many attempts. Wait a minute, then try again.',
  invalid_body: 'Something in the form is not as it has to be.',
  not_signed_in: 'Your session has ended. Sign in again.',
  // better-auth's codes (its error-codes.mjs)
  INVALID_EMAIL_OR_PASSWORD: 'E-mail address or password is wrong.',
  INVALID_PASSWORD: 'The password is wrong.',
  INVALID_CODE: 'The code is wrong, or too old.',
  INVALID_TWO_FACTOR_COOKIE: 'Too much time has passed. Sign in again.',
  INVALID_BACKUP_CODE: 'The backup code is wrong, or used up.',
  TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE: 'Too many attempts. Sign in again.',
  PASSWORD_TOO_SHORT: 'The password is too short.',
  PASSWORD_TOO_LONG: 'The password is too long.',
  INVALID_TOKEN: 'The link is too old, or was used already.',
  EMAIL_NOT_VERIFIED: 'The address is not confirmed yet.',
}

export const codeOf = (error: Error): string => (error instanceof ApiError ? error.code : 'internal')

export function wordsOf(error: Error): string {
  if (!(error instanceof ApiError)) return ownWords.internal ?? error.message
  return ownWords[error.code] ?? error.message
}
