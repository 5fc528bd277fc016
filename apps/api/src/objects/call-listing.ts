/** What others are told of a call: D1's copy of it, for listings, and the place in its project. */
import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { calls } from '../../../../drizzle/schema.ts'
import { attendanceOf, type CallState } from '../domain/call-state.ts'
import { viewCall } from '../domain/call-view.ts'
import type { Env } from '../env.ts'
import { logFailedDelivery } from './outbox.ts'

/** How long a create waits for its row in D1, in milliseconds: usually a few; the alarm sees to the rest. */
const LISTING_WAIT_MS = 1000

/** Built once for each database, since every call writes its row. */
const statements = new WeakMap<D1Database, ReturnType<typeof prepare>>()

const prepare = (database: D1Database) =>
  drizzle(database)
    .insert(calls)
    .values({
      callId: sql.placeholder('callId'),
      projectId: sql.placeholder('projectId'),
      sequence: sql.placeholder('sequence'),
      accessControl: sql.placeholder('accessControl'),
      createdAt: sql.placeholder('createdAt'),
      tombstonedAt: sql.placeholder('tombstonedAt'),
      peerCount: sql.placeholder('peerCount'),
      endedReason: sql.placeholder('endedReason'),
    })
    .onConflictDoUpdate({
      target: calls.callId,
      set: {
        tombstonedAt: sql`coalesce(${calls.tombstonedAt}, excluded.tombstoned_at)`,
        peerCount: sql`coalesce(${calls.peerCount}, excluded.peer_count)`,
        endedReason: sql`coalesce(${calls.endedReason}, excluded.ended_reason)`,
      },
    })
    .prepare()

/** Writes the whole row. Taken twice, or late, it changes nothing: a tombstone once written stays. */
export async function writeListingRow({ DB: database }: Env, state: CallState): Promise<void> {
  const known = statements.get(database)
  const statement = known ?? prepare(database)
  if (!known) statements.set(database, statement)
  const { facts, life } = state
  const isOver = life.kind === 'tombstoned'
  await statement.execute({
    ...facts,
    tombstonedAt: isOver ? life.at : null,
    peerCount: isOver ? attendanceOf(life).everJoined : null,
    endedReason: viewCall(state).endedReason,
  })
}

/** Whether the row was written within the time that a create waits for it. */
export async function listInTime(env: Env, state: CallState): Promise<boolean> {
  const waited = new AbortController()
  const tooLate = scheduler.wait(LISTING_WAIT_MS, { signal: waited.signal }).then(
    () => false,
    () => false,
  )
  const written = writeListingRow(env, state).then(
    () => true,
    (error: unknown) => {
      logFailedDelivery('listing', 0, error)
      return false
    },
  )
  return Promise.race([written, tooLate]).finally(() => waited.abort())
}

/** The call is over: its place in the project is free. */
export async function freePlace(env: Env, { facts, life }: CallState): Promise<void> {
  const { projectId, callId } = facts
  const { everConnected } = attendanceOf(life)
  await env.PROJECT.getByName(projectId).closeConnection('call', callId, { everConnected })
}
