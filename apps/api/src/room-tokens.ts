/** Whether a room token is one of ours, in time, and for this room. What it admits to, the Room object knows. */
import { type RoomId, type RoomTokenClaims, verifyRoomToken } from '@radist-tech/protocol'
import { controlPlaneKeys } from './control-plane-keys.ts'
import type { Env } from './env.ts'

export type CheckedRoomToken =
  | { ok: true; claims: RoomTokenClaims }
  | { ok: false; code: 'expired_room_token' | 'invalid_room_token' }

export async function checkedRoomToken(
  env: Env,
  roomToken: string,
  roomId: RoomId,
): Promise<CheckedRoomToken> {
  const { verifying } = await controlPlaneKeys(env)
  const verified = await verifyRoomToken(roomToken, verifying, new Date())
  if (!verified.ok)
    return { ok: false, code: verified.reason === 'expired' ? 'expired_room_token' : 'invalid_room_token' }
  const { claims } = verified
  return claims.roomId === roomId ? { ok: true, claims } : { ok: false, code: 'invalid_room_token' }
}
