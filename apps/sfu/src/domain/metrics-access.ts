/** Who may read the metrics on the participants' port, which is public. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { isLoopback } from './client-address.ts'

export interface MetricsReader {
  /** Of the TCP connection. */
  remoteAddress: string
  authorization: string
  /** It came with a header that only proxies write. */
  forwarded: boolean
}

export interface MetricsGuard {
  /** Null: none is configured. */
  token: string | null
  /** TLS ends elsewhere, so that participants come from a proxy's address, which may be this machine's. */
  behindProxy: boolean
}

/** With a token: whoever has it. Without: this machine itself, unless a proxy on it could be who asks. */
export function mayReadMetrics(reader: MetricsReader, { token, behindProxy }: MetricsGuard): boolean {
  if (token !== null) return equalInSecret(reader.authorization, `Bearer ${token}`)
  return isLoopback(reader.remoteAddress) && !reader.forwarded && !behindProxy
}

/** Compares hashes, so that the time says nothing of how much was right. */
const equalInSecret = (a: string, b: string): boolean => timingSafeEqual(hashOf(a), hashOf(b))
const hashOf = (text: string): Buffer => createHash('sha256').update(text).digest()
