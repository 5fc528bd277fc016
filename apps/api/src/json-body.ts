import type { Context } from 'hono'
import type { z } from 'zod'
import { ApiError } from './api-error.ts'
import { readBytes } from './bounded-body.ts'

/** Largest body of a REST request, in bytes. */
const MAX_BODY_BYTES = 16_384

/** The request's JSON body as this schema reads it, whatever its content type says. No body counts as `{}`. */
export async function jsonBody<S extends z.ZodType>(c: Context, schema: S): Promise<z.infer<S>> {
  const result = schema.safeParse(jsonOf(await readBytes(c.req.raw, MAX_BODY_BYTES)))
  if (!result.success) throw new ApiError('invalid_body')
  return result.data
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
    return text.trim() === '' ? {} : JSON.parse(text)
  } catch {
    throw new ApiError('invalid_body')
  }
}
