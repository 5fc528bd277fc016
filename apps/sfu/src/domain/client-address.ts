/** Who is at the other end, when proxies may stand between. */
import { BlockList, isIP } from 'node:net'

/** IPv4 in IPv6's clothes, as a dual-stack socket shows it. */
const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '')

/**
 * The client's address. `X-Forwarded-For` is believed only as far as trusted proxies have written it:
 * from its end, the first address that is no trusted proxy's. What a client has put there itself
 * stands before that.
 */
export function clientAddress(remote: string, forwardedFor: string, trusted: BlockList): string {
  const hops = forwardedFor.split(',').map((hop) => plain(hop.trim()))
  let address = plain(remote)
  while (hops.length > 0 && isTrusted(address, trusted)) {
    const next = hops.pop() ?? ''
    if (isIP(next) === 0) break
    address = next
  }
  return address
}

export const isTrusted = (address: string, trusted: BlockList): boolean =>
  isIP(address) !== 0 && trusted.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

export const isLoopback = (address: string): boolean => isTrusted(plain(address), loopback)

/** A list of addresses and of networks in CIDR notation; null when one of them is neither. */
export function networksOf(text: string): BlockList | null {
  const list = new BlockList()
  for (const entry of text.split(',').map((part) => part.trim())) {
    const [address = '', prefix, ...rest] = entry.split('/')
    const family = { 0: null, 4: 'ipv4', 6: 'ipv6' }[isIP(address)]
    const length = prefix === undefined ? (family === 'ipv6' ? 128 : 32) : Number(prefix || Number.NaN)
    const longest = family === 'ipv6' ? 128 : 32
    if ((family !== 'ipv4' && family !== 'ipv6') || rest.length > 0) return null
    if (!Number.isInteger(length) || length < 0 || length > longest) return null
    list.addSubnet(address, length, family)
  }
  return list
}
