/** Pages of lists that are numbered from 1 on, the newest first. */
import {
  type ApiErrorCode,
  DEFAULT_LIMIT,
  DEFAULT_PAGE,
  limitSchema,
  pageSchema,
} from '@radist-tech/protocol'
import type { Context } from 'hono'
import { ApiError } from './api-error.ts'

export interface Page {
  page: number
  limit: number
}

/**
 * Which page is asked for.
 * @throws {ApiError} `invalid_page`, `invalid_limit`
 */
export const pageOf = (c: Context): Page => ({
  page: queryNumber(c, 'page', pageSchema) ?? DEFAULT_PAGE,
  limit: queryNumber(c, 'limit', limitSchema) ?? DEFAULT_LIMIT,
})

/** The number of the page's newest entry; 0 or less when the page lies beyond the last. */
export const newestOf = ({ page, limit }: Page, total: number): number => total - (page - 1) * limit

/** The parameter as this schema reads it, or undefined when it is not there. One that comes twice is refused. */
function queryNumber(c: Context, name: 'page' | 'limit', schema: typeof pageSchema): number | undefined {
  const code = `invalid_${name}` as const
  const value = queryValue(c, name, code)
  if (value === undefined) return undefined
  const result = schema.safeParse(value)
  if (!result.success) throw new ApiError(code)
  return result.data
}

/**
 * The parameter's text, or undefined when it is not there.
 * @throws {ApiError} `code` when it comes twice
 */
export function queryValue(c: Context, name: string, code: ApiErrorCode): string | undefined {
  const [value, ...others] = c.req.queries(name) ?? []
  if (others.length > 0) throw new ApiError(code)
  return value
}
