/** Reads the ledgers of a Worker that has ended from its disk: what is there is all that is left after a crash. */
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { base64url } from 'jose'
import { z } from 'zod'

const projectSchema = z.object({ project_id: z.string() })
/** Participants are stored by the bytes of which their ids are made. */
const staySchema = z.object({
  participant: z.instanceof(Uint8Array).transform((bytes) => `part_${base64url.encode(bytes)}`),
  seconds: z.int(),
})
const windowSchema = z.object({ start: z.int(), seconds: z.int(), state: z.string() })
const sumSchema = z.object({ seconds: z.int() })

export interface Ledger {
  /** Seconds by participant id. */
  participants: Map<string, number>
  /** The same seconds in the sums that the project's totals are read from, by table. */
  totals: Map<string, number>
  /** `start`: ms since 1970. */
  windows: { start: number; seconds: number; state: string }[]
}

/** By project id. */
export function readLedgers(stateDir: string): Map<string, Ledger> {
  const ledgers = new Map<string, Ledger>()
  for (const file of globSync(join(stateDir, '**', '*.sqlite'))) {
    const database = new DatabaseSync(file)
    try {
      if (!database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'usage_ledger'").get()) continue
      const { project_id } = projectSchema.parse(
        database.prepare('SELECT project_id FROM usage_ledger').get(),
      )
      ledgers.set(project_id, ledgerIn(database))
    } finally {
      database.close()
    }
  }
  return ledgers
}

function ledgerIn(database: DatabaseSync): Ledger {
  const all = <T extends z.ZodType>(schema: T, query: string) =>
    z.array(schema).parse(database.prepare(query).all())
  const participants = all(
    staySchema,
    'SELECT participant, SUM(seconds) AS seconds FROM usage_stays GROUP BY 1',
  )
  const totals = ['usage_hours', 'usage_days', 'usage_months'].map((table) => {
    const sum = database.prepare(`SELECT COALESCE(SUM(seconds), 0) AS seconds FROM ${table}`).get()
    return [table, sumSchema.parse(sum).seconds] as const
  })
  return {
    participants: new Map(participants.map(({ participant, seconds }) => [participant, seconds])),
    totals: new Map(totals),
    windows: all(windowSchema, 'SELECT start, seconds, state FROM meter_windows ORDER BY start'),
  }
}
