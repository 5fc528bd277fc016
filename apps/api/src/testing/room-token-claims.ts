import { env } from 'cloudflare:workers'
import { type RoomTokenClaims, verifyRoomToken } from '@radist-tech/protocol'
import { controlPlaneKeys } from '../control-plane-keys.ts'

/** What a room token says; throws when the Worker did not sign it. */
export async function claimsOf(token: string): Promise<RoomTokenClaims> {
  const { verifying } = await controlPlaneKeys(env)
  const verified = await verifyRoomToken(token, verifying, new Date())
  if (!verified.ok) throw new Error(verified.reason)
  return verified.claims
}
