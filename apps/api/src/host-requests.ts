/** The control plane's requests to SFU hosts: signed, bounded in time, their outcomes as values. */
import {
  ASSIGNMENTS_PATH,
  type AssignmentClaims,
  assignmentAnswerSchema,
  type closeRoomBodySchema,
  closeRoomPath,
  errorBodySchema,
  type HostId,
  muteAnswerSchema,
  type muteBodySchema,
  mutePath,
  type ParticipantId,
  type RoomId,
  type RosterAnswer,
  type removeBodySchema,
  removePath,
  rosterAnswerSchema,
  rosterPath,
  SIGNATURE_HEADER,
  signAssignment,
  signRequest,
} from '@radist-tech/protocol'
import type { z } from 'zod'
import { controlPlaneKeys } from './control-plane-keys.ts'
import type { Env } from './env.ts'

/** How long a host may take to answer. */
const TIMEOUT_MS = 3000

export interface HostAddress {
  hostId: HostId
  /** HTTP origin of the host's control interface. */
  controlUrl: string
}

/** Gives a room to a host. False when it did not take it, or may have without our hearing of it. */
export async function assignRoom(
  env: Env,
  host: HostAddress,
  claims: Omit<AssignmentClaims, 'jti' | 'exp' | 'aud'>,
): Promise<boolean> {
  const { signing } = await controlPlaneKeys(env)
  const assignment = await signAssignment(signing, { ...claims, aud: host.hostId }, new Date())
  const answer = await post(env, host, ASSIGNMENTS_PATH, { assignment })
  if (answer.kind !== 'answered' || answer.status !== 200) return false
  const taken = assignmentAnswerSchema.safeParse(answer.body)
  return taken.success && taken.data.roomId === claims.roomId && taken.data.epoch === claims.epoch
}

/**
 * Tells a host to drop a room at this epoch. True when there is nothing left to tell: it did, or it
 * refuses for good (it has no such room, or a newer one).
 */
export async function closeRoomOnHost(
  env: Env,
  host: HostAddress,
  roomId: RoomId,
  body: z.infer<typeof closeRoomBodySchema>,
): Promise<boolean> {
  const answer = await post(env, host, closeRoomPath(roomId), body)
  return answer.kind === 'answered' && (answer.status < 300 || [404, 409, 410].includes(answer.status))
}

/** Tells a host to end a stay. True when there is nothing left to tell, as of {@link closeRoomOnHost}. */
export async function removeOnHost(
  env: Env,
  host: HostAddress,
  roomId: RoomId,
  participantId: ParticipantId,
  body: z.infer<typeof removeBodySchema>,
): Promise<boolean> {
  const answer = await post(env, host, removePath(roomId, participantId), body)
  return answer.kind === 'answered' && (answer.status < 300 || [404, 409, 410].includes(answer.status))
}

/** Who is in the room, as its host knows it; null when it does not say. */
export async function askRoster(
  env: Env,
  host: HostAddress,
  roomId: RoomId,
  epoch: number,
): Promise<RosterAnswer | null> {
  const answer = await post(env, host, rosterPath(roomId), { epoch })
  if (answer.kind !== 'answered' || answer.status !== 200) return null
  return rosterAnswerSchema.safeParse(answer.body).data ?? null
}

/** Has a host mute a track, or take that back. */
export async function muteOnHost(
  env: Env,
  host: HostAddress,
  roomId: RoomId,
  participantId: ParticipantId,
  body: z.infer<typeof muteBodySchema>,
): Promise<
  | { ok: true; track: z.infer<typeof muteAnswerSchema> }
  | { ok: false; code: 'participant_not_found' | 'track_not_found' | 'host_unreachable' }
> {
  const answer = await post(env, host, mutePath(roomId, participantId), body)
  if (answer.kind !== 'answered') return { ok: false, code: 'host_unreachable' }
  const track = muteAnswerSchema.safeParse(answer.body)
  if (answer.status === 200 && track.success) return { ok: true, track: track.data }
  const refusal = errorBodySchema.safeParse(answer.body).data?.code
  if (refusal === 'participant_not_found' || refusal === 'track_not_found')
    return { ok: false, code: refusal }
  return { ok: false, code: 'host_unreachable' }
}

type HostAnswer = { kind: 'answered'; status: number; body: unknown } | { kind: 'unreachable' }

async function post(env: Env, host: HostAddress, path: string, body: unknown): Promise<HostAnswer> {
  const url = new URL(path, host.controlUrl)
  const bytes = new TextEncoder().encode(JSON.stringify(body))
  const { requestSigner } = await controlPlaneKeys(env)
  const signature = await signRequest(
    requestSigner,
    host.hostId,
    { method: 'POST', path: url.pathname + url.search, body: bytes },
    new Date(),
  )
  // Ended with the answer: a timer that goes on would keep the object from hibernating.
  const timeout = new AbortController()
  const timer = setTimeout(() => timeout.abort(), TIMEOUT_MS)
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', [SIGNATURE_HEADER]: signature },
      body: bytes,
      signal: timeout.signal,
      redirect: 'manual',
    })
    return { kind: 'answered', status: response.status, body: await jsonOrNull(response) }
  } catch {
    return { kind: 'unreachable' }
  } finally {
    clearTimeout(timer)
  }
}

async function jsonOrNull(response: Response): Promise<unknown> {
  const text = await response.text()
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
