/** Rooms in the dashboard: lists, one with its timeline, its live socket, and what is done to it. */
import {
  muteTrackBodySchema,
  type ParticipantId,
  type ProjectId,
  participantIdSchema,
  type RoomId,
  roomIdSchema,
  roomTrackSchema,
} from '@radist-tech/protocol'
import type { dashboardRoomsAnswerSchema } from '@radist-tech/protocol/dashboard'
import { and, asc, desc, eq, gte, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import type { z } from 'zod'
import { rooms } from '../../../../../drizzle/schema.ts'
import { ApiError } from '../../api-error.ts'
import type { Env } from '../../env.ts'
import { jsonBody } from '../../json-body.ts'
import { audit } from '../audit.ts'
import { type Listing, listPage } from '../connection-lists.ts'
import type { DashboardContext, DashboardRoutes } from '../router.ts'
import { watchObject } from '../watch-object.ts'

type ListedRoom = z.input<typeof dashboardRoomsAnswerSchema>['rooms'][number]

export function roomRoutes(routes: DashboardRoutes): void {
  routes.project('get', '/rooms', 'media:read', async (c, { project }) => {
    const { rows, ...page } = await listPage(c, project.projectId, listingOf(c.env, project.projectId))
    return c.json({ rooms: rows.map(viewRow), ...page })
  })

  routes.project('get', '/rooms/:roomId', 'media:read', async (c, { project }) => {
    const looked = await c.env.ROOM.getByName(roomIdOf(c)).look(project.projectId)
    if (!looked.ok) throw new ApiError(looked.code)
    const { ok: _ok, ...answer } = looked
    return c.json(answer)
  })

  routes.project('get', '/rooms/:roomId/live', 'media:read', (c, { project }) =>
    watchObject(c, c.env.ROOM.getByName(roomIdOf(c)), project.projectId),
  )

  routes.project('delete', '/rooms/:roomId', 'media:control', async (c, { actor, project }) => {
    const roomId = roomIdOf(c)
    const { projectId } = project
    const closed = await c.env.ROOM.getByName(roomId).close(projectId)
    if (!closed.ok) throw new ApiError(closed.code)
    await audit(c.env, actor, { action: 'room.closed', target: roomId, projectId })
    return c.json(closed.room)
  })

  const participant = '/rooms/:roomId/participants/:participantId'
  routes.project('delete', participant, 'media:control', async (c, { actor, project }) => {
    const [roomId, participantId] = [roomIdOf(c), participantIdOf(c)]
    const { projectId } = project
    const removed = await c.env.ROOM.getByName(roomId).remove(projectId, participantId)
    if (!removed.ok) throw new ApiError(removed.code)
    const target = `${roomId} ${participantId}`
    await audit(c.env, actor, { action: 'participant.removed', target, projectId })
    return c.json({ participantId })
  })

  const mute = `${participant}/tracks/:producerId/mute`
  routes.project('post', mute, 'media:control', async (c, { actor, project }) => {
    const { muted } = await jsonBody(c, muteTrackBodySchema)
    const [roomId, participantId] = [roomIdOf(c), participantIdOf(c)]
    const producerId = roomTrackSchema.shape.producerId.safeParse(c.req.param('producerId'))
    if (!producerId.success) throw new ApiError('track_not_found')
    const { projectId } = project
    const wanted = { producerId: producerId.data, muted }
    const track = await c.env.ROOM.getByName(roomId).mute(projectId, participantId, wanted)
    if (!track.ok) throw new ApiError(track.code)
    const target = `${roomId} ${participantId} ${producerId.data}`
    await audit(c.env, actor, { action: muted ? 'track.muted' : 'track.unmuted', target, projectId })
    return c.json(track.track)
  })
}

/** @throws {ApiError} `participant_not_found` */
function participantIdOf(c: DashboardContext): ParticipantId {
  const participantId = participantIdSchema.safeParse(c.req.param('participantId'))
  if (!participantId.success) throw new ApiError('participant_not_found')
  return participantId.data
}

/** @throws {ApiError} `room_not_found` */
function roomIdOf(c: DashboardContext): RoomId {
  const roomId = roomIdSchema.safeParse(c.req.param('roomId')?.toLowerCase())
  if (!roomId.success) throw new ApiError('room_not_found')
  return roomId.data
}

type RoomRow = typeof rooms.$inferSelect & { endedAt: number | null }

const viewRow = ({ roomId, createdAt, endedAt, participantCount, closedReason }: RoomRow) =>
  ({
    roomId: roomIdSchema.parse(roomId),
    createdAt: new Date(createdAt).toISOString(),
    endedAt: endedAt === null ? null : new Date(endedAt).toISOString(),
    participants: participantCount,
    endedReason: closedReason,
  }) satisfies ListedRoom

function listingOf(env: Env, projectId: ProjectId): Listing<RoomRow> {
  const db = drizzle(env.DB)
  const isProjects = eq(rooms.projectId, projectId)
  const listed = (row: typeof rooms.$inferSelect): RoomRow => ({ ...row, endedAt: row.closedAt })
  return {
    kind: 'room',
    async firstSince(time) {
      const [first] = await db
        .select({ sequence: rooms.sequence })
        .from(rooms)
        .where(and(isProjects, gte(rooms.createdAt, time)))
        .orderBy(asc(rooms.createdAt))
        .limit(1)
      return first?.sequence ?? null
    },
    async rows(numbers) {
      const isOnPage = sql`${rooms.sequence} IN (SELECT value FROM json_each(${JSON.stringify(numbers)}))`
      const rows = await db
        .select()
        .from(rooms)
        .where(and(isProjects, isOnPage))
        .orderBy(desc(rooms.sequence))
      return rows.map(listed)
    },
    async row(id) {
      const [row] = await db
        .select()
        .from(rooms)
        .where(and(isProjects, eq(rooms.roomId, id.trim().toLowerCase())))
      return row ? listed(row) : null
    },
  }
}
