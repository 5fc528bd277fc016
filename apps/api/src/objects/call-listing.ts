/** D1's copy of a call, for listings. */
import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { calls } from '../../../../drizzle/schema.ts'
import type { CallState } from '../domain/call-state.ts'

/** Writes the whole row. Taken twice, or late, it changes nothing: a tombstone once written stays. */
export async function writeListingRow(database: D1Database, { facts, life }: CallState): Promise<void> {
  const tombstonedAt = life.kind === 'tombstoned' ? life.at : null
  await drizzle(database)
    .insert(calls)
    .values({ ...facts, tombstonedAt })
    .onConflictDoUpdate({
      target: calls.callId,
      set: { tombstonedAt: sql`coalesce(${calls.tombstonedAt}, excluded.tombstoned_at)` },
    })
}
