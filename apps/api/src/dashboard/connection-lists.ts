/**
 * Pages of a project's calls, or rooms. Which numbers are on a page the Project object says, which knows what
 * is open; their rows are looked up in D1 by an index. So a page costs the same however much there was.
 */
import type { ProjectId } from '@radist-tech/protocol'
import { z } from 'zod'
import { ApiError } from '../api-error.ts'
import type { StateWanted } from '../domain/connection-pages.ts'
import type { ConnectionKind } from '../domain/connections.ts'
import { DAY_MS } from '../domain/usage-spread.ts'
import { type Page, pageOf, queryValue } from '../paging.ts'
import type { DashboardContext } from './router.ts'

/** What the lists need to know of a row. */
interface ListedRow {
  createdAt: number
  endedAt: number | null
}

/** D1's copies of calls, or rooms, of one project. */
export interface Listing<Row extends ListedRow> {
  kind: ConnectionKind
  /** The number of the first that was made then or later; null when there is none. */
  firstSince(time: number): Promise<number | null>
  /** Those of these numbers, the newest first. */
  rows(numbers: readonly number[]): Promise<Row[]>
  /** The one of this id, as somebody has typed it; null when it is none of the project's. */
  row(id: string): Promise<Row | null>
}

interface Wanted {
  state: StateWanted
  /** When it begins, in milliseconds since 1970. */
  day: number | null
}

/** @throws {ApiError} `invalid_page`, `invalid_limit`, `invalid_state`, `invalid_query` (`day`, or `id` twice) */
export async function listPage<Row extends ListedRow>(
  c: DashboardContext,
  projectId: ProjectId,
  listing: Listing<Row>,
): Promise<Page & { total: number; rows: Row[] }> {
  const page = pageOf(c)
  const wanted: Wanted = { state: stateOf(c), day: dayOf(c) }
  const id = queryValue(c, 'id', 'invalid_query')
  if (id !== undefined) return oneOf(page, wanted, await listing.row(id))
  const range = wanted.day === null ? { first: null, last: null } : await numbersOfDay(wanted.day, listing)
  const asked = { state: wanted.state, ...range }
  const { total, numbers } = await c.env.PROJECT.getByName(projectId).connectionNumbers(
    listing.kind,
    asked,
    page,
  )
  return { ...page, total, rows: numbers.length === 0 ? [] : await listing.rows(numbers) }
}

function oneOf<Row extends ListedRow>(page: Page, { state, day }: Wanted, row: Row | null) {
  const isWanted =
    row !== null &&
    (state === null || (state === 'open') === (row.endedAt === null)) &&
    (day === null || (row.createdAt >= day && row.createdAt < day + DAY_MS))
  const rows = isWanted && page.page === 1 ? [row] : []
  return { ...page, total: isWanted ? 1 : 0, rows }
}

/** A day's numbers go from its first to the one before the next day's first, so each is on one day. */
async function numbersOfDay(day: number, listing: Pick<Listing<ListedRow>, 'firstSince'>) {
  const [first, next] = await Promise.all([listing.firstSince(day), listing.firstSince(day + DAY_MS)])
  return { first: first ?? Number.MAX_SAFE_INTEGER, last: next === null ? null : next - 1 }
}

const stateSchema = z.enum(['open', 'ended'])

function stateOf(c: DashboardContext): StateWanted {
  const state = queryValue(c, 'state', 'invalid_state')
  if (state === undefined) return null
  const read = stateSchema.safeParse(state)
  if (!read.success) throw new ApiError('invalid_state')
  return read.data
}

function dayOf(c: DashboardContext): number | null {
  const day = queryValue(c, 'day', 'invalid_query')
  if (day === undefined) return null
  if (!z.iso.date().safeParse(day).success) throw new ApiError('invalid_query')
  return Date.parse(`${day}T00:00:00Z`)
}
