/** Rooms, for a customer's backend: `/api/v1/projects/:projectId/rooms`. */
import {
  createRoomBodySchema,
  type ListRoomsAnswer,
  mintRoomTokenBodySchema,
  muteTrackBodySchema,
  type ParticipantId,
  participantIdSchema,
  roomIdSchema,
  roomTrackSchema,
} from '@radist-tech/protocol'
import { and, desc, eq, gt, lte } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { type Context, Hono } from 'hono'
import { rooms as roomRows } from '../../../../drizzle/schema.ts'
import { ApiError } from '../api-error.ts'
import { authorize, authorizedBody, authorizeMaking, backendOf } from '../backend.ts'
import type { Env } from '../env.ts'
import { repeatableRequest } from '../idempotency.ts'
import { newestOf, pageOf } from '../paging.ts'
import { createRoom, mintRoomToken, mintRoomTokenOnce } from '../room-access.ts'

export const rooms = new Hono<{ Bindings: Env }>()

rooms.post('/', async (c) => {
  const backend = backendOf(c)
  const body = await authorizedBody(c, backend, createRoomBodySchema)
  const repeatable = await repeatableRequest(c, backend, body)
  return c.json(await createRoom(c.env, backend, body, repeatable))
})

rooms.get('/', async (c) => {
  const backend = backendOf(c)
  const { totals } = await authorize(c.env, backend)
  const { page, limit } = pageOf(c)
  const newest = newestOf({ page, limit }, totals.rooms)
  return c.json({
    rooms: newest > 0 ? await listRooms(c.env, backend.projectId, newest, limit) : [],
    page,
    limit,
    total: totals.rooms,
  } satisfies Omit<ListRoomsAnswer, 'rooms'> & { rooms: unknown[] })
})

rooms.get('/:roomId', async (c) => {
  const { projectId, room } = await roomOf(c)
  const seen = await room.read(projectId)
  if (!seen.ok) throw new ApiError(seen.code)
  return c.json(seen.room)
})

rooms.delete('/:roomId', async (c) => {
  const { projectId, room } = await roomOf(c)
  const closed = await room.close(projectId)
  if (!closed.ok) throw new ApiError(closed.code)
  return c.json(closed.room)
})

rooms.post('/:roomId/token', async (c) => {
  const backend = backendOf(c)
  const body = await authorizedBody(c, backend, mintRoomTokenBodySchema)
  const repeatable = await repeatableRequest(c, backend, body)
  const roomId = roomIdSchema.safeParse(c.req.param('roomId').toLowerCase())
  if (repeatable && roomId.success)
    return c.json(await mintRoomTokenOnce(c.env, backend, roomId.data, body, repeatable))
  await authorizeMaking(c.env, backend)
  if (!roomId.success) throw new ApiError('room_not_found')
  return c.json(await mintRoomToken(c.env, backend.projectId, roomId.data, body))
})

rooms.delete('/:roomId/participants/:participantId', async (c) => {
  const { projectId, room } = await roomOf(c)
  const participantId = participantIdOf(c)
  const removed = await room.remove(projectId, participantId)
  if (!removed.ok) throw new ApiError(removed.code)
  return c.json({ participantId })
})

rooms.post('/:roomId/participants/:participantId/tracks/:producerId/mute', async (c) => {
  const { muted } = await authorizedBody(c, backendOf(c), muteTrackBodySchema)
  const { projectId, room } = await roomOf(c)
  const participantId = participantIdOf(c)
  const producerId = roomTrackSchema.shape.producerId.safeParse(c.req.param('producerId'))
  if (!producerId.success) throw new ApiError('track_not_found')
  const track = await room.mute(projectId, participantId, { producerId: producerId.data, muted })
  if (!track.ok) throw new ApiError(track.code)
  return c.json(track.track)
})

/** The room that the path names, when its project may be asked. Whoever may not act for it is told that first. */
async function roomOf(c: Context<{ Bindings: Env }>) {
  const { projectId } = await authorize(c.env, backendOf(c))
  const roomId = roomIdSchema.safeParse(c.req.param('roomId')?.toLowerCase())
  if (!roomId.success) throw new ApiError('room_not_found')
  return { projectId, room: c.env.ROOM.getByName(roomId.data) }
}

function participantIdOf(c: Context): ParticipantId {
  const participantId = participantIdSchema.safeParse(c.req.param('participantId'))
  if (!participantId.success) throw new ApiError('participant_not_found')
  return participantId.data
}

/** One page, newest first, from the room of this number on: a range on an index, whichever page it is. */
async function listRooms(env: Env, projectId: string, newest: number, limit: number) {
  const rows = await drizzle(env.DB)
    .select()
    .from(roomRows)
    .where(
      and(
        eq(roomRows.projectId, projectId),
        lte(roomRows.sequence, newest),
        gt(roomRows.sequence, newest - limit),
      ),
    )
    .orderBy(desc(roomRows.sequence))
  return rows.map(({ roomId, createdAt, closedAt }) => ({
    roomId,
    createdAt: new Date(createdAt).toISOString(),
    closedAt: closedAt === null ? null : new Date(closedAt).toISOString(),
  }))
}
