/** Lists and their cursors. Source: docs.stripe.com/api/pagination. */
import type { SQLInputValue } from 'node:sqlite'
import { z } from 'zod'
import type { Account } from './account.ts'
import type { ObjectTableName } from './database.ts'
import { formInteger } from './parameters.ts'
import { noSuch } from './stripe-error.ts'

/** Stripe: "Limit can range between 1 and 100, and the default is 10." */
export const listParameters = {
  limit: formInteger.pipe(z.number().min(1).max(100)).default(10),
  starting_after: z.string().min(1).optional(),
  ending_before: z.string().min(1).optional(),
}

export interface ListParameters {
  limit: number
  starting_after?: string | undefined
  ending_before?: string | undefined
}

export interface List<Item> {
  object: 'list'
  data: Item[]
  has_more: boolean
  url: string
}

/** A table whose rows keep their object as JSON, and its name in Stripe's messages. */
export interface ObjectTable {
  name: 'customers' | 'meters' | ObjectTableName
  kind: string
  /** An SQL condition every row of the list meets, with a `?` for each of the values. */
  where: string
  values: SQLInputValue[]
}

const sequenceRow = z.object({ sequence: z.number() })
const objectRow = z.object({ object: z.string() })

/** One page of a table, newest first. */
export function listFromTable<Item>(
  account: Account,
  table: ObjectTable,
  page: ListParameters,
  url: string,
  read: (json: string) => Item,
): List<Item> {
  const backwards = page.starting_after === undefined && page.ending_before !== undefined
  const cursor = backwards ? page.ending_before : page.starting_after
  const conditions = [table.where]
  const values = [...table.values]
  if (cursor !== undefined) {
    const row = account.database.prepare(`SELECT sequence FROM ${table.name} WHERE id = ?`).get(cursor)
    if (!row) throw noSuch(table.kind, cursor, backwards ? 'ending_before' : 'starting_after')
    conditions.push(backwards ? 'sequence > ?' : 'sequence < ?')
    values.push(sequenceRow.parse(row).sequence)
  }
  // One more than asked for tells whether there is a next page.
  const rows = account.database
    .prepare(
      `SELECT object FROM ${table.name} WHERE ${conditions.join(' AND ')}
       ORDER BY sequence ${backwards ? 'ASC' : 'DESC'} LIMIT ?`,
    )
    .all(...values, page.limit + 1)
  const data = rows.slice(0, page.limit).map((row) => read(objectRow.parse(row).object))
  if (backwards) data.reverse()
  return { object: 'list', data, has_more: rows.length > page.limit, url }
}

/** One page of a list that is computed rather than stored; `all` is newest first. */
export function listFromArray<Item extends { id: string }>(
  all: readonly Item[],
  kind: string,
  page: ListParameters,
  url: string,
): List<Item> {
  const positionOf = (id: string, param: string): number => {
    const position = all.findIndex((item) => item.id === id)
    if (position < 0) throw noSuch(kind, id, param)
    return position
  }
  if (page.starting_after === undefined && page.ending_before !== undefined) {
    const end = positionOf(page.ending_before, 'ending_before')
    const start = Math.max(0, end - page.limit)
    return { object: 'list', data: all.slice(start, end), has_more: start > 0, url }
  }
  const start = page.starting_after === undefined ? 0 : positionOf(page.starting_after, 'starting_after') + 1
  const end = start + page.limit
  return { object: 'list', data: all.slice(start, end), has_more: end < all.length, url }
}
