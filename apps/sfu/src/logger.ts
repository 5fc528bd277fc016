/** Structured logs on standard output, one JSON object a line. */
import { type Logger, pino } from 'pino'

export type { Logger }

/**
 * Whoever logs names each field: no request, query or header object is ever logged as a whole,
 * since they carry tokens. The redaction is a second net below that rule.
 */
export const createLogger = (level: string): Logger =>
  pino({
    level,
    base: { part: 'sfu' },
    redact: ['*.roomToken', '*.reconnectToken', '*.fleetSecret', '*.authorization', '*.reconnectSecret'],
  })

/** What a log line says of an error: never the whole object, whose fields are unknown. */
export const describeError = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  // A connection that was tried to several addresses.
  if (error instanceof AggregateError && error.errors.length > 0) return describeError(error.errors[0])
  // fetch hides the reason of a failed connection in `cause`.
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}
