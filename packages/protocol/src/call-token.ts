/**
 * Call tokens `ct_…`: one participant's single-use access to one P2P call.
 *
 * A token carries the call's id (16 bytes) before its 192-bit secret, so that a WebSocket that
 * brings only a public key and a token finds its Call object without a look-up. Only the hash of
 * the secret is stored.
 */
import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js'
import { base64url } from 'jose'
import { type CallId, callIdSchema } from './ids.ts'
import { hashSecret } from './keys.ts'

const PREFIX = 'ct_'
const UUID_BYTES = 16
/** Length of a call token's secret. */
export const CALL_TOKEN_SECRET_BYTES = 24
const ENCODED_LENGTH = Math.ceil(((UUID_BYTES + CALL_TOKEN_SECRET_BYTES) * 8) / 6)

export interface CallToken {
  callId: CallId
  /** What the Call object stores of the token. */
  secretHash: string
}

const randomSecret = () => crypto.getRandomValues(new Uint8Array(CALL_TOKEN_SECRET_BYTES))

/** Makes a token for this call, and the hash to store of it. `secret`: 24 bytes that nobody can guess. */
export function newCallToken(
  callId: CallId,
  secret: Uint8Array = randomSecret(),
): { token: string; secretHash: string } {
  const token = PREFIX + base64url.encode(concatBytes(hexToBytes(callId.replaceAll('-', '')), secret))
  return { token, secretHash: hashSecret(base64url.encode(secret)) }
}

/** The parts of a call token, or null when it has not the form of one. */
export function parseCallToken(text: string): CallToken | null {
  if (!text.startsWith(PREFIX) || text.length !== PREFIX.length + ENCODED_LENGTH) return null
  let bytes: Uint8Array
  try {
    bytes = base64url.decode(text.slice(PREFIX.length))
  } catch {
    return null
  }
  if (bytes.length !== UUID_BYTES + CALL_TOKEN_SECRET_BYTES) return null
  const hex = bytesToHex(bytes.subarray(0, UUID_BYTES))
  const uuid = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join(
    '-',
  )
  const callId = callIdSchema.safeParse(uuid)
  if (!callId.success) return null
  return { callId: callId.data, secretHash: hashSecret(base64url.encode(bytes.subarray(UUID_BYTES))) }
}
