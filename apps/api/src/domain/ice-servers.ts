/** STUN and TURN servers as peers are told of them: which URLs are any, and credentials that run out. */
import { hmac } from '@noble/hashes/hmac.js'
import { sha1 } from '@noble/hashes/legacy.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import type { IceServer } from '@radist-tech/protocol'

/** Scheme, host, port and transport of a STUN or TURN URL (RFC 7064 section 3.1, RFC 7065 section 3.1). */
const urlPattern =
  /^(?<scheme>stuns?|turns?):(?:\[[\da-f:.]+\]|[\w.-]+)(?::(?<port>\d{1,5}))?(?<transport>\?transport=(?:udp|tcp))?$/i

function parts(url: string): { isTurn: boolean; port: number | null } | null {
  const { scheme, port, transport } = urlPattern.exec(url)?.groups ?? {}
  if (scheme === undefined) return null
  const isTurn = scheme.toLowerCase().startsWith('turn')
  if (transport !== undefined && !isTurn) return null
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) return null
  return { isTurn, port: port === undefined ? null : Number(port) }
}

export const isIceUrl = (url: string): boolean => parts(url) !== null

export const isTurnUrl = (url: string): boolean => parts(url)?.isTurn ?? false

/**
 * A TURN server with credentials that anybody who knows the shared secret can check, without having
 * been told of them: coturn with `use-auth-secret` (draft-uberti-behave-turn-rest-00, section 2.2).
 *
 * @param expiresAt milliseconds since 1970
 */
export function sharedSecretServer(
  urls: readonly string[],
  secret: string,
  id: string,
  expiresAt: number,
): IceServer {
  const username = `${Math.floor(expiresAt / 1000)}:${id}`
  const digest = hmac(sha1, utf8ToBytes(secret), utf8ToBytes(username))
  return { urls: [...urls], username, credential: btoa(String.fromCharCode(...digest)) }
}

/** Browsers do not send to port 53, and wait in vain (developers.cloudflare.com/realtime/turn). */
const BLOCKED_PORT = 53

/**
 * The servers without what browsers cannot use; null when no TURN server with credentials is left. One
 * unreadable URL would make a browser refuse them all.
 */
export function usableServers(servers: readonly IceServer[]): IceServer[] | null {
  const usable = servers
    .map((server) => ({ ...server, urls: server.urls.filter((url) => isUsable(url, server)) }))
    .filter(({ urls }) => urls.length > 0)
  return usable.some(({ urls }) => urls.some(isTurnUrl)) ? usable : null
}

function isUsable(url: string, { username, credential }: IceServer): boolean {
  const read = parts(url)
  if (read === null || read.port === BLOCKED_PORT) return false
  return !read.isTurn || (Boolean(username) && Boolean(credential))
}
