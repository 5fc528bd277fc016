/** A room as its host and its participants ask about it: `/api/v1/sfu/rooms/:roomId`. */
import {
  departuresBodySchema,
  isWellFormedKey,
  locateRoomBodySchema,
  participantIdSchema,
  presenceBodySchema,
  type RoomId,
  roomIdSchema,
} from '@radist-tech/protocol'
import { type Context, Hono } from 'hono'
import type { z } from 'zod'
import { ApiError } from '../api-error.ts'
import { bearerToken } from '../bearer.ts'
import type { LocateProof } from '../domain/locate-proof.ts'
import type { Env } from '../env.ts'
import { readHostRequest } from '../host-authentication.ts'
import { jsonBody } from '../json-body.ts'
import { signedGrant } from '../room-access.ts'
import { checkedRoomToken } from '../room-tokens.ts'

/** 1,000 departures of some 80 bytes, or 500 changes of presence of some 150. */
const MAX_REPORT_BYTES = 131_072

export const sfuRooms = new Hono<{ Bindings: Env }>()

sfuRooms.post('/:roomId/departures', async (c) => {
  const { hostId, fleet, stamp, body } = await readHostRequest(c, departuresBodySchema, MAX_REPORT_BYTES)
  const taken = await fleet.acceptRequest(hostId, stamp)
  if (!taken.ok) throw new ApiError(taken.code)
  const room = c.env.ROOM.getByName(roomIdOf(c))
  const departed = await room.depart({ hostId, epoch: body.epoch }, body.departures)
  if (!departed.ok) throw new ApiError(departed.code)
  return c.json({ ok: true })
})

sfuRooms.post('/:roomId/presence', async (c) => {
  const { hostId, fleet, stamp, body } = await readHostRequest(c, presenceBodySchema, MAX_REPORT_BYTES)
  const taken = await fleet.acceptRequest(hostId, stamp)
  if (!taken.ok) throw new ApiError(taken.code)
  const room = c.env.ROOM.getByName(roomIdOf(c))
  const noted = await room.presence({ hostId, epoch: body.epoch }, body.changes)
  if (!noted.ok) throw new ApiError(noted.code)
  return c.json({ ok: true })
})

sfuRooms.post('/:roomId/locate', async (c) => {
  const publicKey = bearerToken(c)
  if (!isWellFormedKey('public', publicKey)) throw new ApiError('invalid_public_key')
  const roomId = roomIdOf(c)
  const proof = await proofOf(c.env, roomId, await jsonBody(c, locateRoomBodySchema))
  const visitor = { key: publicKey, origin: c.req.header('origin') ?? null }
  const located = await c.env.ROOM.getByName(roomId).locate(visitor, proof)
  if (!located.ok) throw new ApiError(located.code)
  return c.json(await signedGrant(c.env, located.claims))
})

async function proofOf(
  env: Env,
  roomId: RoomId,
  body: z.infer<typeof locateRoomBodySchema>,
): Promise<LocateProof> {
  if ('roomToken' in body) {
    const checked = await checkedRoomToken(env, body.roomToken, roomId)
    if (!checked.ok) throw new ApiError(checked.code)
    return { kind: 'token', jti: checked.claims.jti }
  }
  const participantId = participantIdSchema.safeParse(body.participantId)
  if (!participantId.success) throw new ApiError('invalid_reconnect_token')
  return { kind: 'participant', participantId: participantId.data, reconnectToken: body.reconnectToken }
}

function roomIdOf(c: Context): RoomId {
  const roomId = roomIdSchema.safeParse(c.req.param('roomId')?.toLowerCase())
  if (!roomId.success) throw new ApiError('room_not_found')
  return roomId.data
}
