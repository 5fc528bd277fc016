import { DrizzleQueryError } from 'drizzle-orm'

/** An error as it may be logged: a query's own text names the values that it was to write, secrets among them. */
export const errorText = (error: unknown): string =>
  String(error instanceof DrizzleQueryError ? error.cause : error)
