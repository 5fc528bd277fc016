/** D1's copy of a room, for listings. */
import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { rooms } from '../../../../drizzle/schema.ts'
import { viewRoom } from '../domain/room-view.ts'
import type { StoredRoom } from './room-store.ts'

/** Writes the whole row. Taken twice, or late, it changes nothing: once closed, closed. */
export async function writeRoomRow(database: D1Database, { origin, room }: StoredRoom): Promise<void> {
  const { roomId, projectId, sequence } = origin
  const isClosed = room.kind === 'closed'
  const end = {
    closedAt: isClosed ? room.closedAt : null,
    participantCount: isClosed ? room.everAdmitted : null,
    closedReason: viewRoom(roomId, room, null).closedReason,
  }
  await drizzle(database)
    .insert(rooms)
    .values({ roomId, projectId, sequence, createdAt: room.createdAt, ...end })
    .onConflictDoUpdate({
      target: rooms.roomId,
      set: {
        closedAt: sql`coalesce(${rooms.closedAt}, excluded.closed_at)`,
        participantCount: sql`coalesce(${rooms.participantCount}, excluded.participant_count)`,
        closedReason: sql`coalesce(${rooms.closedReason}, excluded.closed_reason)`,
      },
    })
}
