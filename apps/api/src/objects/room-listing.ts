/** D1's copy of a room, for listings. */
import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { rooms } from '../../../../drizzle/schema.ts'
import type { StoredRoom } from './room-store.ts'

/** Writes the whole row. Taken twice, or late, it changes nothing: once closed, closed. */
export async function writeRoomRow(database: D1Database, { origin, room }: StoredRoom): Promise<void> {
  const { roomId, projectId, sequence } = origin
  const closedAt = room.kind === 'closed' ? room.closedAt : null
  await drizzle(database)
    .insert(rooms)
    .values({ roomId, projectId, sequence, createdAt: room.createdAt, closedAt })
    .onConflictDoUpdate({
      target: rooms.roomId,
      set: { closedAt: sql`coalesce(${rooms.closedAt}, excluded.closed_at)` },
    })
}
