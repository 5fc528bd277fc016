import type { Context } from 'hono'
import type { z } from 'zod'
import { ApiError } from './api-error.ts'
import { readBytes } from './bounded-body.ts'

/** Largest body of a REST request, in bytes. */
const MAX_BODY_BYTES = 16_384

/** The request's JSON body as this schema reads it. No body counts as `{}`. */
export async function jsonBody<S extends z.ZodType>(c: Context, schema: S): Promise<z.infer<S>> {
  const text = new TextDecoder().decode(await readBytes(c.req.raw, MAX_BODY_BYTES))
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
