import type { Context } from 'hono'
import type { z } from 'zod'
import { ApiError } from './api-error.ts'

/** Largest body of a REST request, in bytes. */
const MAX_BODY_BYTES = 16_384

/** The request's JSON body as this schema reads it. No body counts as `{}`. */
export async function jsonBody<S extends z.ZodType>(c: Context, schema: S): Promise<z.infer<S>> {
  // Refused by its announced length before it is read, and by its real one after.
  if (Number(c.req.header('content-length') ?? 0) > MAX_BODY_BYTES) throw new ApiError('body_too_large')
  const text = await c.req.text()
  if (text.length > MAX_BODY_BYTES) throw new ApiError('body_too_large')
  let value: unknown = {}
  if (text.trim() !== '') {
    try {
      value = JSON.parse(text)
    } catch {
      throw new ApiError('invalid_body')
    }
  }
  const result = schema.safeParse(value)
  if (!result.success) throw new ApiError('invalid_body')
  return result.data
}
