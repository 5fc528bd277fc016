/** Which answers count as a failed attempt, and against whom. */
import { type ApiErrorCode, apiErrors } from '@radist-tech/protocol'
import ipaddr from 'ipaddr.js'

/**
 * Whether the answer says that a credential was wrong. To somebody with no more than a public key,
 * which is no secret, an id that is not known is a wrong guess too.
 */
export function isFailedAttempt(code: ApiErrorCode, credential: 'secret' | 'public'): boolean {
  if (apiErrors[code].status === 401) return true
  return credential === 'public' && (code === 'call_not_found' || code === 'room_not_found')
}

/**
 * Whom an address belongs to, as far as an address tells: an IPv4 address, or the /64 of an IPv6
 * address, since whoever has one address of a /64 has all of them. Null when it is no address.
 */
export function holderOf(address: string): string | null {
  if (!ipaddr.isValid(address)) return null
  const parsed = ipaddr.process(address)
  if (parsed instanceof ipaddr.IPv4) return parsed.toString()
  return `${parsed.parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::/64`
}
