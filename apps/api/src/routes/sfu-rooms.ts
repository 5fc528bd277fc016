/** A room as its host and its participants ask about it: `/api/v1/sfu/rooms/:roomId`. */
import {
  type AdmissionAnswer,
  admissionBodySchema,
  departuresBodySchema,
  isWellFormedKey,
  locateRoomBodySchema,
  participantIdSchema,
  type RoomId,
  type RoomTokenClaims,
  roomIdSchema,
  verifyRoomToken,
} from '@radist-tech/protocol'
import { type Context, Hono } from 'hono'
import type { z } from 'zod'
import { ApiError } from '../api-error.ts'
import { bearerToken } from '../bearer.ts'
import { controlPlaneKeys } from '../control-plane-keys.ts'
import type { Env } from '../env.ts'
import { readHostRequest } from '../host-authentication.ts'
import { jsonBody } from '../json-body.ts'
import type { LocateProof } from '../objects/room-object.ts'
import { signedGrant } from '../room-access.ts'

const MAX_ADMISSION_BYTES = 16_384
/** 1,000 departures of some 80 bytes. */
const MAX_DEPARTURES_BYTES = 131_072

export const sfuRooms = new Hono<{ Bindings: Env }>()

sfuRooms.post('/:roomId/admissions', async (c) => {
  const { hostId, fleet, stamp, body } = await readHostRequest(c, admissionBodySchema, MAX_ADMISSION_BYTES)
  const taken = await fleet.acceptRequest(hostId, stamp)
  if (!taken.ok) throw new ApiError(taken.code)
  const roomId = roomIdOf(c)
  const { jti, exp } = await verifiedToken(c.env, body.roomToken, roomId)
  const { epoch, attemptId = null } = body
  const request = { hostId, epoch, jti, expiresAt: exp * 1000, attemptId }
  const admission = await c.env.ROOM.getByName(roomId).admit(request)
  if (!admission.ok) throw new ApiError(admission.code)
  const { participantId, identity, permissions, reconnectSecret, replaces } = admission
  const answer: AdmissionAnswer = {
    participantId,
    ...(identity !== null && { identity }),
    permissions,
    reconnectSecret,
    ...(replaces !== null && { replaces }),
  }
  return c.json(answer)
})

sfuRooms.post('/:roomId/departures', async (c) => {
  const { hostId, fleet, stamp, body } = await readHostRequest(c, departuresBodySchema, MAX_DEPARTURES_BYTES)
  const taken = await fleet.acceptRequest(hostId, stamp)
  if (!taken.ok) throw new ApiError(taken.code)
  const room = c.env.ROOM.getByName(roomIdOf(c))
  const departed = await room.depart({ hostId, epoch: body.epoch }, body.departures)
  if (!departed.ok) throw new ApiError(departed.code)
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
  if ('roomToken' in body)
    return { kind: 'token', jti: (await verifiedToken(env, body.roomToken, roomId)).jti }
  const participantId = participantIdSchema.safeParse(body.participantId)
  if (!participantId.success) throw new ApiError('invalid_reconnect_token')
  return { kind: 'participant', participantId: participantId.data, reconnectToken: body.reconnectToken }
}

async function verifiedToken(env: Env, roomToken: string, roomId: RoomId): Promise<RoomTokenClaims> {
  const { verifying } = await controlPlaneKeys(env)
  const verified = await verifyRoomToken(roomToken, verifying, new Date())
  if (!verified.ok)
    throw new ApiError(verified.reason === 'expired' ? 'expired_room_token' : 'invalid_room_token')
  if (verified.claims.roomId !== roomId) throw new ApiError('invalid_room_token')
  return verified.claims
}

function roomIdOf(c: Context): RoomId {
  const roomId = roomIdSchema.safeParse(c.req.param('roomId')?.toLowerCase())
  if (!roomId.success) throw new ApiError('room_not_found')
  return roomId.data
}
