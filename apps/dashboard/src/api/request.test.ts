import { afterEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { queryString, request } from './request.ts'
import { ApiError, wordsOf } from './words.ts'

const schema = z.object({ name: z.string() })

function answerWith(status: number, body: unknown): ReturnType<typeof vi.fn> {
  const fetch = vi.fn(
    async () => new Response(typeof body === 'string' ? body : JSON.stringify(body), { status }),
  )
  vi.stubGlobal('fetch', fetch)
  return fetch
}
const refusal = (method: 'GET' | 'POST' = 'GET') =>
  request(method, '/api/x', schema).then(
    () => null,
    (error: unknown) => (error instanceof ApiError ? error : null),
  )

afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

describe('request', () => {
  it('answers what the schema knows, and nothing else', async () => {
    answerWith(200, { name: 'a', more: 1 })
    expect(await request('GET', '/api/x', schema)).toEqual({ name: 'a' })
  })

  it('sends JSON with what changes something, even without a body', async () => {
    const fetch = answerWith(200, { name: 'a' })
    await request('DELETE', '/api/x', schema)
    const headers = { 'Content-Type': 'application/json' }
    expect(fetch).toHaveBeenCalledWith('/api/x', { method: 'DELETE', body: '{}', headers })
  })

  it.each([
    [{ error: 'Sign in first.', code: 'not_signed_in' }, 401, 'not_signed_in'],
    [{ message: 'Invalid code', code: 'INVALID_CODE' }, 401, 'INVALID_CODE'],
    [{ message: 'Too many requests.' }, 429, 'too_many_requests'],
    ['<html>', 502, 'internal'],
    ['', 404, 'not_found'],
  ])('%j with %i is %s', async (body, status, code) => {
    answerWith(status, body)
    expect(await refusal('POST')).toMatchObject({ code, status })
  })

  it('says when nothing answers', async () => {
    vi.stubGlobal('fetch', async () => Promise.reject(new TypeError('Failed to fetch')))
    expect(await refusal()).toMatchObject({ code: 'unreachable', status: 0 })
  })

  it('says when the answer is of another shape', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    answerWith(200, { title: 'a' })
    const error = await refusal()
    expect(error?.code).toBe('unknown_answer')
    expect(error && wordsOf(error)).toContain('Reload the page')
  })

  it('leaves a request that its caller gave up to the caller', async () => {
    const gone = AbortSignal.abort()
    vi.stubGlobal('fetch', async () => Promise.reject(gone.reason))
    await expect(request('GET', '/api/x', schema, { signal: gone })).rejects.toBe(gone.reason)
  })
})

it.each([
  [undefined, ''],
  [{}, ''],
  [{ page: 2, state: undefined }, '?page=2'],
  [{ id: 'a b', day: '2026-11-23' }, '?id=a+b&day=2026-11-23'],
])('queryString(%j)', (query, text) => {
  expect(queryString(query)).toBe(text)
})
