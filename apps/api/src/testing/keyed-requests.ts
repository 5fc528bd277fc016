/** Requests that create something for a project, with or without an `Idempotency-Key`, and what comes of them. */
import type { ApiErrorCode } from '@radist-tech/protocol'
import { expect } from 'vitest'
import type { z } from 'zod'
import { request, type TestProject } from './project-fixture.ts'

/** @param path after the project's own */
export const post = (
  { projectId, secretKey }: TestProject,
  path: string,
  idempotencyKey: string | null,
  body?: unknown,
): Promise<Response> =>
  request(`/api/v1/projects/${projectId}${path}`, {
    method: 'POST',
    key: secretKey,
    headers: idempotencyKey === null ? {} : { 'idempotency-key': idempotencyKey },
    body,
  })

/** What the request brought, which has to be a success of exactly this form. */
export async function taken<T>(answer: Promise<Response>, schema: { strict(): z.ZodType<T> }): Promise<T> {
  const response = await answer
  expect(response.status).toBe(200)
  return schema.strict().parse(await response.json())
}

/** @param error the text for people, where it matters */
export async function expectRefusal(
  answer: Promise<Response>,
  status: number,
  code: ApiErrorCode,
  error?: string,
): Promise<void> {
  const response = await answer
  expect(await response.json()).toEqual({ code, error: error ?? expect.any(String) })
  expect(response.status).toBe(status)
}

/** Of 20 requests at once, which all have to bring the same. */
export async function takenAlike<T>(ask: () => Promise<T>): Promise<T> {
  const [first, ...others] = await Promise.all([ask(), ...Array.from({ length: 19 }, ask)])
  for (const other of others) expect(other).toEqual(first)
  return first
}
