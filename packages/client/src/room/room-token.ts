/**
 * What a room token says. It is `ct_` and a JWS; its signature is the host's to check, the page needs
 * the address of the host, and asks for no device that it may not publish from.
 */
import { permissionsSchema } from '@radist-tech/protocol/rest'
import { z } from 'zod'
import { RadistError } from '../errors.ts'

const claimsSchema = z.object({
  signalingUrl: z.url({ protocol: /^wss?$/ }),
  roomId: z.string(),
  permissions: permissionsSchema,
})
export type RoomTokenContent = z.infer<typeof claimsSchema>

/** Reads a room token without verifying it. Throws RadistError `invalid_argument` when the token has not the form of one. */
export function readRoomToken(roomToken: string): RoomTokenContent {
  const payload = /^ct_[\w-]+\.([\w-]+)\.[\w-]+$/.exec(roomToken)?.[1]
  const claims = claimsSchema.safeParse(payload === undefined ? null : decodeJson(payload))
  if (!claims.success) {
    throw new RadistError('invalid_argument', { detail: 'roomToken is not a room token.' })
  }
  return claims.data
}

function decodeJson(base64url: string): unknown {
  try {
    const binary = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'))
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0))
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return null
  }
}
