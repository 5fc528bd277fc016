/** What looks wrong about the addresses that a host is configured with. Warnings: a network may be stranger than these rules. */
import { isIP } from 'node:net'
import { isLoopback, isTrusted, networksOf } from './client-address.ts'

export interface HostAddresses {
  publicUrl: string
  listenHost: string
  mediaListenIp: string
  /** As configured; undefined: not. */
  announcedAddress: string | undefined
  /** What is announced in the end: the configured one, or one of this machine's. */
  effectiveAddress: string
  /** Whether the announced address is a name that resolves; true when it is no name. */
  announcedResolves: boolean
}

type Rule = (addresses: HostAddresses) => string | null

const privateNetworks = networksOf(
  '10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,100.64.0.0/10,169.254.0.0/16,fc00::/7,fe80::/10',
)
const isPrivate = (address: string): boolean =>
  privateNetworks !== null && isTrusted(address, privateNetworks)
const isWildcard = (address: string): boolean => address === '0.0.0.0' || address === '::'
const hostOf = ({ publicUrl }: HostAddresses): string => new URL(publicUrl).hostname.replace(/^\[|\]$/g, '')
const isLocalName = (host: string): boolean => host === 'localhost' || isLoopback(host)
/** Reachable from anywhere, by its looks: a name with a dot, or an address that is nobody's own. */
const isPublic = (host: string): boolean =>
  isIP(host) === 0
    ? host.includes('.') && !/\.(local|internal|localhost|test)$/.test(host)
    : !isPrivate(host) && !isLoopback(host)

export const privateAddressAnnounced: Rule = (addresses) =>
  isPublic(hostOf(addresses)) && isPrivate(addresses.effectiveAddress)
    ? `media is announced at ${addresses.effectiveAddress}, a private address, while RADIST_SFU_PUBLIC_URL is public: set RADIST_SFU_MEDIA_ANNOUNCED_ADDRESS to the address that reaches this host from outside`
    : null

export const loopbackAnnounced: Rule = (addresses) =>
  !isLocalName(hostOf(addresses)) &&
  (isLoopback(addresses.effectiveAddress) || addresses.effectiveAddress === 'localhost')
    ? `media is announced at ${addresses.effectiveAddress}, which is every participant's own machine: set RADIST_SFU_MEDIA_ANNOUNCED_ADDRESS`
    : null

export const loopbackUrl: Rule = (addresses) =>
  isLocalName(hostOf(addresses)) && !isLoopback(addresses.listenHost)
    ? 'RADIST_SFU_PUBLIC_URL is this machine only, while RADIST_SFU_LISTEN_HOST takes connections from others, who are sent to their own machine'
    : null

export const loopbackListener: Rule = (addresses) =>
  !isLocalName(hostOf(addresses)) && isLoopback(addresses.mediaListenIp)
    ? 'RADIST_SFU_MEDIA_LISTEN_IP is this machine only, while RADIST_SFU_PUBLIC_URL is not: media cannot come in'
    : null

export const nameDoesNotResolve: Rule = ({ announcedResolves, announcedAddress }) =>
  announcedResolves
    ? null
    : `RADIST_SFU_MEDIA_ANNOUNCED_ADDRESS ${announcedAddress} is a name that does not resolve`

export const wildcardAnnounced: Rule = ({ effectiveAddress }) =>
  isWildcard(effectiveAddress)
    ? `media is announced at ${effectiveAddress}, which is no address to connect to: set RADIST_SFU_MEDIA_ANNOUNCED_ADDRESS`
    : null

export const guessedAddress: Rule = ({ mediaListenIp, announcedAddress, effectiveAddress, publicUrl }) =>
  isWildcard(mediaListenIp) && announcedAddress === undefined && !isLocalName(new URL(publicUrl).hostname)
    ? `RADIST_SFU_MEDIA_ANNOUNCED_ADDRESS is not set: of this machine's addresses, ${effectiveAddress} was taken`
    : null

const rules = [
  privateAddressAnnounced,
  loopbackAnnounced,
  loopbackUrl,
  loopbackListener,
  nameDoesNotResolve,
  wildcardAnnounced,
  guessedAddress,
]

export const addressWarnings = (addresses: HostAddresses): string[] =>
  rules.flatMap((rule) => rule(addresses) ?? [])
