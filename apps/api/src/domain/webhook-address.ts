/**
 * Which addresses events may be sent to. In production the service must not be talked into asking
 * machines that only it can reach (server-side request forgery, OWASP), so only https on the public
 * internet is left; in development everything is, since receivers run on the same machine.
 */
import ipaddr from 'ipaddr.js'

export type AddressRules = 'public-only' | 'any'

/** Names that lead nowhere public: RFC 6761, 6762, 8375, ICANN's `internal`, and what routers make up. */
const PRIVATE_SUFFIXES = ['localhost', 'localdomain', 'local', 'internal', 'intranet', 'lan', 'home', 'corp']
const PRIVATE_NAMES = ['home.arpa', 'in-addr.arpa', 'ip6.arpa']

/** Azure's service for its own machines: a public address that only they can reach. */
const CLOUD_SERVICES = ['168.63.129.16']

/** Ports below this are of well-known services, whose answers are nobody's business. */
const FIRST_FREE_PORT = 1024

/**
 * Whether events may be sent there, as far as the address itself says: a name may still stand for a
 * private address (see {@link isPublicIp}).
 */
export function mayReceive(address: string, rules: AddressRules): boolean {
  if (!URL.canParse(address)) return false
  const { protocol, username, password, port, hostname } = new URL(address)
  if (username !== '' || password !== '') return false
  if (rules === 'any') return protocol === 'https:' || protocol === 'http:'
  if (protocol !== 'https:' || (port !== '' && Number(port) < FIRST_FREE_PORT)) return false
  const literal = literalOf(hostname)
  return literal === null ? isPublicName(hostname) : isPublicIp(literal)
}

/** The name that has to be looked up before it can be asked, or null: the address has none. */
export function nameOf(address: string): string | null {
  const { hostname } = new URL(address)
  return literalOf(hostname) === null ? hostname : null
}

/**
 * Whether an IP address is one of the public internet's. What embeds another address (IPv4-mapped, 6to4,
 * Teredo, NAT64) is not, whatever it embeds.
 */
export function isPublicIp(text: string): boolean {
  if (!ipaddr.isValid(text) || CLOUD_SERVICES.includes(text)) return false
  const address = ipaddr.parse(text)
  if (address.range() !== 'unicast') return false
  // All that has been given out so far begins with 001 (RFC 4291, IANA's registry).
  return address.kind() === 'ipv4' || address.match(ipaddr.parseCIDR('2000::/3'))
}

/** `URL` has read all other spellings of IPv4 (decimal, octal, hexadecimal, short) by now. */
function literalOf(hostname: string): string | null {
  const bare = hostname.replace(/^\[|\]$/g, '')
  return ipaddr.isValid(bare) ? bare : null
}

function isPublicName(hostname: string): boolean {
  const labels = hostname.replace(/\.$/, '').split('.')
  if (labels.length < 2 || labels.includes('')) return false
  const name = labels.join('.')
  if (PRIVATE_NAMES.some((zone) => name === zone || name.endsWith(`.${zone}`))) return false
  return !PRIVATE_SUFFIXES.includes(labels.at(-1) ?? '')
}
