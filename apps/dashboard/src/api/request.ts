/** Requests to the Worker that serves this page; its cookie says who asks. */
import { errorBodySchema } from '@radist-tech/protocol/errors'
import type { z } from 'zod'
import { ApiError } from './words.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface RequestOptions {
  body?: object
  /** Goes into the address; undefined ones are left out. */
  query?: Record<string, string | number | undefined>
  signal?: AbortSignal
}

/**
 * The answer to a request, as the schema has it; null to those without a body (204).
 * Throws {@link ApiError}: what was refused, `unreachable`, or `unknown_answer` when the answer is of
 * another shape, as when this page is older than the Worker.
 */
export async function request<S extends z.ZodType>(
  method: Method,
  path: string,
  schema: S,
  { body, query, signal }: RequestOptions = {},
): Promise<z.output<S>> {
  const response = await send(method, path + queryString(query), body, signal)
  const answer: unknown = await response.json().catch(() => null)
  if (!response.ok) throw refusal(response.status, answer)
  const parsed = schema.safeParse(answer)
  if (parsed.success) return parsed.data
  console.error(`${method} ${path} was answered in an unknown shape`, parsed.error)
  throw new ApiError(response.status, 'unknown_answer', 'The answer is of an unknown shape.')
}

export function queryString(query: RequestOptions['query'] = {}): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) parameters.set(name, String(value))
  const text = parameters.toString()
  return text && `?${text}`
}

async function send(method: Method, path: string, body?: object, signal?: AbortSignal): Promise<Response> {
  try {
    return await fetch(path, {
      method,
      ...(signal && { signal }),
      // The Worker takes JSON alone from what changes something: a foreign form cannot send it.
      ...(method !== 'GET' && {
        body: JSON.stringify(body ?? {}),
        headers: { 'Content-Type': 'application/json' },
      }),
    })
  } catch (error) {
    if (signal?.aborted) throw error
    throw new ApiError(0, 'unreachable', 'The server could not be reached.')
  }
}

function refusal(status: number, answer: unknown): ApiError {
  const own = errorBodySchema.safeParse(answer)
  if (own.success) return new ApiError(status, own.data.code, own.data.error)
  // better-auth answers { message, code }.
  const text = (name: string): string | null => {
    const value = typeof answer === 'object' && answer !== null ? Reflect.get(answer, name) : null
    return typeof value === 'string' ? value : null
  }
  const code =
    text('code') ?? (status === 429 ? 'too_many_requests' : status === 404 ? 'not_found' : 'internal')
  return new ApiError(status, code, text('message') ?? 'The server has refused this.')
}
