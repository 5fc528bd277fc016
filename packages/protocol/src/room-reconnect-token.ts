/**
 * Reconnect tokens `rt_<n>_<mac>` of room participants.
 *
 * At admission the Room object makes a secret for the participant and gives it to the host. The
 * n-th token is an HMAC-SHA256 over the participant's id and n, so the host rotates tokens without
 * asking anyone, and the Room object can still verify one after the host is gone.
 */
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { base64url } from 'jose'
import { z } from 'zod'
import type { ParticipantId } from './ids.ts'

/** 256 random bits in base64url; known to the Room object and to the host that serves the room. */
export const reconnectSecretSchema = z.string().regex(/^[A-Za-z0-9_-]{43}$/)

export const newReconnectSecret = (): string => base64url.encode(crypto.getRandomValues(new Uint8Array(32)))

/** The participant's reconnect token of this generation (0 is the one handed out on admission). */
export function roomReconnectToken(secret: string, participantId: ParticipantId, generation: number): string {
  const mac = hmac(sha256, base64url.decode(secret), utf8ToBytes(`${participantId}:${generation}`))
  return `rt_${generation}_${base64url.encode(mac)}`
}

/** The token's generation, or null when it was not made with this secret for this participant. */
export function verifyRoomReconnectToken(
  secret: string,
  participantId: ParticipantId,
  token: string,
): number | null {
  const match = /^rt_(\d{1,9})_([A-Za-z0-9_-]{43})$/.exec(token)
  if (!match?.[1]) return null
  const generation = Number(match[1])
  const expected = roomReconnectToken(secret, participantId, generation)
  // Compared without an early exit, so that the time taken says nothing about a forged mac.
  let difference = expected.length ^ token.length
  for (let i = 0; i < expected.length; i++) difference |= expected.charCodeAt(i) ^ token.charCodeAt(i)
  return difference === 0 ? generation : null
}
