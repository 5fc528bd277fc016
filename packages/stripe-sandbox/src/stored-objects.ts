/** Objects kept as JSON, each resource's in a table of its own. */
import type { SQLInputValue } from 'node:sqlite'
import { z } from 'zod'
import type { Account } from './account.ts'
import type { ObjectTableName } from './database.ts'
import { type List, type ListParameters, listFromTable } from './pagination.ts'
import { noSuch } from './stripe-error.ts'

export interface Resource<Item extends { id: string }> {
  table: ObjectTableName
  /** Stripe's word for it, as in "No such price". */
  kind: string
  schema: z.ZodType<Item>
}

/**
 * Which objects: each field, named by its path in the JSON, must be equal to the value, or to one of
 * the values; undefined asks nothing.
 */
export type Filter = Readonly<Record<string, SQLInputValue | string[] | undefined>>

const objectRow = z.object({ object: z.string() })

export function insertObject<Item extends { id: string }>(
  account: Account,
  { table }: Resource<Item>,
  item: NoInfer<Item>,
): Item {
  account.database
    .prepare(`INSERT INTO ${table} (id, object) VALUES (?, ?)`)
    .run(item.id, JSON.stringify(item))
  return item
}

export function replaceObject<Item extends { id: string }>(
  account: Account,
  { table }: Resource<Item>,
  item: NoInfer<Item>,
): Item {
  account.database.prepare(`UPDATE ${table} SET object = ? WHERE id = ?`).run(JSON.stringify(item), item.id)
  return item
}

export function deleteObject<Item extends { id: string }>(
  account: Account,
  { table }: Resource<Item>,
  id: string,
): void {
  account.database.prepare(`DELETE FROM ${table} WHERE id = ?`).run(id)
}

export function findObject<Item extends { id: string }>(
  account: Account,
  { table, schema }: Resource<Item>,
  id: string,
): Item | undefined {
  const row = account.database.prepare(`SELECT object FROM ${table} WHERE id = ?`).get(id)
  return row && schema.parse(JSON.parse(objectRow.parse(row).object))
}

/**
 * @param param The parameter that names the object; `id` when the address does.
 * @throws StripeError when there is no such object.
 */
export function requireObject<Item extends { id: string }>(
  account: Account,
  resource: Resource<Item>,
  id: string,
  param = 'id',
): Item {
  const item = findObject(account, resource, id)
  if (!item) throw noSuch(resource.kind, id, param)
  return item
}

/** All objects that meet the filter, in order of creation. */
export function allObjects<Item extends { id: string }>(
  account: Account,
  { table, schema }: Resource<Item>,
  filter: Filter = {},
): Item[] {
  const { where, values } = conditions(filter)
  return account.database
    .prepare(`SELECT object FROM ${table} WHERE ${where} ORDER BY sequence`)
    .all(...values)
    .map((row) => schema.parse(JSON.parse(objectRow.parse(row).object)))
}

/** The object whose time comes first, of those due at a moment, in seconds since the Unix epoch. */
export function firstDue<Item extends { id: string }>(
  account: Account,
  { table, schema }: Resource<Item>,
  until: number,
  testClock: string | null,
): Item | undefined {
  const row = account.database
    .prepare(
      `SELECT object FROM ${table}
       WHERE json_extract(object, '$.due_at') <= ? AND json_extract(object, '$.test_clock') IS ?
       ORDER BY json_extract(object, '$.due_at'), sequence LIMIT 1`,
    )
    .get(until, testClock)
  return row && schema.parse(JSON.parse(objectRow.parse(row).object))
}

/** One page of the objects that meet the filter, as they are answered. */
export function listObjects<Item extends { id: string }, Answer>(
  account: Account,
  { table, kind, schema }: Resource<Item>,
  page: ListParameters,
  url: string,
  filter: Filter,
  present: (item: Item) => Answer,
): List<Answer> {
  const objects = { name: table, kind, ...conditions(filter) }
  return listFromTable(account, objects, page, url, (json) => present(schema.parse(JSON.parse(json))))
}

/** The fields' names come from this package's code, never from a request. */
function conditions(filter: Filter): { where: string; values: SQLInputValue[] } {
  const parts: string[] = ['TRUE']
  const values: SQLInputValue[] = []
  for (const [field, value] of Object.entries(filter)) {
    if (value === undefined) continue
    const allowed = Array.isArray(value) ? value : [value]
    parts.push(`json_extract(object, '$.${field}') IN (${allowed.map(() => '?').join(', ')})`)
    values.push(...allowed)
  }
  return { where: parts.join(' AND '), values }
}
