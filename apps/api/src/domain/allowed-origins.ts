/**
 * Which web pages may use a project's public keys. This keeps other people's pages from spending a
 * project's quota with their visitors' browsers; whoever is not a browser can say any origin, so keys
 * and tokens are checked all the same.
 */
import { allowedOriginsSchema } from '@radist-tech/protocol'
import { z } from 'zod'

/** These and no others; with an empty list no page at all. */
export type AllowedOrigins = 'all' | readonly string[]

/** As `readAllowedOrigins` made it, kept by a call. */
export const storedOriginsSchema = z.union([z.literal('all'), z.array(z.string())])

/** D1's column (JSON text): none listed means all. Null when it is not of the documented form. */
export function readAllowedOrigins(column: string): AllowedOrigins | null {
  let value: unknown
  try {
    value = JSON.parse(column)
  } catch {
    return null
  }
  const result = allowedOriginsSchema.safeParse(value)
  if (!result.success) return null
  return result.data.length === 0 ? 'all' : result.data
}

/** `origin` is the request's header; null without one, as from a program that is not a browser. */
export const isOriginAllowed = (allowed: AllowedOrigins, origin: string | null): boolean =>
  allowed === 'all' || origin === null || allowed.includes(origin.toLowerCase())
