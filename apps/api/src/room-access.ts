/** Making rooms and room tokens on behalf of a project; used by the REST routes and the playground's. */
import {
  type CreateRoomAnswer,
  type CreateRoomBody,
  DEFAULT_REGION,
  type MintRoomTokenAnswer,
  type MintRoomTokenBody,
  newRoomId,
  type ProjectId,
  type RoomId,
  type RoomTokenClaims,
  signRoomToken,
} from '@radist-tech/protocol'
import { ApiError } from './api-error.ts'
import type { Backend } from './backend.ts'
import { controlPlaneKeys } from './control-plane-keys.ts'
import { configOf, type Env } from './env.ts'
import type { TokenWish } from './objects/room-object.ts'

/**
 * Makes a room that is on a host by the time this answers, with two tokens for it.
 * @throws {ApiError} `invalid_secret_key`, `connection_limit_reached`, `no_host_available`
 */
export async function createRoom(
  env: Env,
  { projectId, credential }: Backend,
  body: CreateRoomBody,
): Promise<CreateRoomAnswer> {
  const roomId = newRoomId()
  const createdAt = Date.now()
  const connection = { kind: 'room', id: roomId, createdAt } as const
  // Nobody confirms it: after 30 s the Project object asks the room itself whether it was made.
  const opened = await env.PROJECT.getByName(projectId).openConnection(projectId, credential, connection)
  if (!opened.ok) throw new ApiError(opened.code)
  const { sequence, publicKeys } = opened
  const origin = { roomId, projectId, sequence, region: body.region ?? DEFAULT_REGION, publicKeys }
  const settings = {
    maxParticipants: body.maxParticipants,
    emptyTimeoutMs: body.emptyTimeoutSeconds * 1000,
    graceMs: configOf(env).RADIST_PEER_GRACE_SECONDS * 1000,
  }
  const wish: TokenWish = {
    identity: null,
    permissions: { publish: true, subscribe: true, data: true },
    ttlMs: body.tokenTtlSeconds * 1000,
  }
  const created = await env.ROOM.getByName(roomId).create(origin, settings, createdAt, [wish, wish])
  if (!created.ok) throw new ApiError(created.code)
  const [first, second] = created.claims
  if (!first || !second) throw new Error('A room was made without its tokens')
  const roomTokens: [string, string] = [await signed(env, first), await signed(env, second)]
  return { roomId, roomTokens, signalingUrl: first.signalingUrl }
}

/**
 * One more token for an open room.
 * @throws {ApiError} `room_not_found`, `room_closed`, `no_host_available`, `too_many_requests`
 */
export async function mintRoomToken(
  env: Env,
  projectId: ProjectId,
  roomId: RoomId,
  body: MintRoomTokenBody,
): Promise<MintRoomTokenAnswer> {
  const { identity = null, permissions, tokenTtlSeconds } = body
  const wish = { identity, permissions, ttlMs: tokenTtlSeconds * 1000 }
  const grant = await env.ROOM.getByName(roomId).mint(projectId, wish)
  if (!grant.ok) throw new ApiError(grant.code)
  return signedGrant(env, grant.claims)
}

/** A token that says these claims, and the address of the host that they name. */
export const signedGrant = async (env: Env, claims: RoomTokenClaims): Promise<MintRoomTokenAnswer> => ({
  roomToken: await signed(env, claims),
  signalingUrl: claims.signalingUrl,
})

async function signed(env: Env, claims: RoomTokenClaims): Promise<string> {
  const { signing } = await controlPlaneKeys(env)
  return (await signRoomToken(signing, claims)).token
}
