/**
 * `/api/dashboard` for pages. To read: `useQuery(answerTo('/projects/…/keys', keysAnswerSchema))`. To change:
 * `useMutation({ mutationFn: () => change('POST', path, schema, body), onSuccess: () => outdated('/projects/…/keys') })`.
 */
import { queryOptions } from '@tanstack/react-query'
import { z } from 'zod'
import { queryClient } from './query-client.ts'
import { type Method, type RequestOptions, request } from './request.ts'

const BASE = '/api/dashboard'

/** A path's parts, so that what lies below a path is found by it. */
const keyOf = (path: string): string[] => path.split('/').filter(Boolean)

/** What was shown before, if it is of this path: rows of one project are never shown as another's. */
const shownBefore =
  (path: readonly string[]) =>
  <D>(previous: D | undefined, query?: { queryKey: readonly unknown[] }): D | undefined =>
    query?.queryKey.slice(0, -1).join('/') === path.join('/') ? previous : undefined

/** How to read an endpoint; a list keeps showing its last page while the next one is loaded. */
export const answerTo = <S extends z.ZodType>(path: string, schema: S, query: RequestOptions['query'] = {}) =>
  queryOptions({
    queryKey: [...keyOf(path), query],
    queryFn: ({ signal }): Promise<z.output<S>> => request('GET', BASE + path, schema, { query, signal }),
    placeholderData: shownBefore(keyOf(path)),
  })

/** Changes something. */
export const change = <S extends z.ZodType>(
  method: Exclude<Method, 'GET'>,
  path: string,
  schema: S,
  body: object = {},
): Promise<z.output<S>> => request(method, BASE + path, schema, { body })

/** Of answers that say nothing a page needs. */
export const anyAnswer = z.unknown()

/** What was read from this path and below it is read again, where it is shown. */
export const outdated = (path: string): Promise<void> =>
  queryClient.invalidateQueries({ queryKey: keyOf(path) })
