/** What a call has written down, to see that something changed none of it. */
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'

/** All rows of all tables of its object; the runtime's own are left out. */
export const storedOf = (callId: string) =>
  runInDurableObject(env.CALL.getByName(callId), (_, { storage: { sql } }) =>
    sql
      .exec<{ name: string }>(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '_cf_*' ORDER BY name",
      )
      .toArray()
      .map(({ name }) => ({ name, rows: sql.exec(`SELECT * FROM ${name}`).toArray() })),
  )
