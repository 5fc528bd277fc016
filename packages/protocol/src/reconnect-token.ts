/**
 * Reconnect tokens `rt_…` of P2P peers: 192 random bits, stored as their hash, new at each use.
 *
 * Room participants have another kind, see `room-reconnect-token.ts`: their host must be able to
 * rotate them while the control plane is out of reach.
 */
import { base64url } from 'jose'
import { hashSecret } from './keys.ts'

const PREFIX = 'rt_'

export function newReconnectToken(): { token: string; secretHash: string } {
  const token = PREFIX + base64url.encode(crypto.getRandomValues(new Uint8Array(24)))
  return { token, secretHash: hashSecret(token) }
}

/** The hash under which a token is stored, or null when `text` has not the form of one. */
export const reconnectTokenHash = (text: string): string | null =>
  /^rt_[A-Za-z0-9_-]{32}$/.test(text) ? hashSecret(text) : null
