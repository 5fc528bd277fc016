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
  roomIdSchema,
  signRoomToken,
} from '@radist-tech/protocol'
import { base64url } from 'jose'
import { ApiError } from './api-error.ts'
import type { Backend } from './backend.ts'
import { controlPlaneKeys } from './control-plane-keys.ts'
import type { ProjectAccess } from './domain/project-access.ts'
import { configOf, type Env } from './env.ts'
import { claimOnce, deriveBytes, openOnce, type RepeatableRequest } from './idempotency.ts'
import type { ClaimedWish, TokenWish } from './objects/room-grants.ts'

const JTI_BYTES = 16

/** A room that its project has counted and numbered, and that is now to be made. */
interface OpenedRoom {
  roomId: RoomId
  createdAt: number
  sequence: number
  access: ProjectAccess
  hasWebhooks: boolean
}

/**
 * Makes a room that is on a host by the time this answers, with two tokens for it.
 * @throws {ApiError} `invalid_secret_key`, `project_archived`, `connection_limit_reached`, `no_host_available`,
 * `idempotency_key_reused`
 */
export async function createRoom(
  env: Env,
  backend: Backend,
  body: CreateRoomBody,
  repeatable: RepeatableRequest | null = null,
): Promise<CreateRoomAnswer> {
  if (repeatable) return createRoomOnce(env, backend, body, repeatable)
  const { projectId, credential } = backend
  const roomId = newRoomId()
  const createdAt = Date.now()
  const connection = { kind: 'room', id: roomId, createdAt } as const
  // Nobody confirms it: after 30 s the Project object asks the room itself whether it was made.
  const opened = await env.PROJECT.getByName(projectId).openConnection(projectId, credential, connection)
  if (!opened.ok) throw new ApiError(opened.code)
  const { sequence, access, hasWebhooks } = opened
  const wish = firstWish(body)
  const room = { roomId, createdAt, sequence, access, hasWebhooks }
  const created = await makeRoom(env, backend, room, body, [wish, wish])
  if (!created.ok) throw new ApiError(created.code)
  return roomAnswer(env, roomId, created.claims)
}

function createRoomOnce(
  env: Env,
  backend: Backend,
  body: CreateRoomBody,
  repeatable: RepeatableRequest,
): Promise<CreateRoomAnswer> {
  return openOnce(
    env,
    backend,
    () => ({ kind: 'room', id: newRoomId() }),
    repeatable,
    async (opened) => {
      const { createdAt, sequence, access, hasWebhooks } = opened
      const roomId = roomIdSchema.parse(opened.id)
      const room = { roomId, createdAt, sequence, access, hasWebhooks }
      const wishes = [
        { ...firstWish(body), claim: await tokenClaim(repeatable, opened, 'room token 1') },
        { ...firstWish(body), claim: await tokenClaim(repeatable, opened, 'room token 2') },
      ]
      const created = await makeRoom(env, backend, room, body, wishes)
      if (created.ok) return roomAnswer(env, roomId, created.claims)
      if (created.code === 'room_closed') return 'lapsed'
      throw new ApiError(created.code)
    },
  )
}

/**
 * One more token for an open room; whether the backend may act for the project is already known,
 * unless the request is a repeatable one.
 * @throws {ApiError} `room_not_found`, `room_closed`, `no_host_available`, `too_many_requests`
 */
export async function mintRoomToken(
  env: Env,
  projectId: ProjectId,
  roomId: RoomId,
  body: MintRoomTokenBody,
): Promise<MintRoomTokenAnswer> {
  const grant = await env.ROOM.getByName(roomId).mint(projectId, wishOf(body))
  if (!grant.ok) throw new ApiError(grant.code)
  return signedGrant(env, grant.claims)
}

/**
 * Like {@link mintRoomToken}, once for each idempotency key.
 * @throws {ApiError} `invalid_secret_key`, `project_archived`, `idempotency_key_reused` as well
 */
export function mintRoomTokenOnce(
  env: Env,
  backend: Backend,
  roomId: RoomId,
  body: MintRoomTokenBody,
  repeatable: RepeatableRequest,
): Promise<MintRoomTokenAnswer> {
  return claimOnce(env, backend, repeatable, async (claimed) => {
    const wish = { ...wishOf(body), claim: await tokenClaim(repeatable, claimed, 'room token') }
    const grant = await env.ROOM.getByName(roomId).mintClaimed(backend.projectId, wish)
    if (grant.ok) return signedGrant(env, grant.claims)
    if (grant.code === 'claim_lapsed') return 'lapsed'
    throw new ApiError(grant.code)
  })
}

const makeRoom = (
  env: Env,
  { projectId }: Backend,
  { roomId, createdAt, sequence, access, hasWebhooks }: OpenedRoom,
  body: CreateRoomBody,
  wishes: (TokenWish | ClaimedWish)[],
) => {
  const { maxParticipants, emptyTimeoutSeconds, region = DEFAULT_REGION } = body
  const origin = { roomId, projectId, sequence, region, access, hasWebhooks }
  const settings = {
    maxParticipants,
    emptyTimeoutMs: emptyTimeoutSeconds * 1000,
    graceMs: configOf(env).RADIST_PEER_GRACE_SECONDS * 1000,
  }
  return env.ROOM.getByName(roomId).create(origin, settings, createdAt, wishes)
}

const wishOf = ({ identity, permissions, tokenTtlSeconds }: MintRoomTokenBody): TokenWish => ({
  identity: identity ?? null,
  permissions,
  ttlMs: tokenTtlSeconds * 1000,
})

/** Each of the tokens that a room begins with. */
const firstWish = ({ tokenTtlSeconds }: CreateRoomBody): TokenWish =>
  wishOf({ permissions: { publish: true, subscribe: true, data: true }, tokenTtlSeconds })

/** The token's id is the same at each repetition, and as long as a random one. */
const tokenClaim = async (
  repeatable: RepeatableRequest,
  { seed, createdAt }: { seed: string; createdAt: number },
  purpose: string,
): Promise<ClaimedWish['claim']> => ({
  jti: base64url.encode(await deriveBytes(repeatable, seed, purpose, JTI_BYTES)),
  claimedAt: createdAt,
})

async function roomAnswer(
  env: Env,
  roomId: RoomId,
  [first, second]: RoomTokenClaims[],
): Promise<CreateRoomAnswer> {
  if (!first || !second) throw new Error('A room was made without its tokens')
  const roomTokens: [string, string] = [await signed(env, first), await signed(env, second)]
  return { roomId, roomTokens, signalingUrl: first.signalingUrl }
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
